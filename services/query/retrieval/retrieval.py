"""Finds passages: searches, fuses, drops hidden chunks, and widens the search if needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.query.question import Question
from services.query.retrieval import ranking
from services.query.retrieval.passages import Passage, as_passage, unplaced_sentences
from shared.database.base import Database
from shared.repositories import chunks, live_chunks
from shared.repositories.live_chunks import LiveChunk
from shared.repositories.scope import Scope
from shared.vectors.base import Hit

# Hits beyond `top_k`, because some repeat a text or may not be shown. If too few are left, each
# further round asks for `_WIDEN` times as many, up to `_MAX_K`, which limits a question's cost.
_SPARE = 8
_WIDEN = 4
_MAX_K = 20_000


class Search(Protocol):
    """A prepared search; fewer than `k` hits mean that there are no more."""

    async def nearest(self, k: int) -> list[Hit]: ...


class Retriever(Protocol):
    """A way to find chunks; its hits may be out of scope or hidden."""

    @property
    def name(self) -> str: ...

    async def prepare(self, question: Question, scope: Scope) -> Search: ...


@dataclass(frozen=True)
class Retrieval:
    """Finds passages with one or several retrievers."""

    database: Database
    retrievers: Sequence[Retriever]

    async def find(self, question: Question, scope: Scope, top_k: int) -> list[Passage]:
        """Return the `top_k` best passages in `scope`, best first; fewer if there are no more."""
        searches = {each.name: await each.prepare(question, scope) for each in self.retrievers}
        rows: dict[str, LiveChunk | None] = {}
        k = top_k + _SPARE
        while True:
            lists = await _search(searches, k)
            ranked = ranking.fuse(lists)
            fresh = [each.chunk_id for each in ranked if each.chunk_id not in rows]
            shown = await self.database.read(live_chunks.by_id, fresh, scope)
            rows |= {chunk_id: shown.get(chunk_id) for chunk_id in fresh}
            passages = _shown(ranked, rows)
            exhausted = all(len(hits) < k for hits in lists.values())
            if len(passages) >= top_k or exhausted or k >= _MAX_K:
                return passages[:top_k]
            k *= _WIDEN

    async def find_each(
        self, questions: Sequence[Question], scope: Scope, top_k: int
    ) -> list[Passage]:
        """Return the best passages for several questions, taken in turn."""
        found = await asyncio.gather(*(self.find(each, scope, top_k) for each in questions))
        return found[0] if len(found) == 1 else ranking.interleave(found, top_k)

    async def with_sentences(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages with their sentences, for an answer to be made from."""
        ids = [each.chunk_id for each in passages]
        stored = await self.database.read(chunks.sentences_of, ids)
        return [
            replace(each, sentences=stored.get(each.chunk_id) or unplaced_sentences(each))
            for each in passages
        ]


async def _search(searches: Mapping[str, Search], k: int) -> dict[str, list[Hit]]:
    if len(searches) == 1:
        return {name: await search.nearest(k) for name, search in searches.items()}
    hits = await asyncio.gather(*(search.nearest(k) for search in searches.values()))
    return dict(zip(searches, hits, strict=True))


def _shown(ranked: Sequence[ranking.Ranked], rows: Mapping[str, LiveChunk | None]) -> list[Passage]:
    found = ((each, rows[each.chunk_id]) for each in ranked)
    return ranking.without_repetitions(
        as_passage(row, each.score, each.scores) for each, row in found if row is not None
    )
