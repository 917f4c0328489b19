import { CircleSlash, Copy, RotateCcw, ThumbsDown, ThumbsUp, TriangleAlert } from "lucide-react";
import { api, data } from "../../api/client";
import { useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { IconButton } from "../../parts/Button";
import { FailureLine, sentenceOf } from "../../parts/Failure";
import { tell } from "../../parts/toasts";
import { asText } from "../../state/answers";
import { again, setFeedback, type Turn } from "../../state/conversation";
import { fromCitation, fromPassage, source } from "../../state/source";
import { AnswerText } from "./AnswerText";
import { PassageCard } from "./PassageCard";
import { SourceList } from "./SourceList";

/** One question with its answer. */
export function TurnView({ turn }: { turn: Turn }) {
  const texts = useTexts();
  const open = (index: number) => {
    const list = turn.citations.map(fromCitation);
    const at = Math.max(0, list.findIndex((each) => each.index === index));
    source.set({ owner: `turn ${turn.id}`, list, at });
  };
  return (
    <article className="flex flex-col gap-3" data-state={turn.state} aria-busy={turn.state === "running"}>
      <h2 className="max-w-[85%] self-end rounded-2xl rounded-br-md bg-tint px-4 py-2 text-[1rem] whitespace-pre-wrap">
        <span className="sr-only">{texts.you}: </span>
        {turn.question}
      </h2>
      <p className="sr-only" role="status">
        {turn.state === "running" ? texts.answerStarted : turn.state === "done" ? texts.answerReady : ""}
      </p>
      {turn.state === "running" && !turn.text && (
        <p className="breathe text-soft" aria-hidden>
          {texts.searching}
        </p>
      )}
      {turn.grounding === "abstained" ? (
        <Abstention turn={turn} />
      ) : (
        turn.text && <AnswerText turn={turn} onOpen={open} />
      )}
      {turn.grounding === "ungrounded" && (
        <p className="flex items-center gap-2 rounded-lg bg-warn-tint px-3 py-2 text-sm text-warn">
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
          {texts.ungrounded}
        </p>
      )}
      {turn.state === "stopped" && <p className="text-sm text-soft">{texts.answerStopped}</p>}
      {turn.state === "failed" && (
        <FailureLine error={turn.error} onRetry={() => again(turn.id)} />
      )}
      <SimilarWords turn={turn} />
      {turn.citations.length > 0 && <SourceList citations={turn.citations} onOpen={open} />}
      {(turn.state === "done" || turn.state === "stopped") && <Actions turn={turn} />}
    </article>
  );
}

function Abstention({ turn }: { turn: Turn }) {
  const texts = useTexts();
  const show = (at: number) =>
    source.set({ owner: `near ${turn.id}`, list: turn.nearest.map(fromPassage), at });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex gap-3 rounded-xl border border-line bg-sheet p-4">
        <CircleSlash aria-hidden className="mt-0.5 size-5 shrink-0 text-soft" />
        <div>
          <h3 className="font-semibold">{texts.notFoundAnswer}</h3>
          <p className="text-soft">{texts.notFoundAnswerText(turn.read)}</p>
        </div>
      </div>
      {turn.nearest.length > 0 && (
        <section className="flex flex-col gap-2">
          <h3 className="text-sm text-soft">{texts.nearest}</h3>
          {turn.nearest.slice(0, 3).map((passage, at) => (
            <PassageCard key={passage.chunk_id} passage={passage} onOpen={() => show(at)} />
          ))}
        </section>
      )}
    </div>
  );
}

function SimilarWords({ turn }: { turn: Turn }) {
  const texts = useTexts();
  return Object.entries(turn.similarWords).map(([word, others]) => (
    <p key={word} className="text-sm text-soft">
      {texts.searchedInstead(word, others.join(", "))}
    </p>
  ));
}

function Actions({ turn }: { turn: Turn }) {
  const texts = useTexts();
  const format = useFormat();
  const rate = async (feedback: "positive" | "negative") => {
    if (!turn.queryId) return;
    const before = turn.feedback;
    setFeedback(turn.id, feedback);
    try {
      await data(
        api.POST("/api/v1/query/{query_id}/feedback", {
          params: { path: { query_id: turn.queryId } },
          body: { feedback },
        }),
      );
      tell(texts.feedbackThanks);
    } catch (error) {
      setFeedback(turn.id, before);
      tell(sentenceOf(error, texts), "bad");
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(asText(turn.question, turn.text, turn.citations));
    tell(texts.copied);
  };
  return (
    <div className="-ml-2 flex items-center gap-0.5">
      <IconButton
        label={texts.good}
        aria-pressed={turn.feedback === "positive"}
        className={turn.feedback === "positive" ? "!text-good" : ""}
        onPress={() => void rate("positive")}
      >
        <ThumbsUp className="size-4" />
      </IconButton>
      <IconButton
        label={texts.poor}
        aria-pressed={turn.feedback === "negative"}
        className={turn.feedback === "negative" ? "!text-bad" : ""}
        onPress={() => void rate("negative")}
      >
        <ThumbsDown className="size-4" />
      </IconButton>
      {turn.text && (
        <IconButton label={texts.copyAnswer} onPress={() => void copy()}>
          <Copy className="size-4" />
        </IconButton>
      )}
      <IconButton label={texts.askAgain} onPress={() => again(turn.id)}>
        <RotateCcw className="size-4" />
      </IconButton>
      {turn.seconds !== null && (
        <span className="ml-2 text-xs text-soft tabular-nums">
          {texts.tookMs(format.duration(turn.seconds))}
        </span>
      )}
    </div>
  );
}
