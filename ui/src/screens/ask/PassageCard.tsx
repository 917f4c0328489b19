import type { Passage } from "../../api/client";
import { useTexts } from "../../i18n";
import { foundWords } from "../../state/answers";
import { flattened } from "../../state/blocks";

type Props = { passage: Passage; onOpen: () => void };

/** A passage with where it stands and why it was found. */
export function PassageCard({ passage, onOpen }: Props) {
  const texts = useTexts();
  const words = foundWords(passage);
  const cosine = passage.explanation?.cosine;
  const reasons = [
    ...(cosine !== null && cosine !== undefined ? [texts.whyMeaning(cosine.toFixed(2))] : []),
    ...(words.length ? [texts.whyWords(words.join(", "))] : []),
  ];
  return (
    <button
      type="button"
      onClick={onOpen}
      className="card flex flex-col gap-1.5 p-3.5 text-left hover:border-accent"
    >
      <span className="flex items-baseline justify-between gap-3 text-sm">
        <span className="min-w-0 truncate font-medium">{passage.title || passage.source}</span>
        {passage.page && <span className="shrink-0 text-soft">{texts.pageOf(String(passage.page))}</span>}
      </span>
      <span className="line-clamp-3 font-serif leading-snug whitespace-pre-line">{flattened(passage.content)}</span>
      {reasons.length > 0 && <span className="text-xs text-soft">{reasons.join(" · ")}</span>}
    </button>
  );
}
