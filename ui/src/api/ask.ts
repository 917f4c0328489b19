import type { Answer } from "../state/answers";
import { problemOf, send, type Citation, type Schemas } from "./client";
import { framesOf } from "./sse";

export type Question = Omit<Schemas["QueryRequest"], "stream">;

/** What arrives while an answer is made. */
export type AnswerPart =
  | { kind: "citation"; citation: Citation }
  | { kind: "text"; text: string; queryId: string }
  | { kind: "done"; answer: Answer };

/** Ask and yield the answer as it arrives; ends with `done` unless `signal` stops it. */
export async function* ask(question: Question, signal: AbortSignal): AsyncGenerator<AnswerPart> {
  const response = await send("/api/v1/query", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ ...question, stream: true }),
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  for await (const frame of framesOf(response)) {
    const part = partOf(frame.event, frame.data);
    if (part) yield part;
  }
}

function partOf(event: string, text: string): AnswerPart | null {
  const body: unknown = JSON.parse(text);
  if (event === "citation") return { kind: "citation", citation: body as Citation };
  if (event === "chunk") {
    const { text: piece, query_id } = body as { text: string; query_id: string };
    return { kind: "text", text: piece, queryId: query_id };
  }
  if (event === "done") return { kind: "done", answer: body as Answer };
  return null;
}
