import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import {
  ArrowLeft,
  MessageSquareQuote,
  OctagonX,
  RotateCcw,
  SquareArrowOutUpRight,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import type { DocumentView } from "../../api/client";
import { isWorking, useDocument } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, IconButton } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { Failure, sentenceOf } from "../../parts/Failure";
import { Progress } from "../../parts/Progress";
import { Status } from "../../parts/Status";
import { tell } from "../../parts/toasts";
import { useChanges } from "../../parts/useChanges";
import { begin, EVERYTHING, scope } from "../../state/conversation";
import { openOriginal } from "../../state/originals";
import { Files, Parent } from "./Files";
import { Pages } from "./Pages";
import { Passages } from "./Passages";
import { Tasks } from "./Tasks";

// The server draws pages of these types.
const DRAWN = new Set(["pdf", "png", "jpeg", "tiff"]);

// Files in files of these types are documents of their own; an archive has nothing else.
const HOLDING = new Set(["zip", "eml", "msg"]);

type Tab = "pages" | "passages" | "files" | "tasks";

/** One document: its pages, its passages, what could not be read, and how it was worked on. */
export function DocumentScreen() {
  const texts = useTexts();
  const { id } = useParams({ from: "/documents/$id" });
  const found = useDocument(id);
  if (found.isPending) return <Waiting lines={6} label={texts.loading} />;
  if (!found.data) {
    return (
      <Failure error={found.error} onRetry={() => void found.refetch()}>
        <Link to="/library" className="self-center text-accent hover:underline">
          {texts.library}
        </Link>
      </Failure>
    );
  }
  return <Shown key={id} document={found.data} />;
}

function Shown({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const { page, mark } = useSearch({ from: "/documents/$id" });
  const hasPages = DRAWN.has(document.file_type);
  const isArchive = document.file_type === "zip";
  const [tab, setTab] = useState<Tab>(
    document.status === "failed" ? "tasks" : hasPages ? "pages" : isArchive ? "files" : "passages",
  );
  const tabs: [Tab, string][] = [
    ...(hasPages ? [["pages", texts.documentPages] as [Tab, string]] : []),
    ...(isArchive ? [] : [["passages", texts.documentPassages] as [Tab, string]]),
    ...(HOLDING.has(document.file_type) ? [["files", texts.documentFiles] as [Tab, string]] : []),
    ["tasks", texts.documentTasks],
  ];
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Head document={document} />
      <Notices document={document} />
      <div role="tablist" className="flex gap-1 border-b border-line px-4 sm:px-8">
        {tabs.map(([id, label]) => (
          <button
            key={id}
            id={`tab-${id}`}
            role="tab"
            type="button"
            aria-selected={tab === id}
            aria-controls="tab-content"
            onClick={() => setTab(id)}
            className={`-mb-px border-b-2 px-3 py-2 ${
              tab === id ? "border-accent font-medium text-accent" : "border-transparent text-soft hover:text-ink"
            }`}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="tab-content" role="tabpanel" aria-labelledby={`tab-${tab}`} className="min-h-0 flex-1">
        {tab === "pages" && <Pages document={document} first={page ?? 1} mark={mark} />}
        {tab === "passages" && <Passages document={document} />}
        {tab === "files" && <Files document={document} />}
        {tab === "tasks" && <Tasks id={document.document_id} />}
      </div>
    </div>
  );
}

function Head({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const changes = useChanges();
  const id = document.document_id;
  const name = document.title || document.file_name;
  const facts = [
    document.file_type.toUpperCase(),
    format.size(document.file_size),
    ...(document.page_count ? [texts.pagesCount(format.number(document.page_count), document.page_count)] : []),
    texts.passagesFound(document.total_chunks),
    document.collection,
    format.moment(document.created_at),
  ];
  const ask = () => {
    begin();
    scope.set({ ...EVERYTHING, documents: [{ id, title: name }] });
    void navigate({ to: "/", search: {} });
  };
  const original = () =>
    openOriginal(id, document.file_name, null).catch((error: unknown) =>
      tell(sentenceOf(error, texts), "bad"),
    );
  return (
    <header className="flex flex-wrap items-start gap-3 px-4 pt-5 pb-3 sm:px-8">
      <IconButton label={texts.back} onPress={() => history.back()} className="-ml-2">
        <ArrowLeft className="size-5" />
      </IconButton>
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="font-serif text-2xl tracking-tight break-words">{name}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
          <Status status={document.status} />
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
        {document.parent_id && <Parent id={document.parent_id} path={document.member_path} />}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" size="small" onPress={ask}>
          <MessageSquareQuote aria-hidden className="size-4" />
          {texts.documentAsk}
        </Button>
        <IconButton label={texts.openOriginal} onPress={() => void original()}>
          <SquareArrowOutUpRight className="size-4" />
        </IconButton>
        {isWorking(document.status) ? (
          <IconButton label={texts.documentCancel} onPress={() => void changes.cancel([id])}>
            <OctagonX className="size-4" />
          </IconButton>
        ) : (
          <IconButton label={texts.documentReprocess} onPress={() => void changes.reprocess([id])}>
            <RotateCcw className="size-4" />
          </IconButton>
        )}
        <IconButton
          label={texts.documentDelete}
          onPress={() => changes.remove([id], () => void navigate({ to: "/library" }))}
        >
          <Trash2 className="size-4" />
        </IconButton>
      </div>
      {document.status === "processing" && (
        <Progress value={document.progress} label={texts.uploadProgress(name)} />
      )}
      {changes.dialog}
    </header>
  );
}

/** What a reader must know about a document: why it failed, and which pages were not read. */
function Notices({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const { error, pages_unread: unread } = document;
  if (!error && !unread) return null;
  return (
    <div className="flex flex-col gap-2 px-4 pb-3 sm:px-8">
      {error && (
        <p className="rounded-lg bg-bad-tint px-3 py-2 text-bad">
          {error.message} <code className="text-xs opacity-80">{error.code}</code>
        </p>
      )}
      {unread && (
        <p className="rounded-lg bg-warn-tint px-3 py-2 text-warn">
          {texts.documentUnread}:{" "}
          {Object.entries(unread.reasons)
            .map(([reason, count]) => `${count} ${named(texts, "reason", reason)}`)
            .join(", ")}
          .
        </p>
      )}
    </div>
  );
}
