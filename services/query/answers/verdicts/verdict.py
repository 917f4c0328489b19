"""Judges a claim by the sentences that it cites. No I/O.

`exact`: it is one of the sentences, or some that follow each other. `supported`: its numbers with
their units, its dates, times and names are all in the sentences, it negates what they negate, and
its other words are covered. Else `unsupported`. Words in the same place are not proven to be about
the same thing: a claim that exchanges two numbers of one sentence is not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.query.answers.citations import Verdict
from services.query.answers.verdicts.names import unknown_names
from services.query.answers.verdicts.polarity import contradicts
from services.query.answers.verdicts.quantities import Amount, Quantities, date_within, quantities
from services.query.answers.verdicts.words import coverage

# Share of a claim's words that its sentences have at least: the highest at which every true claim
# of the `dev` set of `eval/own/claims` is supported.
MIN_COVERAGE = 0.5
_MARKS = re.compile(r"[*_`#>|]+|\[\d{1,4}\]|^[ \t]{0,20}(?:[-+•]|\d{1,3}[.)])\s", re.MULTILINE)
_ENDS = " \t\n.!?;:,。！？"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences that a claim cites, and what they stand under: title, headings, header."""

    sentences: Sequence[str]
    context: str = ""


def verdict(claim: str, evidence: Evidence) -> Verdict:
    """Return the verdict on a claim.

    >>> verdict("It lasts 20 minutes.", Evidence(["The delay lasts 20 minutes."]))
    'supported'
    >>> verdict("It lasts 30 minutes.", Evidence(["The delay lasts 20 minutes."]))
    'unsupported'
    """
    if not evidence.sentences:
        return "unsupported"
    bare = plain(claim)
    if is_exact(bare, evidence.sentences):
        return "exact"
    return "supported" if not faults(bare, evidence) else "unsupported"


def faults(claim: str, evidence: Evidence) -> list[str]:
    """Return in which respects the sentences do not support a claim."""
    sentences = [plain(each) for each in evidence.sentences]
    cited = "\n".join(sentences)
    known = f"{cited}\n{evidence.context}"
    ours, theirs = quantities(claim), quantities(known)
    found = {
        "numbers": not _has_amounts(ours, theirs),
        "dates": not all(any(date_within(one, each) for each in theirs.dates) for one in ours.dates)
        or not ours.times <= theirs.times,
        "names": unknown_names(claim, known),
        "negation": contradicts(claim, sentences),
        "coverage": coverage(claim, known) < MIN_COVERAGE,
    }
    return [name for name, is_fault in found.items() if is_fault]


def is_exact(claim: str, sentences: Sequence[str]) -> bool:
    """Return whether a claim is one of the sentences, or a run of them."""
    wanted = _comparable(claim)
    texts = [_comparable(plain(each)) for each in sentences]
    runs = (
        " ".join(texts[begin:end])
        for begin in range(len(texts))
        for end in range(begin + 1, len(texts) + 1)
    )
    return bool(wanted) and wanted in runs


def plain(text: str) -> str:
    """Return a text in one line without Markdown, marks of citations and of items."""
    return " ".join(_MARKS.sub(" ", text).split())


def _comparable(text: str) -> str:
    return re.sub(r"[.!?;:,。！？](?=\s)", "", text.rstrip(_ENDS)).casefold()


def _has_amounts(ours: Quantities, theirs: Quantities) -> bool:
    years = [
        Amount(frozenset(_year_of(day) for day in each if day[0] is not None))
        for each in theirs.dates
    ]
    known = [*theirs.amounts, *years]
    return all(any(one.agrees(other) for other in known) for one in ours.amounts)


def _year_of(day: tuple[int | None, int | None, int | None]) -> Decimal:
    return Decimal(day[0] or 0)
