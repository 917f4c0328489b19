import { describe, expect, it } from "vitest";
import { createParser } from "../src/api/sse";
import { pauseBefore } from "../src/api/events";

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
