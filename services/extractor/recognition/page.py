"""Makes a page of recognised lines: paragraphs, columns and tables as of printed text. No I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from services.extractor.document import Block, Page
from services.extractor.drawing import Drawing
from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.headings import Headings
from services.extractor.layout.joining import Words
from services.extractor.layout.lines import Line as PrintedLine
from services.extractor.layout.page_layout import PageLayout, turn
from services.extractor.recognition.base import Line


def page_of(
    lines: Sequence[Line], drawing: Drawing, size: tuple[int, int], *, number: int, turns: int
) -> Page:
    """Return the page of recognised lines; `size` is that of the drawing in pixels.

    `turns` are the clockwise quarter turns from the unrotated page to the page as displayed.
    """
    width, height = (side / drawing.scale for side in size)
    quarters = _main_turns(lines)
    layout = PageLayout(
        number,
        *((width, height) if quarters % 2 == 0 else (height, width)),
        turns=-quarters % 4,
        rotation=turns,
    )
    sizes = _sizes(lines)
    for order, line in enumerate(lines):
        x0, y0, x1, y1 = (side / drawing.scale for side in line.box)
        printed = PrintedLine(
            line.text,
            *turn((x0, y0, x1, y1), quarters, width, height),
            size=round(2 * sizes[line.block] / drawing.scale) / 2,
            order=order,
            block=line.block,
        )
        (layout.lines if line.turns == quarters else layout.rotated_lines).append(printed)
    headings, words = Headings(), Words()
    headings.learn(layout.lines)
    words.learn("\n".join(line.text for line in layout.lines))
    blocks = tuple(_moved(block, drawing) for block in blocks_of(layout, headings, words))
    return Page(number, blocks, drawing.width, drawing.height, turns=turns)


def confidence_of(lines: Sequence[Line]) -> float | None:
    """Return the mean confidence of the letters, in hundredths; None without any."""
    letters = sum(len(line.text) for line in lines)
    if not letters:
        return None
    return round(sum(len(line.text) * line.confidence for line in lines) / letters, 2)


def _main_turns(lines: Sequence[Line]) -> int:
    letters: Counter[int] = Counter()
    for line in lines:
        letters[line.turns] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0


def _sizes(lines: Sequence[Line]) -> dict[int, float]:
    """Return the font size by block: that of one line varies with the letters in it."""
    sizes: defaultdict[int, list[float]] = defaultdict(list)
    for line in lines:
        sizes[line.block].append(line.size)
    return {block: median(found) for block, found in sizes.items()}


def _moved(block: Block, drawing: Drawing) -> Block:
    """Return a block of the level page with its boxes on the page itself."""
    return replace(
        block,
        box=drawing.on_page(block.box) if block.box else None,
        line_ends=tuple((end, drawing.on_page(box)) for end, box in block.line_ends),
        row_boxes=tuple(map(drawing.on_page, block.row_boxes)),
    )
