/** A box in points, from the upper left corner of the unrotated page. */
export type Box = { x0: number; y0: number; x1: number; y1: number };

export type PageSize = { width: number; height: number; rotation: number };

/** Return width and height of a page as it is displayed. */
export function displayedSize(page: PageSize): [width: number, height: number] {
  return page.rotation % 180 === 0 ? [page.width, page.height] : [page.height, page.width];
}

/** Return the SVG transform from the unrotated page to the page as displayed. */
export function transformOf(page: PageSize): string | undefined {
  switch (page.rotation) {
    case 90:
      return `translate(${page.height} 0) rotate(90)`;
    case 180:
      return `translate(${page.width} ${page.height}) rotate(180)`;
    case 270:
      return `translate(0 ${page.width}) rotate(270)`;
    default:
      return undefined;
  }
}

/** Return the middle of a box as fractions of the page as displayed. */
export function middleOf(box: Box, page: PageSize): [across: number, down: number] {
  const x = (box.x0 + box.x1) / 2 / page.width;
  const y = (box.y0 + box.y1) / 2 / page.height;
  switch (page.rotation) {
    case 90:
      return [1 - y, x];
    case 180:
      return [1 - x, 1 - y];
    case 270:
      return [y, 1 - x];
    default:
      return [x, y];
  }
}

export type Word = { text: string; box: [number, number, number, number]; line: number };
export type Line = { text: string; box: Box };

/** Join the words of each line, so that a selection runs along it. */
export function linesOf(words: readonly Word[]): Line[] {
  const lines = new Map<number, Line>();
  for (const { text, box, line } of words) {
    const [x0, y0, x1, y1] = box;
    const known = lines.get(line);
    if (!known) {
      lines.set(line, { text, box: { x0, y0, x1, y1 } });
      continue;
    }
    known.text += ` ${text}`;
    known.box = {
      x0: Math.min(known.box.x0, x0),
      y0: Math.min(known.box.y0, y0),
      x1: Math.max(known.box.x1, x1),
      y1: Math.max(known.box.y1, y1),
    };
  }
  return [...lines.values()];
}
