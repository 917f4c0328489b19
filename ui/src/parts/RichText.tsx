import { Fragment, type ReactNode } from "react";
import { blocksOf, piecesOf, type Block, type Row, type Span } from "../state/blocks";

type Props = {
  text: string;
  /** Stretches to mark, in UTF-16 units. */
  marks?: readonly Span[];
  /** Shows a piece of text, such as one with numbers of citations. */
  show?: (text: string) => ReactNode;
  className?: string;
};

const asIs = (text: string): ReactNode => text;
const NONE: readonly Span[] = [];

/** A text whose tables are shown as tables. */
export function RichText({ text, marks = NONE, show = asIs, className = "" }: Props) {
  return (
    <div className={`flex flex-col gap-2 ${className}`}>
      {blocksOf(text).map((block) =>
        block.kind === "text" ? (
          <Running key={block.start} block={block} marks={marks} show={show} />
        ) : (
          <Table key={block.start} rows={block.rows} marks={marks} show={show} />
        ),
      )}
    </div>
  );
}

type PartProps = { marks: readonly Span[]; show: (text: string) => ReactNode };

function Running({ block, marks, show }: PartProps & { block: Block & { kind: "text" } }) {
  return (
    <p className="break-words whitespace-pre-wrap">
      {piecesOf(block.text, block.start, marks).map((piece, at) =>
        piece.isMarked ? (
          <mark key={at} data-quote className="rounded-sm bg-marker/60 text-inherit">
            {show(piece.text)}
          </mark>
        ) : (
          <Fragment key={at}>{show(piece.text)}</Fragment>
        ),
      )}
    </p>
  );
}

// Rows that are read more easily one below the other where a table would be too wide.
const FEW_ROWS = 3;

function Table({ rows, marks, show }: PartProps & { rows: Row[] }) {
  const head = rows.find((row) => row.isHead);
  const body = rows.filter((row) => !row.isHead);
  const isShort = head !== undefined && body.length > 0 && body.length <= FEW_ROWS;
  return (
    <>
      {isShort && body.map((row) => <Card key={row.start} head={head} row={row} show={show} />)}
      <Grid rows={rows} marks={marks} show={show} className={isShort ? "max-sm:hidden" : ""} />
    </>
  );
}

/** One row of a table on a narrow screen: each cell below the name of its column. */
function Card({ head, row, show }: { head: Row; row: Row; show: PartProps["show"] }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-lg border border-line p-3 text-sm sm:hidden">
      {row.cells.map((cell, at) => (
        <Fragment key={at}>
          <dt className="text-soft">{head.cells[at]}</dt>
          <dd>
            {show(cell)}
            {at === row.cells.length - 1 && row.tail && show(row.tail)}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Grid({ rows, marks, show, className }: PartProps & { rows: Row[]; className: string }) {
  return (
    <div
      className={`max-w-full overflow-x-auto rounded-lg border border-line ${className}`}
      tabIndex={0}
    >
      <table className="w-full border-collapse text-left text-sm">
        <tbody>
          {rows.map((row) => {
            const isMarked =
              !row.isHead && marks.some((mark) => mark.start < row.end && mark.end > row.start);
            const Cell = row.isHead ? "th" : "td";
            return (
              <tr
                key={row.start}
                {...(isMarked ? { "data-quote": true } : {})}
                className={`border-b border-line last:border-0 ${
                  isMarked ? "bg-marker/50" : row.isHead ? "bg-sunk" : ""
                }`}
              >
                {row.cells.map((cell, at) => (
                  <Cell key={at} className="px-2.5 py-1.5 align-top font-[inherit] [th&]:font-semibold">
                    {show(cell)}
                    {at === row.cells.length - 1 && row.tail && show(row.tail)}
                  </Cell>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
