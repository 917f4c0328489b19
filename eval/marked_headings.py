"""Headings that a reader sees on pages that were looked at: `headings.tsv`, marked by hand.

A row is half, document, page and heading; an empty heading stands for a page without any. A heading
with "?" before it may be told or not, as the labels of theorems. The half `dev` was used to choose
the rules of headings, `test` was only measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from eval.reference_text import plain
from services.extractor.document import ChunkDraft

_MARKED = Path(__file__).parent / "headings.tsv"


@dataclass
class Marked:
    """The headings of the marked pages of one document, by page."""

    half: str
    pages: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    either: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


@cache
def marked() -> dict[str, Marked]:
    """Return what is marked by the name of the document."""
    found: dict[str, Marked] = {}
    for row in _MARKED.read_text(encoding="utf-8").splitlines():
        half, name, page, title = row.split("\t")
        document = found.setdefault(name, Marked(half))
        titles = document.pages[int(page)]
        if title.startswith("?"):
            document.either[int(page)].add(plain(title))
        elif title:
            titles.add(plain(title))
    return found


def judge(document: Marked, told: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """Return how many marked headings were told, and how many others on the same pages.

    >>> known = Marked("dev", {1: {"pumps"}, 2: {"oil", "wear"}}, {2: {"note 1"}})
    >>> judge(known, [(1, "Pumps"), (1, "17 mm"), (2, "Oil"), (2, "Note 1"), (3, "Seals")])
    {'half': 'dev', 'asked': 3, 'found': 2, 'told': 3}
    """
    # A heading may stand in several chunks of its section.
    seen: dict[int, set[str]] = defaultdict(set)
    for page, title in told:
        name = plain(title)
        if page in document.pages and name not in document.either.get(page, ()):
            seen[page].add(name)
    return {
        "half": document.half,
        "asked": sum(map(len, document.pages.values())),
        "found": sum(len(titles & seen[page]) for page, titles in document.pages.items()),
        "told": sum(map(len, seen.values())),
    }


def headings_of(chunks: Sequence[ChunkDraft]) -> list[tuple[int, str]]:
    """Return page and text of each heading; a header row of a table is none."""
    return [
        (each.page, chunk.content[each.start : each.end])
        for chunk in chunks
        for each in chunk.sentences
        if each.kind == "heading"
        and each.page is not None
        and not chunk.content.startswith("|", each.start)
    ]


def totals(judged: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Return the sums of each half."""
    sums: dict[str, dict[str, int]] = {}
    for one in judged:
        into = sums.setdefault(one["half"], dict.fromkeys(("asked", "found", "told"), 0))
        for name in into:
            into[name] += one[name]
    return sums
