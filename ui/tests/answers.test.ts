import { describe, expect, it } from "vitest";
import type { Citation } from "../src/api/client";
import { asText, partsOf } from "../src/state/answers";
import { received, limitsOf, fromLog, EVERYTHING, type Turn } from "../src/state/conversation";

const citation = (index: number): Citation => ({
  index,
  document_id: "d",
  title: "Handbook",
  source: "handbook.pdf",
  page: 3,
  page_label: "iii",
  boxes: [],
  bbox: null,
  chunk_id: "c",
  chunk_type: "text",
  sentence_ids: ["c#0"],
  quote: "Valves open at 4 bar.",
  score: 1,
});

describe("the text of an answer", () => {
  it("is split at the marks of its citations", () => {
    expect(partsOf("Valves open. [1] They close. [2]", [{ index: 1 }, { index: 2 }])).toEqual([
      { kind: "text", text: "Valves open." },
      { kind: "mark", index: 1 },
      { kind: "text", text: " They close." },
      { kind: "mark", index: 2 },
    ]);
  });

  it("keeps numbers in brackets that are no citation", () => {
    expect(partsOf("As in [7] above.", [{ index: 1 }])).toEqual([
      { kind: "text", text: "As in [7] above." },
    ]);
  });

  it("is copied with page and quote of each source", () => {
    expect(asText("When?", "At 4 bar. [1]", [citation(1)])).toBe(
      "When?\n\nAt 4 bar. [1]\n\n[1] Handbook, p. iii: “Valves open at 4 bar.”",
    );
  });
});

describe("a turn", () => {
  const empty = fromLog({
    query_id: "q",
    query_text: "When?",
    response_text: null,
    state: "completed",
    answered: false,
    citations: null,
    claims: null,
    grounding: null,
    mode: null,
    chunks_retrieved: 3,
    chunks_reranked: 3,
    document_ids_used: [],
    response_latency_ms: 12,
    user_feedback: "neutral",
    created_at: "2026-01-01T00:00:00Z",
  } as never);

  it("of an older log is read without citations", () => {
    expect(empty).toMatchObject({ grounding: "abstained", mode: "extractive", citations: [], feedback: null });
  });

  it("grows with what arrives", () => {
    const turn: Turn = { ...empty, state: "running", text: "" };
    const grown = [
      { kind: "citation", citation: citation(1) } as const,
      { kind: "started", queryId: "q2" } as const,
      { kind: "text", text: "At 4 " } as const,
      { kind: "text", text: "bar." } as const,
    ].reduce(received, turn);
    expect(grown).toMatchObject({ text: "At 4 bar.", queryId: "q2", state: "running" });
    expect(grown.citations).toHaveLength(1);
  });
});

describe("a scope", () => {
  it("of everything limits nothing", () => {
    expect(limitsOf(EVERYTHING)).toEqual({});
  });

  it("names documents, types and collections", () => {
    expect(
      limitsOf({ documents: [{ id: "a", title: "A" }], types: ["pdf"], collections: ["hr"] }),
    ).toEqual({ document_ids: ["a"], filters: { file_type: ["pdf"], collection: ["hr"] } });
  });
});
