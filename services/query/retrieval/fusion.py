"""Fuses the scores of several retrievers into one order. No I/O.

Scores keep how much better one chunk is than the next, which ranks lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Ranked:
    """One chunk with its fused score and its score from each retriever."""

    chunk_id: str
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)


def dense_share(unknown: float) -> float:
    """Return the weight of the cosine for a question of whose words `unknown` (0 … 1) are foreign.

    >>> [round(dense_share(unknown), 2) for unknown in (0, 0.6, 0.9, 1)]
    [0.6, 0.52, 0.21, 0.05]
    """
    return max(_LEAST_DENSE, _MOST_DENSE * (1 - unknown**_EXPONENT))


def fuse(scores: Mapping[str, Mapping[str, float]], share: float) -> list[Ranked]:
    """Merge the scores of several retrievers, given by name and chunk id, into one order.

    A cosine is used as it is, with weight `share`. Other scores have no upper limit, so each is
    divided by the highest of its list; together they have the rest of the weight. A chunk that a
    retriever has no score for gets nothing from it. One retriever alone keeps its scores.
    """
    found = {name: of_chunks for name, of_chunks in scores.items() if of_chunks}
    if len(found) == 1:
        ((name, alone),) = found.items()
        ranked = [Ranked(chunk_id, score, {name: score}) for chunk_id, score in alone.items()]
    else:
        scales = _scales(found, share)
        ids = dict.fromkeys(chunk_id for of_chunks in found.values() for chunk_id in of_chunks)
        ranked = [_blended(chunk_id, found, scales) for chunk_id in ids]
    return sorted(ranked, key=lambda each: -each.score)


def _scales(found: Mapping[str, Mapping[str, float]], share: float) -> dict[str, float]:
    """Return the factor of each retriever's scores."""
    others: Sequence[str] = [name for name in found if name != DENSE]
    rest = 1 - share if DENSE in found else 1.0
    scales = {name: rest / len(others) / max(found[name].values()) for name in others}
    return {**scales, DENSE: share}


def _blended(
    chunk_id: str, found: Mapping[str, Mapping[str, float]], scales: Mapping[str, float]
) -> Ranked:
    own = {name: of_chunks[chunk_id] for name, of_chunks in found.items() if chunk_id in of_chunks}
    return Ranked(chunk_id, sum(scales[name] * score for name, score in own.items()), own)
