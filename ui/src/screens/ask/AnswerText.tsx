import { lazy, Suspense } from "react";
import { partsOf } from "../../state/answers";
import type { Turn } from "../../state/conversation";
import { RichText } from "../../parts/RichText";
import { CitationMark } from "./CitationMark";

// Only answers of a language model are Markdown; a quoted sentence is shown as it is.
const MarkdownText = lazy(() => import("./MarkdownText"));

type Props = { turn: Turn; onOpen: (index: number) => void };

/** The text of an answer with the numbered marks of its sources. */
export function AnswerText({ turn, onOpen }: Props) {
  if (turn.mode === "generative") {
    return (
      <Suspense fallback={<PlainText turn={turn} onOpen={onOpen} />}>
        <MarkdownText turn={turn} onOpen={onOpen} />
      </Suspense>
    );
  }
  return <PlainText turn={turn} onOpen={onOpen} />;
}

function PlainText({ turn, onOpen }: Props) {
  return (
    <div className="text-[1.0625rem] leading-relaxed" data-testid="answer">
      <RichText
        text={turn.text}
        show={(text) => <WithMarks text={text} turn={turn} onOpen={onOpen} />}
      />
    </div>
  );
}

/** A text in which each `[n]` is the mark of a citation. */
export function WithMarks({ text, turn, onOpen }: Props & { text: string }) {
  return partsOf(text, turn.citations).map((part, at) => {
    if (part.kind === "text") return <span key={at}>{part.text}</span>;
    const citation = turn.citations.find((each) => each.index === part.index);
    return citation && <CitationMark key={at} citation={citation} onOpen={onOpen} />;
  });
}
