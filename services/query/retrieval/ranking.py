"""Orders search results. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Protocol, TypeVar

from services.query.retrieval.passages import Passage
from shared.vectors.base import Hit

# Constant of reciprocal rank fusion, with the value of its paper (see `fuse`).
_RRF_K = 60


class Hashed(Protocol):
    """A chunk with the hash of its text."""

    @property
    def chunk_id(self) -> str: ...

    @property
    def text_hash(self) -> str: ...


P = TypeVar("P", bound=Hashed)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One chunk with its fused score and its score from each retriever."""

    chunk_id: str
    score: float
    scores: Mapping[str, float]


def fuse(lists: Mapping[str, Sequence[Hit]]) -> list[Ranked]:
    """Merge the lists of several retrievers, given by name, into one order.

    One list keeps its scores; several are fused by reciprocal rank with k = 60 (Cormack et al.,
    2009), since their scores can't be compared.
    """
    if len(lists) == 1:
        (name, hits) = next(iter(lists.items()))
        return [Ranked(hit.chunk_id, hit.score, {name: hit.score}) for hit in hits]
    fused: dict[str, float] = {}
    scores: dict[str, dict[str, float]] = {}
    for name, hits in lists.items():
        for rank, hit in enumerate(hits, start=1):
            fused[hit.chunk_id] = fused.get(hit.chunk_id, 0.0) + 1 / (_RRF_K + rank)
            scores.setdefault(hit.chunk_id, {})[name] = hit.score
    ranked = [Ranked(chunk_id, score, scores[chunk_id]) for chunk_id, score in fused.items()]
    return sorted(ranked, key=lambda each: -each.score)


def without_repetitions(passages: Iterable[P]) -> list[P]:
    """Keep the first passage of each text."""
    first: dict[str, P] = {}
    for passage in passages:
        first.setdefault(passage.text_hash, passage)
    return list(first.values())


def interleave(lists: Sequence[Sequence[Passage]], limit: int) -> list[Passage]:
    """Take passages from the lists in turn, each passage once and with its best score."""
    best: dict[str, Passage] = {}
    for passage in chain.from_iterable(zip_longest(*lists)):
        if passage is not None:
            known = best.setdefault(passage.chunk_id, passage)
            if passage.score > known.score:
                best[passage.chunk_id] = replace(known, score=passage.score, scores=passage.scores)
    return list(best.values())[:limit]
