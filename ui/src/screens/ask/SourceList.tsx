import type { Citation } from "../../api/client";
import { useTexts } from "../../i18n";

type Props = { citations: Citation[]; onOpen: (index: number) => void };

/** The sources of an answer below it, for those who don't point at marks. */
export function SourceList({ citations, onOpen }: Props) {
  const texts = useTexts();
  return (
    <section aria-label={texts.sources(citations.length)}>
      <ul className="flex flex-wrap gap-2">
        {citations.map((citation) => {
          const page = citation.page_label ?? citation.page;
          return (
            <li key={citation.index} className="max-w-full">
              <button
                type="button"
                onClick={() => onOpen(citation.index)}
                className="flex max-w-full items-center gap-2 rounded-full border border-line bg-sheet py-1 pr-3 pl-1.5 text-sm hover:border-accent hover:bg-tint"
              >
                <span className="grid size-5 shrink-0 place-items-center rounded-full bg-tint text-xs font-semibold text-accent">
                  {citation.index}
                </span>
                <span className="truncate">{citation.title || citation.source}</span>
                {page !== null && page !== undefined && (
                  <span className="shrink-0 text-soft">{texts.pageOf(String(page))}</span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
