import { Link } from "@tanstack/react-router";
import { CircleCheck, OctagonX, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import type { DocumentView } from "../../api/client";
import { all, useDocuments, useStatus } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, IconButton } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { FailureLine } from "../../parts/Failure";
import { Progress } from "../../parts/Progress";
import { Screen } from "../../parts/Screen";
import { useChanges } from "../../parts/useChanges";

/** What is worked on now, what failed and why, and what was finished last. */
export function ActivityScreen() {
  const texts = useTexts();
  const changes = useChanges();
  const running = useDocuments({ status: "processing" });
  const waiting = useDocuments({ status: "pending", order: "asc" });
  const failed = useDocuments({ status: "failed" });
  const done = useDocuments({ status: "completed" });
  const failures = all(failed.data?.pages);
  const working = [...all(running.data?.pages), ...all(waiting.data?.pages)];
  return (
    <Screen title={texts.activityTitle}>
      <Part title={texts.activityRunning} query={running} count={total(running) + total(waiting)}>
        {working.length === 0 && running.isSuccess && waiting.isSuccess && (
          <Line>
            <CircleCheck aria-hidden className="size-4 text-good" />
            {texts.activityNothing}
          </Line>
        )}
        {working.map((document) => (
          <Working key={document.document_id} document={document} onCancel={changes.cancel} />
        ))}
        <More query={running} />
        <More query={waiting} />
      </Part>
      <Part
        title={texts.activityFailed}
        query={failed}
        count={total(failed)}
        action={
          failures.length > 1 && (
            <Button
              size="small"
              isDisabled={changes.isBusy}
              onPress={() => void changes.reprocess(failures.map((each) => each.document_id))}
            >
              <RotateCcw aria-hidden className="size-4" />
              {texts.retryAll}
            </Button>
          )
        }
      >
        {failures.length === 0 && failed.isSuccess && (
          <Line>
            <CircleCheck aria-hidden className="size-4 text-good" />
            {texts.activityNoFailures}
          </Line>
        )}
        {failures.map((document) => (
          <li key={document.document_id} className="flex items-start gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <Name document={document} />
              <p className="text-sm text-bad">{document.error?.message}</p>
            </div>
            <IconButton
              label={texts.documentReprocess}
              onPress={() => void changes.reprocess([document.document_id])}
            >
              <RotateCcw className="size-4" />
            </IconButton>
          </li>
        ))}
        <More query={failed} />
      </Part>
      <Part title={texts.activityDone} query={done} count={total(done)}>
        {all(done.data?.pages).length === 0 && done.isSuccess && <Line>{texts.activityNone}</Line>}
        {all(done.data?.pages).map((document) => (
          <Finished key={document.document_id} document={document} />
        ))}
        <More query={done} />
      </Part>
      {changes.dialog}
    </Screen>
  );
}

type Found = ReturnType<typeof useDocuments>;

const total = (query: Found) => query.data?.pages[0]?.total ?? 0;

type PartProps = { title: string; query: Found; count: number; action?: ReactNode; children: ReactNode };

function Part({ title, query, count, action, children }: PartProps) {
  const texts = useTexts();
  const format = useFormat();
  return (
    <section className="flex flex-col gap-2">
      <div className="flex min-h-8 items-center justify-between gap-2">
        <h2 className="font-semibold">
          {title}
          {count > 0 && <span className="ml-2 font-normal text-soft">{format.number(count)}</span>}
        </h2>
        {action}
      </div>
      {query.isPending && <Waiting lines={2} label={texts.loading} />}
      {query.isError && <FailureLine error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <ul className="card divide-y divide-line">{children}</ul>}
    </section>
  );
}

function More({ query }: { query: Found }) {
  const texts = useTexts();
  if (!query.hasNextPage) return null;
  return (
    <li className="p-1">
      <Button kind="quiet" className="w-full" onPress={() => void query.fetchNextPage()}>
        {texts.more}
      </Button>
    </li>
  );
}

function Line({ children }: { children: ReactNode }) {
  return <li className="flex items-center gap-2 px-4 py-3 text-soft">{children}</li>;
}

function Name({ document }: { document: DocumentView }) {
  return (
    <Link
      to="/documents/$id"
      params={{ id: document.document_id }}
      className="block truncate font-medium hover:underline"
    >
      {document.title || document.file_name}
    </Link>
  );
}

function Working({ document, onCancel }: { document: DocumentView; onCancel: (ids: string[]) => Promise<void> }) {
  const texts = useTexts();
  const format = useFormat();
  const status = useStatus(document.document_id);
  const progress = status.data?.progress ?? document.progress;
  const step = status.data?.current_step ?? document.status;
  const eta = status.data?.eta_seconds;
  return (
    <li className="flex flex-col gap-1.5 px-4 py-3">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <Name document={document} />
        </div>
        <span className="shrink-0 text-sm text-soft tabular-nums">
          {[
            document.status === "pending" ? named(texts, "status", "pending") : stepName(texts, step),
            format.percent(progress),
            ...(eta && eta >= 1 ? [texts.timeLeft(format.duration(eta))] : []),
          ].join(" · ")}
        </span>
        <IconButton
          label={texts.uploadCancelOne(document.title || document.file_name)}
          onPress={() => void onCancel([document.document_id])}
        >
          <OctagonX className="size-4" />
        </IconButton>
      </div>
      <Progress value={progress} label={texts.uploadProgress(document.title || document.file_name)} />
    </li>
  );
}

function stepName(texts: ReturnType<typeof useTexts>, step: string): string {
  const names: Record<string, string> = {
    reading: texts.uploadReading,
    embedding: texts.uploadEmbedding,
    indexing: texts.uploadIndexing,
  };
  return names[step] ?? step;
}

function Finished({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const format = useFormat();
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <Name document={document} />
      </div>
      <span className="shrink-0 text-sm text-soft tabular-nums">
        {[
          ...(document.processing_time_seconds
            ? [texts.tookMs(format.duration(document.processing_time_seconds))]
            : []),
          format.ago(document.processed_at ?? document.updated_at),
        ].join(" · ")}
      </span>
    </li>
  );
}
