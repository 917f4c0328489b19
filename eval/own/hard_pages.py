"""Writes PDF pages that are hard to read in order, with the Markdown of what they say.

`python -m eval.own.hard_pages FOLDER` writes a folder for `python -m eval extraction`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf

_SIZE, _LEADING = 10.0, 12.0  # points
_LEFT, _RIGHT, _COLUMN = 60.0, 310.0, 225.0  # points: both columns' left edges, and their width
_TOP = 120.0
_WORDS = (
    "station valley river harbour winter copper meadow ladder orchard signal lantern market bridge"
    " pepper window garden timber engine ribbon castle thunder velvet mirror saddle anchor"
).split()


def write(folder: Path) -> None:
    """Write each page as `documents/NAME.pdf` with `groundtruth/NAME.pdf.md`."""
    for part in ("documents", "groundtruth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        with pymupdf.open() as document:
            known = page(document)
            document.save(folder / "documents" / f"{name}.pdf", garbage=4, no_new_id=True)
        (folder / "groundtruth" / f"{name}.pdf.md").write_text(known, encoding="utf-8")


def prose(seed: int, count: int) -> str:
    """Return sentences of `count` words, different ones for each seed."""
    chosen: list[str] = []
    for at in range(count):
        word = _WORDS[(at * (7 + seed) + at // 5 + seed * 11) % len(_WORDS)]
        chosen.append(word.capitalize() if at % 14 == 0 else word)
        if at % 14 == 13 or at == count - 1:
            chosen[-1] += "."
    return " ".join(chosen)


def wrapped(text: str, width: float, size: float = _SIZE) -> Iterator[str]:
    """Yield the lines of a text that is set in Helvetica, in points."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pymupdf.get_text_length(longer, "helv", size) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def _set(
    page: pymupdf.Page, x: float, y: float, lines: list[str], leading: float = _LEADING
) -> float:
    for line in lines:
        page.insert_text((x, y), line, fontname="helv", fontsize=_SIZE)
        y += leading
    return y


def _columns(document: pymupdf.Document) -> str:
    """Two columns below a title, drawn line by line across the page, with a head and a folio."""
    known = ["# Transport in the upper valley"]
    for number in range(1, 4):
        page = document.new_page(width=595, height=842)
        page.insert_text((_LEFT, 40), "Annual review of the valley", fontsize=8)
        page.insert_text((500, 40), str(40 + number), fontsize=8)
        if number == 1:
            page.insert_text(
                (_LEFT, 80), "Transport in the upper valley", fontname="hebo", fontsize=18
            )
        texts = [prose(10 * number + side, 160) for side in (0, 1)]
        left, right = (list(wrapped(text, _COLUMN)) for text in texts)
        for row in range(max(len(left), len(right))):
            for x, lines in ((_LEFT, left), (_RIGHT, right)):
                _set(page, x, _TOP + row * _LEADING, lines[row : row + 1])
        known += texts
    known.insert(1, "Annual review of the valley")
    return "\n\n".join(known)


def _framed(document: pymupdf.Document) -> str:
    """Two columns of prose in a ruled frame, as a word processor lays out a page."""
    page = document.new_page(width=595, height=842)
    texts = [[prose(3 * side + part, 70 - 13 * side) for part in (1, 2, 3)] for side in (0, 1)]
    bottom = _TOP
    for x, parts in zip((_LEFT, _RIGHT), texts, strict=True):
        y = _TOP
        for part in parts:
            y = _set(page, x, y, list(wrapped(part, _COLUMN)))
        bottom = max(bottom, y)
    for left, right in ((_LEFT - 8, _RIGHT - 12), (_RIGHT - 12, _RIGHT + _COLUMN + 8)):
        for top, end in ((_TOP - 16, bottom), (bottom, bottom + 40)):
            page.draw_rect((left, top, right, end), color=(0, 0, 0), width=0.5)
    _set(page, _LEFT, bottom + 20, ["Left foot of it."])
    _set(page, _RIGHT, bottom + 20, ["Right foot of it."])
    return "\n\n".join([*texts[0], "Left foot of it.", *texts[1], "Right foot of it."])


def _footnotes(document: pymupdf.Document) -> str:
    """A sentence that runs over two columns and two pages, with footnotes below each column."""
    lines = list(wrapped(prose(5, 300).replace(".", ""), _COLUMN))
    notes = [f"{number} A note that explains the valley {number}." for number in range(1, 5)]
    for number in (0, 1):
        page = document.new_page(width=595, height=842)
        for side, x in enumerate((_LEFT, _RIGHT)):
            at = 2 * number + side
            quarter = len(lines) // 4 + 1
            _set(page, x, _TOP, lines[at * quarter : (at + 1) * quarter])
            page.insert_text((x, 700), notes[at], fontname="helv", fontsize=7)
    # Each note is read after the part of the sentence that it interrupts.
    return "\n\n".join([" ".join(lines), *notes])


def _transcript(document: pymupdf.Document) -> str:
    """Double-spaced text beside the numbers of its lines."""
    page = document.new_page(width=595, height=842)
    lines = list(wrapped(prose(7, 150), 380))
    for number, text in enumerate(lines, start=1):
        y = 60 + 26 * number
        page.insert_text((72, y), str(number), fontname="helv", fontsize=_SIZE)
        page.insert_text((110, y), text, fontname="helv", fontsize=_SIZE)
    return " ".join(lines)


PAGES: dict[str, Callable[[pymupdf.Document], str]] = {
    "columns": _columns,
    "footnotes": _footnotes,
    "framed": _framed,
    "transcript": _transcript,
}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
