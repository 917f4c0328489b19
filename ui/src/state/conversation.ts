import { ask, type AnswerPart, type Question } from "../api/ask";
import type { Citation, Passage } from "../api/client";
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
    case "citation":
      return { ...turn, citations: [...turn.citations, part.citation] };
    case "text":
      return { ...turn, text: turn.text + part.text, queryId: part.queryId };
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

/** Return the turn of a question that was asked before; its citations are stored with it. */
export function fromLog(entry: LogEntry): Turn {
  const { user_feedback: feedback } = entry;
  return {
    ...newTurn(entry.query_text, EVERYTHING),
    state: entry.state === "failed" ? "failed" : entry.state === "stopped" ? "stopped" : "done",
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

async function run(turn: Turn): Promise<void> {
  const controller = new AbortController();
  running.set(turn.id, controller);
  try {
    const body = { query: turn.question, ...limitsOf(turn.scope), explain: true } as Question;
    for await (const part of ask(body, controller.signal)) {
      change(turn.id, (known) => received(known, part));
    }
    change(turn.id, (known) => (known.state === "running" ? { ...known, state: "stopped" } : known));
  } catch (error) {
    const isStopped = controller.signal.aborted;
    change(turn.id, (known) => ({ ...known, state: isStopped ? "stopped" : "failed", error }));
  } finally {
    running.delete(turn.id);
  }
}

export function stop(id: number): void {
  running.get(id)?.abort();
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

/** Begin with an empty page, or with a question of the history. */
export function begin(first: Turn[] = []): void {
  for (const controller of running.values()) controller.abort();
  turns.set(first);
}
