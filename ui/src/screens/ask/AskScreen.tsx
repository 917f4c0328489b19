import { useNavigate, useSearch } from "@tanstack/react-router";
import { BookOpenText, Download, History, MessageSquarePlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useConversation, useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { IconButton } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { Failure, sentenceOf } from "../../parts/Failure";
import { tell } from "../../parts/toasts";
import { begin, conversationId, resume, start, turns } from "../../state/conversation";
import { saveConversation } from "../../state/originals";
import { source } from "../../state/source";
import { useStore } from "../../state/store";
import { UploadRows } from "../upload/UploadRows";
import { Composer } from "./Composer";
import { FirstVisit } from "./FirstVisit";
import { HistoryList } from "./HistoryList";
import { SourcePane } from "./SourcePane";
import { Suggestions } from "./Suggestions";
import { TurnView } from "./TurnView";

/** A conversation beside the source that is being checked. */
export function AskScreen() {
  const texts = useTexts();
  const shown = useStore(turns);
  const id = useStore(conversationId);
  const navigate = useNavigate();
  const { c: linked = "" } = useSearch({ from: "/" });
  const wanted = useConversation(linked !== id ? linked : "");
  const open = useStore(source);
  const [showsHistory, setShowsHistory] = useState(false);
  const found = useDocuments({});
  const isEmpty = found.data?.pages[0]?.total === 0;
  const end = useRef<HTMLDivElement>(null);
  const count = shown.length;

  // The address names the conversation: a link opens it, and the first question gives it one.
  useEffect(() => {
    if (wanted.data && wanted.data.conversation_id === linked && linked !== conversationId.get()) {
      resume(wanted.data);
      source.set(null);
    }
  }, [wanted.data, linked]);
  useEffect(() => {
    if (id && !linked) void navigate({ to: "/", search: { c: id }, replace: true });
    // Only a new conversation changes the address; a changed address opens a conversation above.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);

  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: "end" });
  }, [count]);

  const beginNew = async () => {
    source.set(null);
    // The address first: with the old one the conversation that ends here would be opened again.
    await navigate({ to: "/", search: {} });
    begin();
  };
  const download = () =>
    saveConversation(id).catch((error: unknown) => tell(sentenceOf(error, texts), "bad"));

  return (
    <div className="flex h-full min-h-0">
      {showsHistory && <HistoryList onClose={() => setShowsHistory(false)} />}
      <section className="flex min-w-0 flex-1 flex-col" aria-label={texts.ask}>
        <header className="flex items-center gap-1 px-3 pt-3">
          <IconButton
            label={texts.history}
            onPress={() => setShowsHistory((now) => !now)}
            aria-expanded={showsHistory}
          >
            <History className="size-5" />
          </IconButton>
          {count > 0 && (
            <IconButton label={texts.askNew} onPress={() => void beginNew()}>
              <MessageSquarePlus className="size-5" />
            </IconButton>
          )}
          {count > 0 && id && (
            <IconButton label={texts.download} onPress={() => void download()}>
              <Download className="size-5" />
            </IconButton>
          )}
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto" data-testid="conversation">
          <div className="mx-auto flex min-h-full w-full max-w-3xl flex-col px-4 pb-6 sm:px-6">
            {wanted.isError ? (
              <Failure error={wanted.error} onRetry={() => void wanted.refetch()} />
            ) : count === 0 && wanted.isFetching ? (
              <Waiting label={texts.loading} lines={5} />
            ) : count === 0 ? (
              isEmpty ? (
                <FirstVisit />
              ) : (
                <Welcome />
              )
            ) : (
              <div role="log" aria-live="off" className="flex flex-col gap-8 pt-4">
                {shown.map((turn) => (
                  <TurnView key={turn.id} turn={turn} />
                ))}
              </div>
            )}
            <div ref={end} />
          </div>
        </div>
        <Composer onAsk={(question) => void start(question)} />
      </section>
      {open && <SourcePane key={open.owner} />}
    </div>
  );
}

function Welcome() {
  const texts = useTexts();
  return (
    <div className="my-auto flex flex-col items-center gap-3 py-10 text-center">
      <span className="grid size-14 place-items-center rounded-2xl bg-tint text-accent">
        <BookOpenText aria-hidden className="size-7" strokeWidth={1.5} />
      </span>
      <h1 className="font-serif text-3xl tracking-tight text-balance">{texts.askTitle}</h1>
      <p className="max-w-md text-soft text-balance">{texts.askText}</p>
      <Suggestions />
      <div className="w-full text-left">
        <UploadRows />
      </div>
    </div>
  );
}
