"""Drops repetitions, and merges the passages of several questions. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Protocol, TypeVar

from services.query.retrieval.passages import Passage


class Hashed(Protocol):
    """A chunk with the hash of its text."""

    @property
    def chunk_id(self) -> str: ...

    @property
    def text_hash(self) -> str: ...


P = TypeVar("P", bound=Hashed)


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
