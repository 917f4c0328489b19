import { describe, expect, it } from "vitest";
import { changeOf, pauseBefore } from "../src/api/events";
import { createParser } from "../src/api/sse";

describe("the parser of event streams", () => {
  it("puts frames together that arrive in pieces", () => {
    const parse = createParser();
    expect(parse("id: 7\nevent: done\nda")).toEqual([]);
    expect(parse('ta: {"a":1}\n\nevent: x\r\ndata: 2\r\n\r\n')).toEqual([
      { id: "7", event: "done", data: '{"a":1}' },
      { id: "", event: "x", data: "2" },
    ]);
  });

  it("skips heartbeats and joins lines of data", () => {
    const parse = createParser();
    expect(parse(": ping\n\ndata: a\ndata: b\n\n")).toEqual([{ id: "", event: "message", data: "a\nb" }]);
  });

  it("tells the place that a heartbeat moves to", () => {
    const parse = createParser();
    expect(parse(": still here\nid: e-9\n\n")).toEqual([{ id: "e-9", event: "heartbeat", data: "" }]);
  });
});

describe("the pause before the next attempt", () => {
  it.each([
    [0, 0.5, 375],
    [1, 0, 500],
    [3, 1, 4000],
    [20, 1, 15_000],
  ])("of attempt %i is bounded and spread", (attempt, random, ms) => {
    expect(pauseBefore(attempt, () => random)).toBe(ms);
  });
});

describe("a processing update", () => {
  it("tells how far a document is", () => {
    const data = { revision: 2, progress: 40, current_step: "embedding" };
    const told = JSON.stringify({ event: "document.progressed.v1", document_id: "d", data });
    expect(changeOf(told)?.progress).toEqual({ revision: 2, percent: 40, step: "embedding" });
  });

  it("of another kind, or of a newer server, makes the page read the state", () => {
    expect(changeOf('{"event":"document.indexed.v1","document_id":"d","data":{"revision":2}}')).toEqual({
      name: "document.indexed.v1",
      documentId: "d",
      progress: null,
    });
    expect(changeOf('{"event":"other"}')).toBeNull();
    expect(changeOf("not JSON")).toBeNull();
  });
});
