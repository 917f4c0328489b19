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


PAGES: dict[str, Callable[[pymupdf.Document], str]] = {"columns": _columns}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
