import { BookOpenText, History, MessageSquarePlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { IconButton } from "../../parts/Button";
import { begin, start, turns } from "../../state/conversation";
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
  const open = useStore(source);
  const [showsHistory, setShowsHistory] = useState(false);
  const found = useDocuments({});
  const isEmpty = found.data?.pages[0]?.total === 0;
  const end = useRef<HTMLDivElement>(null);
  const count = shown.length;

  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: "end" });
  }, [count]);

  const beginNew = () => {
    begin();
    source.set(null);
  };

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
            <IconButton label={texts.askNew} onPress={beginNew}>
              <MessageSquarePlus className="size-5" />
            </IconButton>
          )}
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto" data-testid="conversation">
          <div className="mx-auto flex min-h-full w-full max-w-3xl flex-col px-4 pb-6 sm:px-6">
            {count === 0 ? (
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
