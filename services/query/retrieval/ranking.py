"""Merges the passages of several questions. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from services.query.retrieval.passages import Passage


def interleave(lists: Sequence[Sequence[Passage]], limit: int) -> list[Passage]:
    """Take passages from the lists in turn, each passage once and with its best score."""
    best: dict[str, Passage] = {}
    for passage in chain.from_iterable(zip_longest(*lists)):
        if passage is not None:
            known = best.setdefault(passage.chunk_id, passage)
            if passage.score > known.score:
                best[passage.chunk_id] = replace(known, score=passage.score, scores=passage.scores)
    return list(best.values())[:limit]
