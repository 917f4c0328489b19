"""Rejoins sentences that a column's end, a figure, a footnote or a page's end interrupts.

A paragraph that ends within a sentence continues in the next one of the same type that begins in
lower case; what stands between them is read after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.extractor.document import Block
from services.extractor.layout.joining import Words, join
from services.extractor.layout.paragraphs import Paragraph, ends_sentence

_REACH = 12  # paragraphs, tables and pictures that may stand between; more are other articles
_MIN_WORDS = 5  # of an open paragraph of one line; fewer are a label or a title
_MAX_MARK = 8  # characters of a mark in a drawing; a longer one is a label of its own
_MAX_MARKS = 80  # characters of marks that are put together
_TYPE_STEP = 0.06  # share of the font size; a footnote is set at least a tenth smaller
_BESIDE = ("caption", "image")  # kinds that may stand at a page's end below an open sentence

Item = Paragraph | Block


def rejoined(items: Sequence[Item], words: Words) -> list[Item]:
    """Return the items of a page with interrupted paragraphs as one."""
    rest = list(items)
    at = 0
    while at < len(rest):
        first = rest[at]
        found = _continuation(rest, at)
        if found is None or not isinstance(first, Paragraph):
            at += 1
            continue
        second = rest.pop(found)
        assert isinstance(second, Paragraph)
        rest[at] = _merged(first, second, words)
    return rest


def is_open(paragraph: Paragraph) -> bool:
    """Return whether a paragraph ends within a sentence, at the end of a full line."""
    if ends_sentence(paragraph.text) or paragraph.is_caption:
        return False
    if paragraph.text.endswith(("-", "\u2010", ",")):
        return True
    if len(paragraph.rows) == 1:
        return paragraph.text.count(" ") >= _MIN_WORDS
    left = min(row.box[0] for row in paragraph.rows)
    right = max(row.box[2] for row in paragraph.rows)
    return paragraph.rows[-1].box[2] > right - 0.2 * (right - left)


def _continuation(items: Sequence[Item], at: int) -> int | None:
    """Return the index of the paragraph that continues the one at `at`."""
    first = items[at]
    if not isinstance(first, Paragraph):
        return None
    if at + 1 < len(items) and _are_labels(first, items[at + 1]):
        return at + 1
    if not is_open(first):
        return None
    for number in range(at + 1, min(len(items), at + 1 + _REACH)):
        item = items[number]
        if isinstance(item, Paragraph) and not item.is_caption and _is_same_type(first, item):
            # Directly below, the spacing has parted them already.
            jumps = number > at + 1 or item.rows[0].box[1] < first.rows[-1].box[1]
            return number if jumps and item.text[:1].islower() else None
    return None


def _are_labels(first: Paragraph, second: Item) -> bool:
    """Return whether two paragraphs are marks in a drawing, such as the letters of its axes."""
    if not isinstance(second, Paragraph) or not second.text[:1].islower():
        return False
    return len(first.text) <= _MAX_MARKS and all(
        len(row.text) <= _MAX_MARK for row in (*first.rows, *second.rows)
    )


def _is_same_type(first: Paragraph, second: Paragraph) -> bool:
    above, below = first.rows[-1], second.rows[0]
    return abs(above.size - below.size) <= _TYPE_STEP * above.size and above.bold == below.bold


def _merged(first: Paragraph, second: Paragraph, words: Words) -> Paragraph:
    text = join(first.text, second.text, words)
    shift = len(text) - len(second.text)
    ends = list(first.line_ends)
    # A dropped hyphen ends the last line one letter earlier.
    ends[-1] = (min(ends[-1][0], shift), ends[-1][1])
    return Paragraph(
        text,
        (*ends, *((end + shift, box) for end, box in second.line_ends)),
        [*first.rows, *second.rows],
        (*first.marks, *(mark.moved(shift) for mark in second.marks)),
    )


class PageBreaks:
    """Orders the blocks of consecutive pages so that sentences continue over page breaks."""

    def __init__(self) -> None:
        self._held: list[Block] = []
        self._open = False
        self._broken = False

    def add(self, blocks: Sequence[Block], *, last: bool) -> list[Block]:
        """Return the blocks of the next page, and notes of the page before that were held back.

        Notes below an open sentence wait for the page that completes it; the `last` page has none.
        """
        ordered = list(blocks)
        if self._open:
            found = next((at for at, block in enumerate(ordered) if _is_body(block)), None)
            if found is not None and self._continues(ordered[found].text):
                ordered.insert(0, ordered.pop(found))
                ordered[1:1] = self._held
            else:
                ordered[:0] = self._held
            self._held, self._open = [], False
        end = max((at for at, block in enumerate(ordered) if _is_body(block)), default=None)
        if end is None or last:
            return ordered
        tail = ordered[end + 1 :]
        self._open = not ends_sentence(ordered[end].text)
        self._broken = ordered[end].text.endswith(("-", "\u2010"))
        if self._open and all(block.aside or block.kind in _BESIDE for block in tail):
            self._held = tail
            return ordered[: end + 1]
        return ordered

    def _continues(self, text: str) -> bool:
        """Return whether a text continues an open one: in lower case, or a word that it breaks."""
        if " " not in text and not ends_sentence(text):
            return False  # the number of a page, such as "iii"
        return text[:1].islower() or (self._broken and text[:1].isalnum())


def _is_body(block: Block) -> bool:
    return block.kind in ("paragraph", "list") and not block.aside
