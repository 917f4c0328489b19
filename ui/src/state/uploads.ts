import { api, data, OFFLINE, OWN_PAGE, Problem, type DocumentView } from "../api/client";
import { createStore } from "./store";

export type UploadState =
  | "queued"
  | "sending"
  | "accepted" // its document's own state tells the rest
  | "refused"
  | "cancelled";

export type Upload = {
  id: number;
  file: File;
  /** Path within a dropped folder, else the name of the file. */
  name: string;
  collection: string;
  state: UploadState;
  sent: number;
  /** Bytes a second, measured over the last moments. */
  rate: number;
  documentId: string | null;
  isDuplicate: boolean;
  problem: Problem | null;
};

type Send = (upload: Upload, onSent: (bytes: number) => void, signal: AbortSignal) => Promise<Sent>;
export type Sent = { document: DocumentView; isDuplicate: boolean };

// A browser opens at most six connections to one server; some are left for everything else.
const AT_ONCE = 3;
const RATE_WINDOW_MS = 2_000;

export const uploads = createStore<Upload[]>([]);
export const dropped = createStore<boolean>(false);

let last = 0;
const controllers = new Map<number, AbortController>();
let send: Send = sendByXhr;

/** Replace how files are sent, in tests. */
export function sendWith(other: Send): void {
  send = other;
}

/** Put files into the queue, in the order of their names. */
export function addFiles(files: readonly FileWithPath[], collection = "default"): Upload[] {
  const added = [...files]
    .sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }))
    .map(({ file, path }): Upload => {
      last += 1;
      return {
        id: last,
        file,
        name: path,
        collection,
        state: "queued",
        sent: 0,
        rate: 0,
        documentId: null,
        isDuplicate: false,
        problem: null,
      };
    });
  uploads.update((known) => [...known, ...added]);
  pump();
  return added;
}

export type FileWithPath = { file: File; path: string };

function change(id: number, values: Partial<Upload>): void {
  uploads.update((known) => known.map((one) => (one.id === id ? { ...one, ...values } : one)));
}

const get = (id: number): Upload | undefined => uploads.get().find((one) => one.id === id);

/** Start the next uploads of the queue while connections are free. */
function pump(): void {
  for (const upload of uploads.get()) {
    if (controllers.size >= AT_ONCE) return;
    if (upload.state === "queued") void start(upload);
  }
}

async function start(upload: Upload): Promise<void> {
  const controller = new AbortController();
  controllers.set(upload.id, controller);
  change(upload.id, { state: "sending", sent: 0, problem: null });
  const meter = createMeter();
  try {
    const { document, isDuplicate } = await send(
      upload,
      (bytes) => change(upload.id, { sent: bytes, rate: meter(bytes, Date.now()) }),
      controller.signal,
    );
    change(upload.id, {
      state: "accepted",
      sent: upload.file.size,
      documentId: document.document_id,
      isDuplicate,
    });
  } catch (error) {
    if (controller.signal.aborted) change(upload.id, { state: "cancelled" });
    else change(upload.id, { state: "refused", problem: asProblem(error) });
  } finally {
    controllers.delete(upload.id);
    pump();
  }
}

function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, OFFLINE, "");
}

/** Return a function that tells the bytes a second, from the bytes so far and the time in ms. */
export function createMeter(): (bytes: number, now: number) => number {
  const seen: [bytes: number, at: number][] = [];
  return (bytes, now) => {
    seen.push([bytes, now]);
    while (seen.length > 2 && now - (seen[0]?.[1] ?? now) > RATE_WINDOW_MS) seen.shift();
    const [first, begun] = seen[0] ?? [bytes, now];
    return now > begun ? ((bytes - first) * 1000) / (now - begun) : 0;
  };
}

/** End an upload, or the work on its document; what is searchable already stays so. */
export async function cancelUpload(id: number): Promise<void> {
  const upload = get(id);
  if (!upload) return;
  controllers.get(id)?.abort();
  if (upload.state === "queued") change(id, { state: "cancelled" });
  if (upload.documentId) {
    await data(
      api.POST("/api/v1/documents/{document_id}/cancel", {
        params: { path: { document_id: upload.documentId } },
      }),
    );
  }
}

export function retryUpload(id: number): void {
  change(id, { state: "queued", problem: null, sent: 0 });
  pump();
}

export function clearUploads(isDone: (upload: Upload) => boolean): void {
  uploads.update((known) => known.filter((one) => !isDone(one)));
}

/** Send one file; only `XMLHttpRequest` tells how much of a request has left. */
function sendByXhr(
  upload: Upload,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/documents/upload");
    request.responseType = "json";
    for (const [name, value] of Object.entries(OWN_PAGE)) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => onSent(Math.min(event.loaded, upload.file.size));
    request.onerror = () => reject(new Problem(0, OFFLINE, ""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onload = () => {
      const body = (request.response ?? {}) as Record<string, string>;
      if (request.status >= 200 && request.status < 300) {
        const document = body as unknown as DocumentView & { duplicate_of?: string | null };
        resolve({ document, isDuplicate: Boolean(document.duplicate_of) });
      } else {
        const { code = "http_error", detail = "", correlation_id = "" } = body;
        reject(new Problem(request.status, code, detail, correlation_id));
      }
    };
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.set("collection", upload.collection);
    form.set("file", upload.file, upload.file.name);
    request.send(form);
  });
}
