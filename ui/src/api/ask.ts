import type { Answer } from "../state/answers";
import { OFFLINE, Problem, problemOf, send, type Citation, type Schemas } from "./client";
import { framesOf } from "./sse";

export type Question = Omit<Schemas["QueryRequest"], "stream">;

/** What arrives while an answer is made. */
export type AnswerPart =
  | { kind: "started"; queryId: string }
  | { kind: "citation"; citation: Citation }
  | { kind: "text"; text: string }
  | { kind: "done"; answer: Answer };

// The server makes the answer whether or not anyone listens, so a lost connection is taken up again.
const MOST_ATTEMPTS = 5;
const PAUSE_MS = 700;

/**
 * Ask and yield the answer as it arrives, over as many connections as it takes.
 *
 * Ends with `done`; raises the problem of an answer that failed. `signal` ends only the listening.
 */
export async function* ask(question: Question, signal: AbortSignal): AsyncGenerator<AnswerPart> {
  const response = await send("/api/v1/query", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ ...question, stream: true }),
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  yield* listen(response, null, 0, signal);
}

/** Yield an answer that is being made already, from its beginning. */
export async function* attach(queryId: string, signal: AbortSignal): AsyncGenerator<AnswerPart> {
  yield* listen(null, queryId, 0, signal);
}

async function* listen(
  first: Response | null,
  known: string | null,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart> {
  let response = first;
  let queryId = known;
  let offset = from;
  for (let attempt = 0; attempt <= MOST_ATTEMPTS; attempt += 1) {
    try {
      response ??= await open(queryId ?? "", offset, signal);
      for await (const frame of framesOf(response)) {
        offset = Number(frame.id) || offset + 1;
        attempt = 0;
        const part = partOf(frame.event, frame.data);
        if (!part) continue;
        if (part.kind === "started") queryId = part.queryId;
        yield part;
        if (part.kind === "done") return;
      }
    } catch (error) {
      if (signal.aborted || queryId === null || !isLost(error)) throw error;
    }
    if (queryId === null) break;
    response = null;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (attempt + 1)));
  }
  throw new Problem(0, OFFLINE, "");
}

async function open(queryId: string, offset: number, signal: AbortSignal): Promise<Response> {
  const response = await send(`/api/v1/query/${queryId}/stream?offset=${offset}`, {
    headers: { Accept: "text/event-stream" },
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Whether a connection broke, rather than the answer. */
function isLost(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Problem && error.isPassing);
}

/** Return the part that a frame holds, or null for one of a newer server. Raises a failed answer. */
export function partOf(event: string, text: string): AnswerPart | null {
  const body: unknown = JSON.parse(text);
  const { query_id = "", text: piece = "", code = "", detail = "" } = body as Record<string, string>;
  switch (event) {
    case "started":
      return { kind: "started", queryId: query_id };
    case "citation":
      return { kind: "citation", citation: body as Citation };
    case "chunk":
      return { kind: "text", text: piece };
    case "done":
      return { kind: "done", answer: body as Answer };
    case "error":
      throw new Problem(422, code, detail, query_id);
    default:
      return null;
  }
}
