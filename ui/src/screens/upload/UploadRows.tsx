import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, FileText, RotateCcw, TriangleAlert, X } from "lucide-react";
import { api, data } from "../../api/client";
import { isWorking, keys } from "../../api/queries";
import { connection } from "../../api/events";
import { useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, IconButton } from "../../parts/Button";
import { sentenceOf } from "../../parts/Failure";
import { Progress } from "../../parts/Progress";
import { tell } from "../../parts/toasts";
import { useStore } from "../../state/store";
import { cancelUpload, clearUploads, retryUpload, uploads, type Upload } from "../../state/uploads";
import { isEnded, rowOf, type Status } from "./rows";

const POLL_MS = 1_500;
const POLL_BESIDE_STREAM_MS = 8_000;

/** The files of this tab, each with its progress until it can be searched. */
export function UploadRows() {
  const texts = useTexts();
  const list = useStore(uploads);
  const statuses = useStatuses(list);
  const ended = list.filter((one) => isEnded(one, statuses.get(one.id)));
  const cancelAll = () =>
    Promise.all(list.filter((one) => !ended.includes(one)).map((one) => cancelUpload(one.id))).catch(
      (error: unknown) => tell(sentenceOf(error, texts), "bad"),
    );
  if (list.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label={texts.upload}>
      <div className="flex items-center justify-between gap-2">
        <h2 className="text-sm text-soft" role="status">
          {texts.uploadSummary(ended.length, list.length)}
        </h2>
        {ended.length < list.length ? (
          <Button size="small" kind="quiet" onPress={() => void cancelAll()}>
            {texts.uploadCancelAll}
          </Button>
        ) : (
          <Button size="small" kind="quiet" onPress={() => clearUploads(() => true)}>
            {texts.uploadClear}
          </Button>
        )}
      </div>
      <ul className="card divide-y divide-line">
        {list.map((upload) => (
          <UploadRow key={upload.id} upload={upload} status={statuses.get(upload.id)} />
        ))}
      </ul>
    </section>
  );
}

function useStatuses(list: Upload[]): Map<number, Status> {
  const how = useStore(connection);
  const sent = list.filter((one) => one.documentId);
  return useQueries({
    queries: sent.map(({ documentId }) => ({
      queryKey: keys.status(documentId ?? ""),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        data(
          api.GET("/api/v1/processing/status/{document_id}", {
            params: { path: { document_id: documentId ?? "" } },
            signal,
          }),
        ),
      refetchInterval: (query: { state: { data?: Status } }) =>
        isWorking(query.state.data?.status ?? "pending") &&
        (how === "live" ? POLL_BESIDE_STREAM_MS : POLL_MS),
    })),
    combine: (found) =>
      new Map(
        sent.flatMap((one, at): [number, Status][] => {
          const status = found[at]?.data;
          return status ? [[one.id, status]] : [];
        }),
      ),
  });
}

function UploadRow({ upload, status }: { upload: Upload; status: Status | undefined }) {
  const texts = useTexts();
  const format = useFormat();
  const row = rowOf(upload, status);
  const label = texts[row.label] as string;
  const cancel = () =>
    cancelUpload(upload.id).catch((error: unknown) => tell(sentenceOf(error, texts), "bad"));
  const reason = upload.problem ? sentenceOf(upload.problem, texts) : row.reason;
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2.5" data-state={status?.status ?? upload.state}>
      <div className="flex items-center gap-2.5">
        <Picture tone={row.tone} isDone={!row.isMoving && row.tone === "accent"} />
        <span className="min-w-0 flex-1 truncate font-medium" title={upload.name}>
          {upload.documentId && upload.state === "accepted" ? (
            <Link to="/documents/$id" params={{ id: upload.documentId }} className="hover:underline">
              {upload.name}
            </Link>
          ) : (
            upload.name
          )}
        </span>
        <span className={`shrink-0 text-sm tabular-nums ${row.tone === "bad" ? "text-bad" : "text-soft"}`}>
          {label}
          {row.isMoving && ` · ${format.percent(row.percent)}`}
        </span>
        {row.canRetry && (
          <IconButton label={texts.uploadRetryOne(upload.name)} onPress={() => retryUpload(upload.id)}>
            <RotateCcw className="size-4" />
          </IconButton>
        )}
        {row.canCancel && (
          <IconButton label={texts.uploadCancelOne(upload.name)} onPress={() => void cancel()}>
            <X className="size-4" />
          </IconButton>
        )}
      </div>
      {(row.isMoving || row.label === "uploadQueued") && (
        <Progress value={row.percent} label={texts.uploadProgress(upload.name)} tone={row.tone} />
      )}
      <p className="flex flex-wrap gap-x-3 text-xs text-soft tabular-nums">
        {detailsOf(upload, status, texts, format).map((text) => (
          <span key={text}>{text}</span>
        ))}
      </p>
      {reason && <p className="text-sm text-bad">{reason}</p>}
    </li>
  );
}

function detailsOf(
  upload: Upload,
  status: Status | undefined,
  texts: ReturnType<typeof useTexts>,
  format: ReturnType<typeof useFormat>,
): string[] {
  const details = [format.size(upload.file.size)];
  if (upload.state === "sending" && upload.rate > 0) {
    details.push(texts.uploadSpeed(format.size(upload.rate)));
    const left = (upload.file.size - upload.sent) / upload.rate;
    if (left >= 1) details.push(texts.timeLeft(format.duration(left)));
  }
  if (status?.status === "processing") {
    if (status.page_count) {
      details.push(
        texts.uploadPages(format.number(status.pages_read), format.number(status.page_count)),
      );
    }
    const ready = status.stages.indexing.done;
    if (ready > 0) details.push(texts.uploadSearchable(format.number(ready)));
    if (status.eta_seconds && status.eta_seconds >= 1) {
      details.push(texts.timeLeft(format.duration(status.eta_seconds)));
    }
  }
  return details;
}

function Picture({ tone, isDone }: { tone: string; isDone: boolean }) {
  if (tone === "bad") return <TriangleAlert aria-hidden className="size-4 shrink-0 text-bad" />;
  if (isDone) return <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />;
  return <FileText aria-hidden className="size-4 shrink-0 text-soft" />;
}
