"""Splits a passage into statements that can be quoted: sentences and table rows. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.query import lexical
from services.query.retrieval.passages import Passage
from shared.text.sentences import sentence_spans

# Longest heading, in words.
_HEADING_WORDS = 8
_LIST_ITEM = re.compile(r"(?:[-*•–▪◦]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+(?=(?:\S+\s+){3})")
_ENDED = re.compile(r"""[.!?…:;。！？؟۔।]["'”’»)\]]*$""")
_HISTORY = re.compile(
    r"\b(?:revision|version|change|document|amendment) history\b|\bchange ?log\b"
    r"|\b(?:version|revision|rev\.?|issue)\b.*\b(?:changes?|amendments?)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_CAPTION = re.compile(r"(?:table|figure|fig\.|chart|exhibit)\s+[A-Z]?\d", re.IGNORECASE)
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")


@dataclass(frozen=True)
class Statement:
    """A quotable part: `quote` is literal, at `start` in the passage; `text` can be read alone.

    `context` is the heading or caption above it. `historical`: it describes a past change, not the
    present rule.
    """

    passage: Passage
    start: int
    quote: str
    text: str
    context: str = ""
    historical: bool = False

    @property
    def meaning(self) -> str:
        """Return the text to compare with a question."""
        return f"{self.context}: {self.text}" if self.context else self.text

    @cached_property
    def stems(self) -> frozenset[str]:
        """Return the stems of the words of `meaning`."""
        return lexical.stems(self.meaning)


def statements(passage: Passage) -> list[Statement]:
    """Return all statements in reading order, without headings, captions and table headers."""
    found: list[Statement] = []
    prose = ""
    for start, block, is_table in _blocks(passage.content):
        if is_table:
            context = _last_line(prose) or passage.section.rpartition(" > ")[2]
            found += _of_rows(passage, start, block, context)
        else:
            prose = block
            found += _of_prose(passage, start, block)
    return [each for each in found if not _is_heading(each.quote)] or found


def _blocks(content: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (start, text, whether it is table rows) of each run of lines of one kind."""
    start, at, kind = 0, 0, None
    for line in content.splitlines(keepends=True):
        bare = line.strip()
        is_row = len(bare) > 1 and bare.startswith("|") and bare.endswith("|")
        if kind is not None and is_row != kind:
            yield start, content[start:at], kind
            start = at
        kind, at = is_row, at + len(line)
    if kind is not None:
        yield start, content[start:], kind


def _of_prose(passage: Passage, start: int, text: str) -> Iterator[Statement]:
    for begin, end in sentence_spans(text):
        quote = text[begin:end]
        if _LETTER.search(quote):
            yield Statement(passage, start + begin, quote, " ".join(quote.split()))


def _is_heading(text: str) -> bool:
    """Return whether the text is a caption, or short, unpunctuated and not a list item."""
    if _ENDED.search(text) or _LIST_ITEM.match(text) or text.startswith("|"):
        return False
    return len(text.split()) <= _HEADING_WORDS or _CAPTION.match(text) is not None


def _of_rows(passage: Passage, start: int, text: str, context: str) -> Iterator[Statement]:
    header: Sequence[str] | None = None
    historical = False
    for line in text.splitlines(keepends=True):
        quote = line.strip()
        if not _RULE.fullmatch(quote):
            cells = _cells(quote)
            if header is None:
                header = cells
                historical = bool(_HISTORY.search(f"{context} {' '.join(cells)}"))
            elif any(cells):
                at = start + len(line) - len(line.lstrip())
                yield Statement(passage, at, quote, _in_words(header, cells), context, historical)
        start += len(line)


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(row)[1:-1]]


def _in_words(header: Sequence[str], cells: Sequence[str]) -> str:
    """Return a row as `Interval: monthly; Owner: Quality`, without empty cells."""
    named = zip([*header, *[""] * len(cells)], cells, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)


def _last_line(prose: str) -> str:
    lines = prose.split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
