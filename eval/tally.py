"""Counts the outcomes of cases. No I/O."""

from __future__ import annotations

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
        "kinds": _kinds(results),
    }


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
