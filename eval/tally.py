"""Counts the outcomes of cases. No I/O."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval import metrics

Result = Mapping[str, Any]
# The outcomes of answerable and of unanswerable questions; the first one is as it should be.
ANSWERABLE = ("right", "refused", "wrong")
UNANSWERABLE = ("refused", "answered")


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """Return shares with intervals of answerable and unanswerable cases, and counts by kind."""
    present = [each["outcome"] for each in results if each["expected"] is not None]
    missing = [each["outcome"] for each in results if each["expected"] is None]
    return {
        "answerable": _shares(present, ANSWERABLE),
        "unanswerable": _shares(missing, UNANSWERABLE),
        **_statements(results),
        **_ranks(results),
        "kinds": _kinds(results),
    }


def _statements(results: Sequence[Result]) -> dict[str, Any]:
    """Return shares of needed statements, of padding in right answers, and of foreign values."""
    answered = [each for each in results if "statements" in each]
    right = [each for each in answered if each["outcome"] == "right"]
    return {
        "needed statements": metrics.estimate(_marks(answered, needed=True)),
        "padding in right answers": metrics.estimate(_marks(right, needed=False)),
        "answers with foreign values": metrics.estimate([each["foreign"] > 0 for each in answered]),
    }


def _marks(results: Sequence[Result], *, needed: bool) -> list[bool]:
    counts = ((each["needed"], each["statements"]) for each in results)
    return [(n < good) is needed for good, count in counts for n in range(count)]


def _ranks(results: Sequence[Result]) -> dict[str, Any]:
    ranks = [each["rank"] or math.inf for each in results if "rank" in each]
    if not ranks:
        return {}
    return {f"hit@{k}": metrics.estimate([rank <= k for rank in ranks]) for k in (1, metrics.K)}


def is_wrong(result: Result) -> bool:
    """Return whether a case has another outcome than it should have."""
    return bool(result["outcome"] != _right_outcome(result))


def _shares(outcomes: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    return {name: metrics.estimate([each == name for each in outcomes]) for name in names}


def _kinds(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for each in results:
        counts.setdefault(each["kind"], Counter(asked=0, good=0)).update(
            asked=1, good=not is_wrong(each)
        )
    return {kind: dict(count) for kind, count in counts.items()}


def _right_outcome(result: Result) -> str:
    return (UNANSWERABLE if result["expected"] is None else ANSWERABLE)[0]
