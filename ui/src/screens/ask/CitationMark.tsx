import { Button, Tooltip, TooltipTrigger } from "react-aria-components";
import type { Citation } from "../../api/client";
import { useTexts } from "../../i18n";
import { source } from "../../state/source";
import { useStore } from "../../state/store";

type Props = { citation: Citation; onOpen: (index: number) => void };

/** The number of a source: shows its quote when it is pointed at, and opens it when it is pressed. */
export function CitationMark({ citation, onOpen }: Props) {
  const texts = useTexts();
  const open = useStore(source);
  const shown = open?.list[open.at];
  const isOpen = shown?.index === citation.index && shown.chunkId === citation.chunk_id;
  const title = citation.title || citation.source;
  const page = citation.page_label ?? citation.page;
  return (
    <TooltipTrigger delay={150} closeDelay={80}>
      <Button
        aria-label={texts.citation(citation.index, title)}
        onPress={() => onOpen(citation.index)}
        className={`mx-0.5 inline-grid h-[1.35em] min-w-[1.35em] cursor-pointer place-items-center rounded-md px-1 align-[0.12em] text-[0.72em] font-semibold tabular-nums transition-colors ${
          isOpen ? "bg-accent text-on-accent" : "bg-tint text-accent hover:bg-accent hover:text-on-accent"
        }`}
      >
        {citation.index}
      </Button>
      <Tooltip offset={8} className="card max-w-sm p-3 text-sm shadow-xl">
        <p className="font-serif text-[0.95rem] leading-snug">“{citation.quote}”</p>
        <p className="mt-1.5 text-xs text-soft">
          {title}
          {page !== null && page !== undefined && ` · ${texts.pageOf(String(page))}`}
        </p>
      </Tooltip>
    </TooltipTrigger>
  );
}
