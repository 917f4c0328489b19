import type { QueryClient } from "@tanstack/react-query";
import { connection, follow, type Change } from "./events";
import { patchDocuments } from "../state/patches";
import { keys } from "./queries";

// Progress comes many times a second; what is shown changes, and is read, at most so often.
const READ_EVERY_MS = 400;
type Progress = NonNullable<Change["progress"]>;

const CHANNEL = "quire.changes";
const LOCK = "quire.stream";

/**
 * Keep what is shown up to date until the returned function is called.
 *
 * A browser opens at most six connections to a server, so one tab follows the events and tells the
 * others. The state is read from the server; an event says that it changed. Only the progress of
 * documents is taken from the events themselves, so that a busy list is not read again and again.
 */
export function keepLive(client: QueryClient): () => void {
  const ended = new AbortController();
  const reader = createReader(client);
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  if (channel) {
    channel.onmessage = (message: MessageEvent<Change | "gap">) => {
      connection.set("live");
      if (message.data === "gap") reader.all();
      else reader.one(message.data);
    };
  }
  const run = () =>
    follow(
      (change) => {
        reader.one(change);
        channel?.postMessage(change);
      },
      () => {
        reader.all();
        channel?.postMessage("gap");
      },
      ended.signal,
    );
  if (channel && navigator.locks) {
    navigator.locks.request(LOCK, { signal: ended.signal }, run).catch(() => undefined);
  } else {
    void run();
  }
  return () => {
    ended.abort();
    reader.stop();
    channel?.close();
  };
}

function createReader(client: QueryClient) {
  const changed = new Set<string>();
  const working = new Set<string>();
  const progressed = new Map<string, Progress>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    timer = undefined;
    patchDocuments(client, progressed);
    for (const id of [...changed, ...progressed.keys()]) {
      void client.invalidateQueries({ queryKey: keys.status(id) });
    }
    for (const id of changed) void client.invalidateQueries({ queryKey: keys.document(id) });
    if (changed.size > 0) void client.invalidateQueries({ queryKey: keys.lists });
    changed.clear();
    progressed.clear();
  };
  return {
    one(change: Change) {
      const { documentId, progress } = change;
      if (progress) progressed.set(documentId, progress);
      // The first progress of a document also changes its state.
      if (!progress || !working.has(documentId)) changed.add(documentId);
      if (progress) working.add(documentId);
      else working.delete(documentId);
      timer ??= setTimeout(read, READ_EVERY_MS);
    },
    all() {
      void client.invalidateQueries();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
