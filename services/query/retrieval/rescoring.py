"""Adds the features of the best candidates to their fused scores. No I/O."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence

from services.query.retrieval.candidates import Candidate
from services.query.retrieval.features import Asked, Compared, Features
from services.query.retrieval.passages import Explanation

# Candidates that are scored again: the right one is rarely further back.
RESCORED = 80
# Weights beside that of the fused score (0 … 1), which is 1; chosen on every second question of
# XQuAD (six languages), Cranfield and the known items. The phrase is squared: all words in order
# are a quotation, half of them are chance.
_PHRASE, _CLOSENESS, _HEADING = 0.5, 0.1, 0.2
# A row that is asked for is one of many of its table, which has few other words of the question.
# The square root, because its key has one word or two of a long question. Chosen by hand.
_ROW = 0.8
# Their sum, so that a score is at most 1.
_ALL = 1 + _PHRASE + _CLOSENESS + _HEADING + _ROW


def rescored(
    asked: Asked, candidates: Sequence[Candidate], *, explain: bool = False
) -> Iterator[Candidate]:
    """Yield the candidates in their new order, the first `RESCORED` with what their features add.

    Nothing is subtracted, so the others stay behind them. With `explain` each says what was added.
    Callers rarely take more than a few: only those that may be next are compared exactly.
    """
    best = candidates[:RESCORED]
    compared = Compared(
        asked,
        [each.chunk.plain for each in best],
        [each.chunk.heading for each in best],
        [each.chunk.keys for each in best],
    )
    # Among equal scores the place decides, so that the order is that of comparing all exactly.
    most = [each.score + added(compared.upper(at)) for at, each in enumerate(best)]
    waiting: list[tuple[float, int, Features | None]] = [
        (-score, at, None) for at, score in enumerate(most)
    ]
    heapq.heapify(waiting)
    while waiting:
        lowest, at, found = heapq.heappop(waiting)
        if found is None:
            found = compared.exact(at)
            heapq.heappush(waiting, (-(best[at].score + added(found)), at, found))
            continue
        chunk, _, of_retrievers, _ = best[at]
        why = _explained(best[at], found) if explain else None
        yield Candidate(chunk, -lowest / _ALL, of_retrievers, why)
    for chunk, score, of_retrievers, _ in candidates[RESCORED:]:
        yield Candidate(chunk, score / _ALL, of_retrievers)


def added(found: Features) -> float:
    """Return what features add to a fused score."""
    return (
        _PHRASE * found.phrase**2
        + _CLOSENESS * found.closeness
        + _HEADING * found.heading
        + _ROW * math.sqrt(found.row)
    )


def _explained(candidate: Candidate, found: Features) -> Explanation:
    return Explanation(
        cosine=candidate.cosine,
        fused=candidate.score,
        phrase=found.phrase,
        closeness=found.closeness,
        heading=found.heading,
        row=found.row,
        terms={},
    )
