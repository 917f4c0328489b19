import { createStore } from "../state/store";
import { OFFLINE, Problem, problemOf, send } from "./client";
import { framesOf } from "./sse";

export type Change = {
  name: string;
  documentId: string;
  /** How far the work is, if nothing else changed. */
  progress: { revision: number; percent: number; step: string } | null;
};
export type Connection = "connecting" | "live" | "polling" | "offline";

/** How changes arrive at this tab. */
export const connection = createStore<Connection>("connecting");

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const PROGRESS = "document.progressed.v1";
// The server sends a heartbeat every 15 seconds; a stream that is silent for longer is dead.
const SILENCE_MS = 40_000;
// After so many failures in a row a proxy probably blocks streams: the page asks regularly instead.
const FAILURES_UNTIL_POLLING = 2;

/** Return the pause before the n-th attempt in a row, spread so that clients don't come together. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return longest / 2 + (random() * longest) / 2;
}

/**
 * Follow the server's events until `signal` ends.
 *
 * `onChange` gets each change once, over as many connections and servers as it takes; `onGap` is
 * called when some may have been missed, so that the state is read again.
 */
export async function follow(
  onChange: (change: Change) => void,
  onGap: () => void,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  let failures = 0;
  while (!signal.aborted) {
    try {
      const opened = new AbortController();
      const stop = () => opened.abort();
      signal.addEventListener("abort", stop);
      const alarm = new Alarm(SILENCE_MS, stop);
      let pause = 0;
      try {
        const headers: Record<string, string> = { Accept: "text/event-stream" };
        if (last) headers["Last-Event-ID"] = last;
        const response = await send("/api/v1/events", { headers, signal: opened.signal });
        if (!response.ok) throw await problemOf(response);
        connection.set("live");
        // What happened before the stream was open is not part of it.
        if (!last) onGap();
        failures = 0;
        for await (const frame of framesOf(alarm.watch(response))) {
          if (frame.id) last = frame.id;
          if (frame.event === "resync") onGap();
          else if (frame.event === "bye") pause = retryOf(frame.data);
          else if (frame.event === "processing_update") notify(frame.data, onChange);
        }
      } finally {
        alarm.clear();
        signal.removeEventListener("abort", stop);
      }
      // The server is stopping and said when another one expects this client.
      if (pause > 0) {
        await sleep(pause, signal);
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 401) return;
      failures += 1;
      const isAway = error instanceof Problem && error.code === OFFLINE;
      if (failures >= FAILURES_UNTIL_POLLING) connection.set(isAway ? "offline" : "polling");
    }
    await sleep(pauseBefore(failures), signal);
  }
}

function notify(text: string, onChange: (change: Change) => void): void {
  const change = changeOf(text);
  if (change) onChange(change);
}

type Update = {
  event?: string;
  document_id?: string;
  data?: { revision?: number; progress?: number; current_step?: string };
};

/** Return the change that a `processing_update` tells; null for one of a newer server. */
export function changeOf(text: string): Change | null {
  try {
    const { event = "", document_id: documentId, data = {} } = JSON.parse(text) as Update;
    if (!documentId) return null;
    const { revision, progress, current_step: step = "" } = data;
    const isProgress = event === PROGRESS && revision !== undefined && progress !== undefined;
    return {
      name: event,
      documentId,
      progress: isProgress ? { revision, percent: progress, step } : null,
    };
  } catch {
    return null;
  }
}

function retryOf(text: string): number {
  try {
    return (JSON.parse(text) as { retry_ms?: number }).retry_ms ?? FIRST_PAUSE_MS;
  } catch {
    return FIRST_PAUSE_MS;
  }
}

class Alarm {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ms: number,
    private readonly ring: () => void,
  ) {
    this.clear();
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  /** Return the response with a body that postpones the alarm with everything that arrives. */
  watch(response: Response): Response {
    const restart = () => {
      this.clear();
      this.timer = setTimeout(this.ring, this.ms);
    };
    restart();
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        restart();
        controller.enqueue(piece);
      },
    });
    return new Response(response.body?.pipeThrough(heard) ?? null);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
