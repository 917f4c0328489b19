import { useEffect, useMemo, useRef } from "react";
import { usePagePicture, usePageText } from "../api/queries";
import { useTexts } from "../i18n";
import {
  displayedSize,
  linesOf,
  middleOf,
  transformOf,
  type Box,
  type Line,
  type PageSize,
} from "../state/geometry";
import { Failure } from "./Failure";

export type Mark = Box & { id: string; tone?: "strong" | "weak"; kind?: string };

type Props = {
  documentId: string;
  title: string;
  page: number;
  marks: Mark[];
  zoom?: number;
  onMark?: (id: string) => void;
};

// Paper of the usual size, until the real one is known: nothing jumps when the picture comes.
const A4: PageSize = { width: 595, height: 842, rotation: 0 };

/** The picture of a page with marks on it, below its words, which can be selected and copied. */
export function PageView({ documentId, title, page, marks, zoom = 1, onMark }: Props) {
  const texts = useTexts();
  const picture = usePagePicture(documentId, page);
  const words = usePageText(documentId, page);
  const size = words.data ?? A4;
  const lines = useMemo(() => linesOf((words.data?.words ?? []) as never), [words.data]);
  const [width, height] = displayedSize(size);
  const frame = useRef<HTMLDivElement>(null);
  const isShown = Boolean(picture.data && words.data);
  const target = marks.find((mark) => mark.tone !== "weak");
  const targetId = target ? `${target.id} ${target.x0} ${target.y0}` : "";

  useEffect(() => {
    if (!isShown || !target || !frame.current) return;
    scrollTo(frame.current, middleOf(target, size));
    // The identity of the mark, not of its object: a new render must not scroll again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isShown, targetId, page, zoom]);

  if (picture.isError) {
    return <Failure error={picture.error} onRetry={() => void picture.refetch()} />;
  }
  return (
    <div
      ref={frame}
      onClick={
        onMark &&
        ((event) => {
          const found = markAt(event.clientX, event.clientY);
          if (found) onMark(found);
        })
      }
      className="relative mx-auto overflow-hidden rounded-sm bg-white shadow-md ring-1 ring-black/10"
      style={{ width: `${zoom * 100}%`, aspectRatio: `${width} / ${height}` }}
    >
      {picture.data ? (
        <img
          src={picture.data}
          alt={texts.pageAlt(page, title)}
          className="absolute inset-0 size-full select-none"
          draggable={false}
        />
      ) : (
        <p role="status" className="breathe absolute inset-0 grid place-items-center text-neutral-500">
          {texts.pageLoading}
        </p>
      )}
      {isShown && <Marks size={size} marks={marks} />}
      {isShown && <Words size={size} lines={lines} />}
    </div>
  );
}

// The page is paper in every theme, so its marks have the same colours in all of them.
const STRONG = "fill-[#ffd43b]/70";
const WEAK: Record<string, string> = {
  table: "fill-[#4dabf7]/20",
  image: "fill-[#69db7c]/25",
  composite: "fill-[#69db7c]/25",
};
const WEAK_TEXT = "fill-[#ffd43b]/20";
const PAD = 1.5; // points around a line, so that the mark does not touch the letters

/** Return the mark at a place; the words lie above the marks, so that they can be selected. */
function markAt(x: number, y: number): string | undefined {
  if (getSelection()?.type === "Range") return undefined;
  const below = document.elementsFromPoint(x, y);
  return below.find((each) => each.hasAttribute("data-mark"))?.getAttribute("data-mark") ?? undefined;
}

function Marks({ size, marks }: Pick<Props, "marks"> & { size: PageSize }) {
  const [width, height] = displayedSize(size);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="absolute inset-0 size-full mix-blend-multiply"
      aria-hidden
    >
      <g transform={transformOf(size)}>
        {different(marks).map((mark, at) => (
          <rect
            key={at}
            data-mark={mark.id}
            data-tone={mark.tone ?? "strong"}
            x={mark.x0 - PAD}
            y={mark.y0 - PAD}
            width={mark.x1 - mark.x0 + 2 * PAD}
            height={mark.y1 - mark.y0 + 2 * PAD}
            rx={1.5}
            className={mark.tone === "weak" ? (WEAK[mark.kind ?? ""] ?? WEAK_TEXT) : STRONG}
          />
        ))}
      </g>
    </svg>
  );
}

/** Leave out a box that another mark of the same kind has: sentences share printed lines. */
function different(marks: readonly Mark[]): Mark[] {
  const known = new Map<string, Mark>();
  for (const mark of marks) {
    const { x0, y0, x1, y1, tone } = mark;
    known.set([tone, x0, y0, x1, y1].join(" "), mark);
  }
  return [...known.values()];
}

/** The words as transparent text at their places. */
function Words({ size, lines }: { size: PageSize; lines: Line[] }) {
  const [width, height] = displayedSize(size);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="page-words pointer-events-none absolute inset-0 size-full"
    >
      <g transform={transformOf(size)} fill="transparent" className="select-text">
        {lines.map(({ text, box }, at) => (
          <text
            key={at}
            x={box.x0}
            y={box.y1 - (box.y1 - box.y0) * 0.22}
            fontSize={(box.y1 - box.y0) * 0.82}
            textLength={Math.max(1, box.x1 - box.x0)}
            lengthAdjust="spacingAndGlyphs"
            className="pointer-events-auto cursor-text whitespace-pre"
          >
            {`${text} `}
          </text>
        ))}
      </g>
    </svg>
  );
}

/** Scroll the pane that holds a page so that a place on the page is in its middle. */
function scrollTo(page: HTMLElement, [across, down]: [number, number]): void {
  const pane = page.closest<HTMLElement>("[data-scrolls]");
  if (!pane) return;
  const inPane = page.getBoundingClientRect();
  const outside = pane.getBoundingClientRect();
  pane.scrollTo({
    top: pane.scrollTop + inPane.top - outside.top + inPane.height * down - pane.clientHeight / 2,
    left: pane.scrollLeft + inPane.left - outside.left + inPane.width * across - pane.clientWidth / 2,
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
}
