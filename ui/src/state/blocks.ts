/** A stretch of a text by its offsets in UTF-16 units. */
export type Span = { start: number; end: number };

export type Row = Span & { cells: string[]; isHead: boolean; /** What follows the last bar. */ tail: string };

/** A part of a chunk or an answer: running text, or a table that is written with bars. */
export type Block =
  | (Span & { kind: "text"; text: string })
  | (Span & { kind: "table"; rows: Row[] });

const ROW = /^\s*\|(.*)\|([^|]*)$/;
const RULE = /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;

/** Split a text into running text and tables; what only resembles a table stays text. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  let rows: Row[] = [];
  let plain: Span | null = null;

  const endText = () => {
    if (plain) {
      const found = text.slice(plain.start, plain.end);
      if (found.trim()) blocks.push({ kind: "text", ...plain, text: found });
    }
    plain = null;
  };
  const endTable = () => {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first && last) blocks.push({ kind: "table", start: first.start, end: last.end, rows });
    rows = [];
  };

  for (const line of text.split("\n")) {
    const end = at + line.length;
    if (RULE.test(line)) {
      // The rows above the rule name the columns.
      rows = rows.map((row) => ({ ...row, isHead: true }));
    } else if (ROW.test(line)) {
      endText();
      rows.push(rowOf(line, at, end));
    } else {
      endTable();
      plain = plain ? { start: plain.start, end } : { start: at, end };
    }
    at = end + 1;
  }
  endTable();
  endText();
  return blocks;
}

function rowOf(line: string, start: number, end: number): Row {
  const [, inside = "", tail = ""] = ROW.exec(line) ?? [];
  // A bar that belongs to a cell is written `\|`.
  const cells = inside.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  return { start, end, cells, isHead: false, tail: tail.trim() };
}

/** Return a text without bars, for a few lines of preview. */
export function flattened(text: string): string {
  return blocksOf(text)
    .map((block) =>
      block.kind === "text"
        ? block.text.trim()
        : block.rows.map((row) => row.cells.filter(Boolean).join(" · ")).join("\n"),
    )
    .join("\n");
}

/** Return offsets in code points, as the server counts, as offsets in UTF-16 units. */
export function inUnits(text: string, spans: readonly Span[]): Span[] {
  if (!/[\ud800-\udbff]/.test(text)) return spans.map(({ start, end }) => ({ start, end }));
  const units: number[] = [0];
  for (const letter of text) units.push((units.at(-1) ?? 0) + letter.length);
  const unit = (point: number) => units[Math.min(point, units.length - 1)] ?? text.length;
  return spans.map(({ start, end }) => ({ start: unit(start), end: unit(end) }));
}

/** Split a stretch of text into marked and other pieces. */
export function piecesOf(text: string, from: number, marks: readonly Span[]): { text: string; isMarked: boolean }[] {
  const pieces: { text: string; isMarked: boolean }[] = [];
  let at = 0;
  const add = (end: number, isMarked: boolean) => {
    if (end > at) pieces.push({ text: text.slice(at, end), isMarked });
    at = Math.max(at, end);
  };
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    const start = Math.max(0, mark.start - from);
    const end = Math.min(text.length, mark.end - from);
    if (end <= at || start >= text.length) continue;
    add(start, false);
    add(end, true);
  }
  add(text.length, false);
  return pieces;
}
