"""A statement: a quotable part of a passage with its meaning from above. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from services.query import wording
from services.query.retrieval.passages import Passage

_MARKS = re.compile(r"^[#>*_\s]{1,8}|[*_#\s]{1,4}$")
_ITEM_MARK = re.compile(r"[ \t]{0,20}(?:[-*+•–▪◦●○■□➢✓·‣＊※❖★☆]|\(?[\w.]{1,9}[.)])[ \t]{1,4}")
_CONTINUES = re.compile(
    r"(?:it|its|they|their|them|this|these|that|those|he|she|his|her|such|both"
    r"|the (?:former|latter|same)"
    r"|er|sie|es|dies\w{0,3}|ihr\w{0,2}|sein\w{0,2}|il|elle|ils|elles|ce|cette|ces|son|sa|ses"
    r"|este|esta|estos|ellos|ellas|su|sus)\b",
    re.IGNORECASE,
)


# Where the text of a level stands: in the statement and directly above it, in a title, in the
# sentences before one that continues them or not, or anywhere in the passage.
Place = Literal["own", "title", "continued", "paragraph", "passage"]


@dataclass(frozen=True, eq=False)
class Statement:
    """A quotable part of a passage: `quote` is literal, at `start`; `text` is shown.

    `key` is the key cell of its row, the key of its pair, the question or the heading it stands
    under. `about` has the names of the question that most passages of its document have. `group`
    numbers the list, table or paragraph it belongs to, and `place` the statements of the passage.
    """

    passage: Passage
    start: int
    end: int
    kind: str
    text: str
    key: str = ""
    lead: str = ""
    question: str = ""
    headings: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    table: str = ""
    group: int = 0
    place: int = 0
    historical: bool = False
    about: str = ""
    lead_span: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def begins_section(self) -> bool:
        """Return whether a heading or another text stands before it in its passage."""
        return bool(self.passage.content[: self.start].strip())

    @property
    def is_field(self) -> bool:
        """Return whether it is a field of a form, which has its key and value as its two cells."""
        return len(self.cells) == 2 and not self.header and self.cells[0].endswith(":")

    @property
    def quote(self) -> str:
        """Return the literal text."""
        return self.passage.content[self.start : self.end]

    @property
    def title(self) -> str:
        """Return the title of the document, and its file name if that differs."""
        stem = self.passage.source.rpartition(".")[0]
        titled = stem in self.passage.title
        return self.passage.title if titled else f"{self.passage.title} {stem}"

    @property
    def meaning(self) -> str:
        """Return the text to compare with a question."""
        above = [self.headings[-1]] if self.headings else []
        above += [each for each in (self.question, self.lead, self.table) if each]
        if self.kind == "row":
            return ": ".join([*above, in_words(self.header, self.cells)])
        if self.before and continues(self.text):
            above.append(self.before[-1])
        return ": ".join([*above, self.text]) if above else self.text

    @cached_property
    def levels(self) -> tuple[tuple[Place, wording.Words], ...]:
        """Return the words of the statement and of the texts above it, the nearest first."""
        row = " ; ".join((*self.cells, *self.header, self.table))
        texts: list[tuple[Place, str]] = [("own", row if self.kind == "row" else self.text)]
        texts += [("own", each) for each in (self.question, self.lead) if each]
        texts += [("own", each) for each in self.headings[-2:]]
        texts += [("title", each) for each in (*self.headings[:-2], self.title)]
        texts += [("title", self.passage.opening), ("title", self.about)]
        if self.before:
            place: Place = "continued" if continues(self.text) else "paragraph"
            texts.append((place, " ".join(self.before)))
        if self.kind == "prose":
            texts.append(("passage", self.passage.content))
        return tuple((place, wording.words(text)) for place, text in texts)

    @cached_property
    def known(self) -> frozenset[str]:
        """Return all words of the statement and of the texts above it, without its passage."""
        texts = (text.present for place, text in self.levels if place != "passage")
        return frozenset().union(*texts)


def continues(text: str) -> bool:
    """Return whether a sentence continues the subject of the one before it.

    >>> continues("It hangs in the loft."), continues("The lamp hangs in the loft.")
    (True, False)
    """
    return _CONTINUES.match(text) is not None


def in_words(header: Sequence[str], row: Sequence[str]) -> str:
    """Return a row as `Interval: monthly; Owner: Quality`, without empty cells; for comparing."""
    named = [(header[at] if at < len(header) else "", cell) for at, cell in enumerate(row)]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)


def plain(text: str) -> str:
    """Return a text in one line without marks of emphasis, headings and items around it."""
    return " ".join(_MARKS.sub("", _ITEM_MARK.sub("", text, 1)).split())
