"""Finds passages: searches, fuses, drops hidden chunks, and widens the search if needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.query.question import Question
from services.query.retrieval import fusion, ranking
from services.query.retrieval.fusion import Ranked
from services.query.retrieval.passages import Passage, as_passage, unplaced_sentences
from shared.database.base import Database
from shared.repositories import chunks, live_chunks
from shared.repositories.live_chunks import LiveChunk
from shared.repositories.scope import Scope
from shared.vectors.base import Hit

# Hits of each retriever, so that a chunk that one of them ranks low can be fused at its place.
_CANDIDATES = 100
# Hits beyond `top_k`, because some repeat a text or may not be shown. If too few are left, each
# further round asks for `_WIDEN` times as many, up to `_MAX_K`, which limits a question's cost.
_SPARE = 8
_WIDEN = 4
_MAX_K = 20_000


class Search(Protocol):
    """A prepared search."""

    async def nearest(self, k: int) -> list[Hit]:
        """Return the `k` best hits, best first; fewer mean that there are no more."""
        ...

    async def scores(self, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of chunks that other retrievers found; those not known are left out."""
        ...


class Retriever(Protocol):
    """A way to find chunks; its hits may be out of scope or hidden."""

    @property
    def name(self) -> str: ...

    async def prepare(self, question: Question, scope: Scope) -> Search: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The passages for a question, best first."""

    passages: list[Passage]


@dataclass(frozen=True)
class Retrieval:
    """Finds passages with one or several retrievers.

    `unknown_share` is that of the encoder, on which the weight of the cosine depends.
    """

    database: Database
    retrievers: Sequence[Retriever]
    unknown_share: Callable[[str], float]

    async def find(self, question: Question, scope: Scope, top_k: int) -> Found:
        """Return the `top_k` best passages in `scope`; fewer if there are no more."""
        prepared = (each.prepare(question, scope) for each in self.retrievers)
        names = [each.name for each in self.retrievers]
        searches = dict(zip(names, await asyncio.gather(*prepared), strict=True))
        share = fusion.dense_share(self.unknown_share(question.text))
        rows: dict[str, LiveChunk | None] = {}
        k = max(_CANDIDATES, top_k + _SPARE)
        while True:
            scores, exhausted = await _search(searches, k)
            ranked = fusion.fuse(scores, share)[:k]
            fresh = [each.chunk_id for each in ranked if each.chunk_id not in rows]
            shown = await self.database.read(live_chunks.by_id, fresh, scope)
            rows |= {chunk_id: shown.get(chunk_id) for chunk_id in fresh}
            passages = _shown(ranked, rows)
            if len(passages) >= top_k or exhausted or k >= _MAX_K:
                return Found(passages[:top_k])
            k *= _WIDEN

    async def find_each(self, questions: Sequence[Question], scope: Scope, top_k: int) -> Found:
        """Return the best passages for several questions, taken in turn."""
        found = await asyncio.gather(*(self.find(each, scope, top_k) for each in questions))
        if len(found) == 1:
            return found[0]
        return Found(ranking.interleave([each.passages for each in found], top_k))

    async def with_sentences(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages with their sentences, for an answer to be made from."""
        ids = [each.chunk_id for each in passages]
        stored = await self.database.read(chunks.sentences_of, ids)
        return [
            replace(each, sentences=stored.get(each.chunk_id) or unplaced_sentences(each))
            for each in passages
        ]


async def _search(
    searches: Mapping[str, Search], k: int
) -> tuple[dict[str, dict[str, float]], bool]:
    """Return each retriever's scores by chunk id, and whether no retriever has more hits.

    Each retriever also scores what the others found, so that a chunk is not ranked low because it
    is missing from one list.
    """
    lists = await asyncio.gather(*(search.nearest(k) for search in searches.values()))
    scores = {
        name: {hit.chunk_id: hit.score for hit in hits}
        for name, hits in zip(searches, lists, strict=True)
    }
    everything = dict.fromkeys(chunk_id for found in scores.values() for chunk_id in found)
    for name, search in searches.items():
        missing = [chunk_id for chunk_id in everything if chunk_id not in scores[name]]
        if missing:
            scores[name] |= await search.scores(missing)
    return scores, all(len(hits) < k for hits in lists)


def _shown(ranked: Sequence[Ranked], rows: Mapping[str, LiveChunk | None]) -> list[Passage]:
    found = ((each, rows[each.chunk_id]) for each in ranked)
    return ranking.without_repetitions(
        as_passage(row, each.score, each.scores) for each, row in found if row is not None
    )
