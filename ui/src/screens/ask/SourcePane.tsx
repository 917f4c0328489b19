import { ChevronLeft, ChevronRight, FileText, Minus, Plus, SquareArrowOutUpRight, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Problem } from "../../api/client";
import { useChunk, usePageText } from "../../api/queries";
import { useNavigate } from "@tanstack/react-router";
import { useTexts } from "../../i18n";
import { Button, IconButton } from "../../parts/Button";
import { sentenceOf } from "../../parts/Failure";
import { PageView, type Mark } from "../../parts/PageView";
import { tell } from "../../parts/toasts";
import { openOriginal } from "../../state/originals";
import { source, step, type Source } from "../../state/source";
import { useStore } from "../../state/store";
import { QuotedPassage } from "./QuotedPassage";

const ZOOMS = [1, 1.4, 2];

/** The page that a citation quotes, with the quoted sentence marked on it. */
export function SourcePane() {
  const texts = useTexts();
  const open = useStore(source);
  // A whole page is too small to read on a phone, so the marked place is shown larger there.
  const [zoom, setZoom] = useState(matchMedia("(max-width: 48rem)").matches ? ZOOMS.length - 1 : 0);
  const navigate = useNavigate();

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      if (event.key === "Escape") source.set(null);
      if (event.key === "j") step(1);
      if (event.key === "k") step(-1);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  const shown = open?.list[open.at];
  if (!open || !shown) return null;
  const page = shown.pageLabel ?? shown.page;
  const showOriginal = () =>
    openOriginal(shown.documentId, shown.fileName, shown.page).catch((error: unknown) =>
      tell(sentenceOf(error, texts), "bad"),
    );
  return (
    <aside
      aria-label={texts.source}
      className="fixed inset-0 z-30 flex flex-col border-l border-line bg-sunk md:static md:z-auto md:w-[46%] md:max-w-3xl"
    >
      <header className="flex items-center gap-1 border-b border-line bg-sheet px-3 py-2">
        <div className="min-w-0 flex-1 pl-1">
          <h2 className="truncate font-semibold" title={shown.title}>
            {shown.title}
          </h2>
          <p className="truncate text-sm text-soft">
            {page !== null ? texts.pageLong(String(page)) : shown.fileName}
          </p>
        </div>
        {open.list.length > 1 && (
          <>
            <IconButton label={texts.previousSource} onPress={() => step(-1)}>
              <ChevronLeft className="size-5" />
            </IconButton>
            <span className="text-sm text-soft tabular-nums">
              {open.at + 1}/{open.list.length}
            </span>
            <IconButton label={texts.nextSource} onPress={() => step(1)}>
              <ChevronRight className="size-5" />
            </IconButton>
          </>
        )}
        <IconButton label={texts.closeSource} onPress={() => source.set(null)}>
          <X className="size-5" />
        </IconButton>
      </header>
      <SourceBody shown={shown} zoom={ZOOMS[zoom] ?? 1} />
      <footer className="flex flex-wrap items-center gap-2 border-t border-line bg-sheet px-3 py-2">
        <Button size="small" onPress={() => void showOriginal()}>
          <SquareArrowOutUpRight aria-hidden className="size-4" />
          {texts.openOriginal}
        </Button>
        <Button
          size="small"
          kind="quiet"
          onPress={() =>
            void navigate({
              to: "/documents/$id",
              params: { id: shown.documentId },
              search: shown.page ? { page: shown.page } : {},
            })
          }
        >
          <FileText aria-hidden className="size-4" />
          {texts.openDocument}
        </Button>
        {shown.page !== null && (
          <span className="ml-auto flex">
            <IconButton label={texts.zoomOut} isDisabled={zoom === 0} onPress={() => setZoom(zoom - 1)}>
              <Minus className="size-4" />
            </IconButton>
            <IconButton
              label={texts.zoomIn}
              isDisabled={zoom === ZOOMS.length - 1}
              onPress={() => setZoom(zoom + 1)}
            >
              <Plus className="size-4" />
            </IconButton>
          </span>
        )}
      </footer>
    </aside>
  );
}

/** The page with its marks; where there are no pages, the passage with its quote. */
function SourceBody({ shown, zoom }: { shown: Source; zoom: number }) {
  const chunk = useChunk(shown.documentId, shown.chunkId);
  const words = usePageText(shown.documentId, shown.page);
  const isWithoutPages =
    shown.page === null ||
    (words.error instanceof Problem && ["no_pages", "gone", "not_found"].includes(words.error.code));
  if (isWithoutPages) {
    return (
      <div className="min-h-0 flex-1 overflow-y-auto p-4" data-scrolls tabIndex={0}>
        <QuotedPassage shown={shown} chunk={chunk} />
      </div>
    );
  }
  const page = shown.page ?? 1;
  const places: Mark[] = (chunk.data?.sentences ?? [])
    .flatMap((sentence) => sentence.boxes.map((box) => ({ ...box, id: sentence.sentence_id })))
    .filter((box) => box.page === page);
  const weak = places.map((box): Mark => ({ ...box, tone: "weak" }));
  const quoted = shown.boxes.filter((box) => box.page === page);
  const strong: Mark[] = quoted.length
    ? quoted.map((box) => ({ ...box, id: shown.sentenceIds[0] ?? shown.chunkId }))
    : shown.index === null
      ? places
      : [];
  return (
    <div className="min-h-0 flex-1 overflow-auto p-3 sm:p-4" data-scrolls tabIndex={0}>
      <PageView
        documentId={shown.documentId}
        title={shown.title}
        page={page}
        zoom={zoom}
        marks={[...(strong === places ? [] : weak), ...strong]}
      />
    </div>
  );
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return Boolean(target?.closest("input, textarea, select, [contenteditable]"));
}
