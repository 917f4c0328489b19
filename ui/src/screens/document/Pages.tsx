import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { DocumentView, Schemas } from "../../api/client";
import { useChunks } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { IconButton } from "../../parts/Button";
import { flattened } from "../../state/blocks";
import { PageView, type Mark } from "../../parts/PageView";

type Chunk = Schemas["ChunkView"];
/** `mark` is the id of a passage, or of a sentence in it: `<chunk_id>#<n>`. */
type Props = { document: DocumentView; first: number; mark: string | undefined };

/** The pages of a document, one at a time, with the places of its passages. */
export function Pages({ document, first, mark }: Props) {
  const texts = useTexts();
  const format = useFormat();
  const last = document.page_count ?? Math.max(1, document.pages_read);
  const [page, setPage] = useState(Math.min(first, last));
  const [chosen, setChosen] = useState<string | null>(mark?.split("#")[0] ?? null);
  const chunks = useChunksUpTo(document.document_id, page);
  const here = useMemo(() => chunks.filter((chunk) => placesOn(chunk, page).length > 0), [chunks, page]);
  const marks = here.flatMap((chunk) =>
    placesOn(chunk, page).map(
      (box): Mark => ({
        ...box,
        id: chunk.chunk_id,
        kind: chunk.chunk_type,
        tone: chunk.chunk_id === chosen ? "strong" : "weak",
      }),
    ),
  );
  const go = (to: number) => {
    setChosen(null);
    setPage(Math.max(1, Math.min(last, to)));
  };
  return (
    <div className="flex h-full min-h-0 flex-col md:flex-row">
      <div className="flex min-h-[55%] min-w-0 flex-1 flex-col bg-sunk md:min-h-0">
        <div className="flex items-center justify-center gap-1 border-b border-line bg-sheet py-1.5 text-sm">
          <IconButton label={texts.previousPage} isDisabled={page <= 1} onPress={() => go(page - 1)}>
            <ChevronLeft className="size-5" />
          </IconButton>
          <label className="flex items-center gap-1.5">
            {texts.pageNumber}
            <PageNumber page={page} last={last} onChange={go} />
            {texts.pageCount(format.number(last))}
          </label>
          <IconButton label={texts.nextPage} isDisabled={page >= last} onPress={() => go(page + 1)}>
            <ChevronRight className="size-5" />
          </IconButton>
        </div>
        <div className="min-h-0 flex-1 overflow-auto p-4" data-scrolls tabIndex={0}>
          <div className="mx-auto max-w-3xl">
            <PageView
              documentId={document.document_id}
              title={document.title || document.file_name}
              page={page}
              marks={marks}
              onMark={setChosen}
            />
          </div>
        </div>
      </div>
      <ul className="min-h-0 overflow-y-auto border-line p-3 md:w-80 md:border-l" aria-label={texts.documentPassages}>
        {here.length === 0 && <li className="p-2 text-soft">{texts.passagesNone}</li>}
        {here.map((chunk) => (
          <li key={chunk.chunk_id}>
            <button
              type="button"
              aria-pressed={chunk.chunk_id === chosen}
              ref={chunk.chunk_id === chosen ? reveal : null}
              onClick={() => setChosen(chunk.chunk_id === chosen ? null : chunk.chunk_id)}
              className={`w-full rounded-lg p-2 text-left text-sm ${
                chunk.chunk_id === chosen ? "bg-tint" : "hover:bg-sunk"
              }`}
            >
              <span className="text-xs text-soft">
                {[named(texts, "kind", chunk.chunk_type), chunk.section].filter(Boolean).join(" · ")}
              </span>
              <span className="line-clamp-4 whitespace-pre-line">{flattened(chunk.content)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function PageNumber({ page, last, onChange }: { page: number; last: number; onChange: (to: number) => void }) {
  const [typed, setTyped] = useState(String(page));
  useEffect(() => setTyped(String(page)), [page]);
  const take = () => {
    const number = Number(typed);
    if (Number.isInteger(number) && number >= 1 && number <= last) onChange(number);
    else setTyped(String(page));
  };
  return (
    <input
      inputMode="numeric"
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
      className="w-14 rounded border border-line bg-paper px-1.5 py-0.5 text-center tabular-nums"
    />
  );
}

function reveal(entry: HTMLElement | null): void {
  entry?.scrollIntoView({ block: "nearest" });
}

function placesOn(chunk: Chunk, page: number) {
  return (chunk.sentences ?? []).flatMap((sentence) => sentence.boxes.filter((box) => box.page === page));
}

/** The chunks of a document, read in order until those of a page are there. */
function useChunksUpTo(id: string, page: number): Chunk[] {
  const found = useChunks(id);
  const chunks = useMemo(() => found.data?.pages.flatMap((each) => each.chunks) ?? [], [found.data]);
  const reached = chunks.at(-1)?.page ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && reached <= page) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, reached, page]);
  return chunks;
}
