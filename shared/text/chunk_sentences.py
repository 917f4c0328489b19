"""The sentences of a chunk, and the compact form of them in the column `chunks.sentences`. No I/O.

The column holds a JSON list of two lists, printed lines and sentences, and a third one of
`[page, label]` if pages have numbers of their own, such as `iv`. A line is
`[page, x0, y0, x1, y1]` in tenths of a point, rounded outwards, so that its box still contains its
words. A sentence is `[start, end, kind, flags, page, line, …]`: offsets in code points, the index
of its kind in `KINDS`, 1 for hidden plus 2 for struck, the page or null, the indexes of its lines.
Sentences that share a line, such as rows of a table without boxes of their own, store it once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

Kind = Literal["prose", "heading", "list_item", "table_row", "caption", "form_field", "comment"]
# In the order of their stored numbers: new kinds are added at the end.
KINDS: tuple[Kind, ...] = get_args(Kind)
_HIDDEN, _STRUCK = 1, 2
MAX_FLAGS = _HIDDEN + _STRUCK
_PER_POINT = 10


class LineBox(NamedTuple):
    """The box of one printed line, in points from the upper left corner of the unrotated page."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, heading, list item or table row of a chunk: `content[start:end]`.

    `page` is the page on which it begins, None if the format has no pages; `page_label` is the
    number that this page has in the file's own count. `boxes` has one box for each printed line
    that it covers. A row that names the columns of its table is a heading.
    `hidden` text can't be seen in the source, `struck` text is crossed out there: of both, a part
    is enough. A comment is written on the document, and is not a part of it.
    """

    start: int
    end: int
    kind: Kind = "prose"
    page: int | None = None
    boxes: tuple[LineBox, ...] = ()
    hidden: bool = False
    struck: bool = False
    page_label: str | None = None

    @property
    def is_quotable(self) -> bool:
        """Return whether a reader sees the sentence and takes it as what the document says."""
        return not (self.hidden or self.struck or self.kind == "comment")


def sentence_id(chunk_id: str, number: int) -> str:
    """Return the id of the n-th sentence of a chunk, counted from 0."""
    return f"{chunk_id}#{number}"


def encode(sentences: Iterable[Sentence]) -> list[Any]:
    """Return sentences in the form of the column."""
    lines: dict[LineBox, int] = {}
    labels: dict[int, str] = {}
    rows: list[list[Any]] = []
    for each in sentences:
        flags = _HIDDEN * each.hidden + _STRUCK * each.struck
        places = [lines.setdefault(box, len(lines)) for box in each.boxes]
        rows.append([each.start, each.end, KINDS.index(each.kind), flags, each.page, *places])
        if each.page is not None and each.page_label is not None:
            labels[each.page] = each.page_label
    stored: list[Any] = [[_stored(box) for box in lines], rows]
    return [*stored, [list(label) for label in labels.items()]] if labels else stored


def decode(stored: Sequence[Any] | None) -> tuple[Sentence, ...]:
    """Return the sentences of a column; () for a chunk without any."""
    if not stored:
        return ()
    lines = [LineBox(page, *(side / _PER_POINT for side in sides)) for page, *sides in stored[0]]
    labels = dict(stored[2]) if len(stored) > 2 else {}
    return tuple(
        Sentence(
            start,
            end,
            KINDS[kind],
            page,
            tuple(lines[at] for at in places),
            hidden=bool(flags & _HIDDEN),
            struck=bool(flags & _STRUCK),
            page_label=labels.get(page),
        )
        for start, end, kind, flags, page, *places in stored[1]
    )


def within(sentences: Sequence[Sentence], start: int, end: int) -> list[int]:
    """Return the numbers of the sentences that overlap the offsets `start` to `end`."""
    return [at for at, each in enumerate(sentences) if each.start < end and each.end > start]


def _stored(box: LineBox) -> list[int]:
    return [
        box.page,
        math.floor(box.x0 * _PER_POINT),
        math.floor(box.y0 * _PER_POINT),
        math.ceil(box.x1 * _PER_POINT),
        math.ceil(box.y1 * _PER_POINT),
    ]
