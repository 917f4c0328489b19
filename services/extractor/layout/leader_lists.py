"""Reads lists whose dots lead to a number: tables of contents, indexes, lists of prices or codes.

Such a list is a table of two columns, and the dots, which may be most of its letters, say nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence

from services.extractor.layout.joining import Words, join
from services.extractor.layout.lines import Row

_MIN_ENTRIES = 3  # dots in fewer rows may lead to a value, or be a pause
_MAX_BETWEEN = 2  # rows without a number, such as the first line of a long entry
_DOTS = re.compile(r"(?:\.\s?){4,}|…(?:\s?…)+|…\.{2,}")
_NUMBER = re.compile(
    r"[\s.]{0,4}((?:[A-Z]{1,2}-|[$€£]\s?)?\d[\d.,\u2013-]{0,14}\s?%?|[ivxlc]{1,8}|[IVXLC]{1,8})\s{0,4}$"
)
_WRAPPED = 0.6  # of the list's width; a shorter row without a number is the title of a part

Entry = tuple[str, str]
"""What is listed, and its number; "" for the title of a part."""


def split_leader_lists(
    rows: Sequence[Row], words: Words
) -> Iterator[tuple[list[Row], list[tuple[Row, Entry]]]]:
    """Yield parts of a flow: rows, and the entries with their rows if they are such a list.

    All printed lines of an entry are one `Row`.
    """
    plain: list[Row] = []
    at = 0
    while at < len(rows):
        end = _end_of_list(rows, at)
        if end == at:
            plain.append(rows[at])
            at += 1
            continue
        if plain:
            yield plain, []
            plain = []
        yield list(rows[at:end]), _entries(rows[at:end], words)
        at = end
    if plain:
        yield plain, []


def entry_of(text: str) -> Entry | None:
    """Return what a row lists and its number; None for other rows.

    >>> entry_of("1.2 Pumps . . . . . . . 14")
    ('1.2 Pumps', '14')
    """
    if "..." not in text and ". ." not in text and "…" not in text:
        return None
    # The last run of dots is the one before the number; those within an entry are part of it.
    dots = deque(_DOTS.finditer(text), maxlen=1)
    if not dots or not text[: dots[0].start()].strip():
        return None
    number = _NUMBER.match(text, dots[0].end())
    return (text[: dots[0].start()].strip(), number[1]) if number else None


def _end_of_list(rows: Sequence[Row], start: int) -> int:
    """Return the end of the list that begins with a row; `start` if none does."""
    if entry_of(rows[start].text) is None:
        return start
    end, count = start + 1, 1
    for at in range(start + 1, len(rows)):
        if entry_of(rows[at].text) is not None:
            end, count = at + 1, count + 1
        elif at - end >= _MAX_BETWEEN:
            break
    return end if count >= _MIN_ENTRIES else start


def _entries(rows: Sequence[Row], words: Words) -> list[tuple[Row, Entry]]:
    left = min(row.box[0] for row in rows)
    right = max(row.box[2] for row in rows)
    found: list[tuple[Row, Entry]] = []
    held: list[Row] = []
    for row in rows:
        entry = entry_of(row.text)
        if entry is None:
            if row.box[2] - left < _WRAPPED * (right - left):
                found.append((_joined([*held, row]), (_text([*held, row], words), "")))
                held = []
            else:
                held.append(row)
            continue
        title = join(_text(held, words), entry[0], words) if held else entry[0]
        found.append((_joined([*held, row]), (title, entry[1])))
        held = []
    return found


def _joined(rows: Sequence[Row]) -> Row:
    return Row([line for row in rows for line in row.lines])


def _text(rows: Sequence[Row], words: Words) -> str:
    text = ""
    for row in rows:
        text = join(text, row.text.strip(), words)
    return text
