"""Fuses the scores of several retrievers into one order. No I/O.

Scores keep how much better one chunk is than the next, which ranks lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from services.query.retrieval.passages import DENSE

# Weight of the cosine if the encoder knows every word of the question; the rest is for keywords.
# Chosen with the exponent below on every second question of XQuAD (six languages) and Cranfield,
# where weights from .5 to .6 and exponents from 2 to 4 differ by less than .01.
_MOST_DENSE = 0.6
# Weight of the cosine if the encoder knows none of the words: it only orders equal scores.
_LEAST_DENSE = 0.05
# Half of the words being split into pieces, as in German for an English encoder, costs the cosine
# little of its weight; unknown scripts cost it all.
_EXPONENT = 4


class Ranked(NamedTuple):
    """One chunk with its fused score and its score from each retriever."""

    chunk_id: str
    score: float
    scores: Mapping[str, float]


def dense_share(unknown: float) -> float:
    """Return the weight of the cosine for a question of whose words `unknown` (0 … 1) are foreign.

    >>> [round(dense_share(unknown), 2) for unknown in (0, 0.6, 0.9, 1)]
    [0.6, 0.52, 0.21, 0.05]
    """
    return max(_LEAST_DENSE, _MOST_DENSE * (1 - unknown**_EXPONENT))


def fuse(
    scores: Mapping[str, Mapping[str, float]], share: float, most: int | None = None
) -> list[Ranked]:
    """Merge the scores of several retrievers, given by name and chunk id; return the `most` best.

    A cosine is used as it is, with weight `share`. Other scores have no upper limit, so each is
    divided by the highest of its list; together they have the rest of the weight. A chunk that a
    retriever has no score for gets nothing from it. One retriever alone keeps its scores.
    """
    found = {name: of_chunks for name, of_chunks in scores.items() if of_chunks}
    scales = _scales(found, share) if len(found) > 1 else dict.fromkeys(found, 1.0)
    fused: dict[str, float] = {}
    for name, of_chunks in found.items():
        scale = scales[name]
        for chunk_id, score in of_chunks.items():
            fused[chunk_id] = fused.get(chunk_id, 0.0) + scale * score
    return [
        Ranked(
            chunk_id, score, {name: its[chunk_id] for name, its in found.items() if chunk_id in its}
        )
        for chunk_id, score in sorted(fused.items(), key=itemgetter(1), reverse=True)[:most]
    ]


def _scales(found: Mapping[str, Mapping[str, float]], share: float) -> dict[str, float]:
    """Return the factor of each retriever's scores."""
    others: Sequence[str] = [name for name in found if name != DENSE]
    rest = 1 - share if DENSE in found else 1.0
    scales = {name: rest / len(others) / max(found[name].values()) for name in others}
    return {**scales, DENSE: share}
