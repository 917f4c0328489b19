"""Compares a text that was read from a file with the known one: words, order, tables, headings."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.reference_text import Read, numbers, words
from eval.similarity import mhs, teds

SHARES = (
    "recall",
    "precision",
    "tau",
    "cells",
    "teds",
    "numbers",
    "mhs",
)  # the measures that are not counts
_TRIGRAM = 3  # words; two are too often repeated, four too often parted by one misread word
# Lower case on both sides of an empty line: the sentence was not finished.
_BREAK = re.compile(r"[^\W\d_A-Z][,-]?[ ]?\n\n[ ]?(?=[^\W\d_])")


@dataclass(frozen=True)
class Comparison:
    """How a read text compares with the known one; NaN where the known one has nothing of a kind.

    `tau` is Kendall's rank correlation of the trigrams that occur once in each text, from -1 to 1;
    `teds` and `mhs` are similarities of tables and headings.
    """

    recall: float
    precision: float
    tau: float
    cells: float
    teds: float
    numbers: float
    mhs: float
    headings: int
    headings_found: int
    headings_told: int


def compare(known: Read, read: Read) -> Comparison:
    """Return every measure of one file."""
    expected, given = words(known.text), words(read.text)
    shared = (Counter(expected) & Counter(given)).total()
    titles, told = (
        Counter(known.headings),
        Counter(read.headings if known.headings is not None else ()),
    )
    found = (titles & told).total()
    return Comparison(
        recall=_share(shared, len(expected)),
        precision=_share(shared, len(given)),
        tau=tau(expected, given),
        cells=f1(known.cells, read.cells),
        teds=teds(known.tables, read.tables),
        numbers=f1(numbers(known.text), numbers(read.text)),
        mhs=mhs(known.headings or (), read.headings or ()),
        headings=titles.total(),
        headings_found=found,
        headings_told=told.total(),
    )


def f1(known: Iterable[str], read: Iterable[str]) -> float:
    """Return the F1 of two bags of texts; NaN if the known one is empty.

    >>> f1(["a", "b", "b"], ["b", "c", "a"])
    0.6666666666666666
    """
    expected, given = Counter(known), Counter(read)
    if not expected:
        return math.nan
    return 2 * (expected & given).total() / (expected.total() + given.total())


def tau(expected: Sequence[str], given: Sequence[str]) -> float:
    """Return how well the order of the words agrees; NaN without two common trigrams.

    >>> tau("a b c d e".split(), "a b c d e".split())
    1.0
    >>> tau("a b c d e f".split(), "d e f a b c".split())
    -1.0
    """
    there = _places(given)
    ranks = [there[trigram] for trigram in _places(expected) if trigram in there]
    pairs = len(ranks) * (len(ranks) - 1) // 2
    if not pairs:
        return math.nan
    return 1 - 2 * _inversions(ranks) / pairs


def breaks(text: str) -> int:
    """Return how many empty lines part a sentence: lower case stands on both sides.

    >>> breaks("He wrote a\\n\\nletter.\\n\\nThen he left. all")
    1
    """
    return sum(text[found.end()].islower() for found in _BREAK.finditer(text))


def _places(texts: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return the places of the trigrams that occur once."""
    found = list(zip(*(texts[shift:] for shift in range(_TRIGRAM)), strict=False))
    counts = Counter(found)
    return {trigram: at for at, trigram in enumerate(found) if counts[trigram] == 1}


def _inversions(ranks: Sequence[int]) -> int:
    """Return the number of pairs in the wrong order."""
    seen: list[int] = []
    wrong = 0
    for rank in ranks:
        at = bisect_left(seen, rank)
        wrong += len(seen) - at
        seen.insert(at, rank)
    return wrong


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
