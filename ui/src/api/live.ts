import type { QueryClient } from "@tanstack/react-query";
import { connection, follow, type Change } from "./events";
import { keys } from "./queries";

// Progress of one document comes many times a second; its state is read at most so often.
const READ_EVERY_MS = 400;
const CHANNEL = "quire.changes";
const LOCK = "quire.stream";

/**
 * Keep what is shown up to date until the returned function is called.
 *
 * A browser opens at most six connections to a server, so one tab follows the events and tells the
 * others. The state itself is always read from the server: an event only says that it changed.
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
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    timer = undefined;
    for (const id of changed) {
      void client.invalidateQueries({ queryKey: keys.status(id) });
      void client.invalidateQueries({ queryKey: keys.document(id) });
    }
    changed.clear();
    void client.invalidateQueries({ queryKey: keys.lists });
  };
  return {
    one(change: Change) {
      changed.add(change.documentId);
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
