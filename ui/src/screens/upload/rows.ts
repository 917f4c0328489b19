import type { Schemas } from "../../api/client";
import type { Catalogue } from "../../i18n";
import type { Upload } from "../../state/uploads";

export type Status = Schemas["ProcessingStatus"];

export type Row = {
  /** Key of the text that names the state. */
  label: keyof Catalogue;
  percent: number;
  tone: "accent" | "bad" | "soft";
  isMoving: boolean;
  canCancel: boolean;
  canRetry: boolean;
  reason: string | null;
};

// Sending is the first tenth of what a person waits for, because reading takes longer.
const SENDING_SHARE = 10;

const ENDED: Record<string, keyof Catalogue> = {
  completed: "uploadDone",
  completed_empty: "uploadEmpty",
  failed: "uploadFailed",
  cancelled: "uploadCancelled",
  deleting: "status_deleting",
  gone: "status_gone",
};

const STEPS: Record<string, keyof Catalogue> = {
  reading: "uploadReading",
  embedding: "uploadEmbedding",
  indexing: "uploadIndexing",
};

const STILL = { isMoving: false, canCancel: false, canRetry: false, reason: null };

/** Return what the row of an upload shows, given the state of its document if it has one. */
export function rowOf(upload: Upload, status: Status | undefined): Row {
  switch (upload.state) {
    case "queued":
      return { ...STILL, label: "uploadQueued", percent: 0, tone: "soft", canCancel: true };
    case "sending": {
      const part = upload.file.size ? upload.sent / upload.file.size : 1;
      return {
        ...STILL,
        label: "uploadSending",
        percent: SENDING_SHARE * part,
        tone: "accent",
        isMoving: true,
        canCancel: true,
      };
    }
    case "refused": {
      const isPassing = upload.problem?.isPassing ?? false;
      const reason = upload.problem?.message ?? null;
      return { ...STILL, label: "uploadRefused", percent: 100, tone: "bad", canRetry: isPassing, reason };
    }
    case "cancelled":
      return { ...STILL, label: "uploadCancelled", percent: 0, tone: "soft", canRetry: true };
    case "accepted":
      return ofDocument(upload, status);
  }
}

function ofDocument(upload: Upload, status: Status | undefined): Row {
  const state = status?.status ?? "pending";
  const ended = ENDED[state];
  if (ended) {
    return {
      ...STILL,
      label: upload.isDuplicate && state === "completed" ? "uploadDuplicate" : ended,
      percent: state === "cancelled" ? (status?.progress ?? 0) : 100,
      tone: state === "failed" ? "bad" : state === "completed" ? "accent" : "soft",
      reason: status?.error?.message ?? null,
    };
  }
  return {
    ...STILL,
    label: state === "pending" ? "uploadWaiting" : (STEPS[status?.current_step ?? ""] ?? "uploadReading"),
    percent: SENDING_SHARE + ((100 - SENDING_SHARE) * (status?.progress ?? 0)) / 100,
    tone: "accent",
    isMoving: true,
    canCancel: true,
  };
}

/** Whether nothing more will happen with an upload. */
export function isEnded(upload: Upload, status: Status | undefined): boolean {
  if (upload.state === "accepted") return status !== undefined && status.status in ENDED;
  return upload.state === "refused" || upload.state === "cancelled";
}
