import { ask, attach, type AnswerPart, type Question } from "../api/ask";
import { api, data, type Citation, type Passage, type Schemas } from "../api/client";
import type { Answer, LogEntry } from "./answers";
import { createStore } from "./store";

export type TurnState = "running" | "done" | "stopped" | "failed";

/** One question and what has come of its answer. */
export type Turn = {
  id: number;
  question: string;
  scope: Scope;
  state: TurnState;
  text: string;
  citations: Citation[];
  nearest: Passage[];
  queryId: string | null;
  grounding: Answer["grounding"] | null;
  mode: "extractive" | "generative";
  seconds: number | null;
  read: number;
  similarWords: Record<string, string[]>;
  feedback: "positive" | "negative" | null;
  error: unknown;
};

/** Where answers may come from; an empty list stands for all. */
export type Scope = { documents: { id: string; title: string }[]; types: string[]; collections: string[] };

export const EVERYTHING: Scope = { documents: [], types: [], collections: [] };

export const turns = createStore<Turn[]>([]);
export const scope = createStore<Scope>(EVERYTHING);
/** The id of the conversation that is shown; empty before its first question. */
export const conversationId = createStore<string>("");

let last = 0;
const running = new Map<number, AbortController>();

/** Return the part of a question that limits where its answer may come from. */
export function limitsOf({ documents, types, collections }: Scope): Partial<Question> {
  const filters = {
    ...(types.length ? { file_type: types } : {}),
    ...(collections.length ? { collection: collections } : {}),
  };
  return {
    ...(documents.length ? { document_ids: documents.map((each) => each.id) } : {}),
    ...(Object.keys(filters).length ? { filters: filters as Question["filters"] } : {}),
  };
}

function newTurn(question: string, within: Scope): Turn {
  last += 1;
  return {
    id: last,
    question,
    scope: within,
    state: "running",
    text: "",
    citations: [],
    nearest: [],
    queryId: null,
    grounding: null,
    mode: "extractive",
    seconds: null,
    read: 0,
    similarWords: {},
    feedback: null,
    error: null,
  };
}

/** Return a turn after a part of its answer has arrived. */
export function received(turn: Turn, part: AnswerPart): Turn {
  switch (part.kind) {
    case "started":
      return { ...turn, queryId: part.queryId };
    case "citation":
      return { ...turn, citations: [...turn.citations, part.citation] };
    case "text":
      return { ...turn, text: turn.text + part.text };
    case "done":
      return { ...turn, ...fromAnswer(part.answer), state: "done" };
  }
}

function fromAnswer(answer: Answer): Partial<Turn> {
  return {
    text: answer.response,
    citations: answer.citations,
    // Where nothing came near, the passages that were read show what was searched.
    nearest: answer.nearest.length ? answer.nearest : (answer.passages ?? []).slice(0, 3),
    queryId: answer.query_id,
    grounding: answer.grounding,
    mode: answer.mode,
    seconds: answer.latency_ms / 1000,
    read: answer.chunks_retrieved,
    similarWords: answer.similar_words as Record<string, string[]>,
  };
}

const STATES: Record<string, TurnState> = { running: "running", stopped: "stopped", failed: "failed" };

/** Return the turn of a question that was asked before; its citations are stored with it. */
export function fromLog(entry: LogEntry): Turn {
  const { user_feedback: feedback } = entry;
  return {
    ...newTurn(entry.query_text, EVERYTHING),
    state: STATES[entry.state] ?? "done",
    text: entry.response_text ?? "",
    citations: entry.citations ?? [],
    queryId: entry.query_id,
    grounding: entry.grounding ?? (entry.answered ? "cited" : "abstained"),
    mode: entry.mode ?? "extractive",
    seconds: entry.response_latency_ms / 1000,
    read: entry.chunks_retrieved,
    feedback: feedback === "positive" || feedback === "negative" ? feedback : null,
  };
}

function change(id: number, to: (turn: Turn) => Turn): void {
  turns.update((known) => known.map((turn) => (turn.id === id ? to(turn) : turn)));
}

/** Ask within the chosen scope; the answer grows in `turns`. */
export async function start(question: string): Promise<void> {
  const turn = newTurn(question.trim(), scope.get());
  turns.update((known) => [...known, turn]);
  await run(turn);
}

/** Return the id of this conversation, beginning one with the first question. */
async function conversation(): Promise<string> {
  if (!conversationId.get()) {
    const made = await data(api.POST("/api/v1/conversations", { body: { title: "" } }));
    conversationId.set(made.conversation_id);
  }
  return conversationId.get();
}

async function run(turn: Turn): Promise<void> {
  await follow(turn.id, async function* (signal) {
    const within = { conversation_id: await conversation(), ...limitsOf(turn.scope) };
    yield* ask({ query: turn.question, explain: true, ...within } as Question, signal);
  });
}

/** Let the turn grow with what arrives until the answer is whole, stopped or failed. */
async function follow(
  id: number,
  listen: (signal: AbortSignal) => AsyncGenerator<AnswerPart>,
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    for await (const part of listen(controller.signal)) {
      change(id, (known) => received(known, part));
    }
  } catch (error) {
    const isStopped = controller.signal.aborted;
    change(id, (known) => ({ ...known, state: isStopped ? "stopped" : "failed", error }));
  } finally {
    running.delete(id);
  }
}

/** End an answer with what there is, on the server too. */
export function stop(id: number): void {
  const queryId = turns.get().find((turn) => turn.id === id)?.queryId;
  running.get(id)?.abort();
  if (!queryId) return;
  data(
    api.POST("/api/v1/query/{query_id}/stop", { params: { path: { query_id: queryId } } }),
  ).catch(() => undefined); // It may have ended by itself.
}

/** Ask the question of a turn once more, in its place. */
export function again(id: number): void {
  const turn = turns.get().find((each) => each.id === id);
  if (!turn) return;
  const fresh = { ...newTurn(turn.question, turn.scope), id };
  change(id, () => fresh);
  void run(fresh);
}

export function setFeedback(id: number, feedback: Turn["feedback"]): void {
  change(id, (turn) => ({ ...turn, feedback }));
}

/** Begin with an empty page; answers in the making are finished by the server. */
export function begin(): void {
  show("", []);
}

/** Show a conversation of the history, and go on with an answer that is still being made. */
export function resume(found: Schemas["ConversationDetail"]): void {
  const shown = found.turns.map(fromLog);
  show(found.conversation_id, shown);
  for (const turn of shown) {
    const { queryId } = turn;
    if (turn.state !== "running" || !queryId) continue;
    change(turn.id, (known) => ({ ...known, text: "", citations: [], grounding: null }));
    void follow(turn.id, (signal) => attach(queryId, signal));
  }
}

function show(id: string, shown: Turn[]): void {
  for (const controller of running.values()) controller.abort();
  running.clear();
  conversationId.set(id);
  turns.set(shown);
}
