"""Finds passages: searches, fuses, drops hidden chunks, scores again, drops repetitions.

If too few are left, it searches for more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

from sqlalchemy.orm import Session

from services.query.question import Question
from services.query.retrieval import fusion, ranking
from services.query.retrieval.caches import Retrievals
from services.query.retrieval.candidates import Candidate, PlainChunk
from services.query.retrieval.duplicates import without_repetitions
from services.query.retrieval.features import Asked
from services.query.retrieval.fusion import Ranked
from services.query.retrieval.live_rows import LiveRows
from services.query.retrieval.model_rescoring import ModelRescoring
from services.query.retrieval.passages import (
    BEGINNING,
    Passage,
    as_passage,
    opening_lines,
    unplaced_sentences,
)
from services.query.retrieval.rescoring import RESCORED, rescored
from shared.database.base import Database
from shared.domain.caller import asking
from shared.domain.position import Position
from shared.repositories import chunks, live_chunks
from shared.repositories.scope import Scope, within_rights
from shared.vectors.base import Hit

# Hits of each retriever, so that a chunk that one of them ranks low can be fused at its place.
_CANDIDATES = 100
# Hits beyond `top_k`, because some repeat a text or may not be shown. If too few are left, each
# further round asks for `_WIDEN` times as many, up to `_MAX_K`, which limits a question's cost.
_SPARE = 8
_WIDEN = 4
_MAX_K = 20_000
# Passages of one retrieval that is kept for the same question: bounds the memory.
_MOST_KEPT = 20


class Search(Protocol):
    """A prepared search."""

    async def nearest(self, k: int) -> list[Hit]:
        """Return the `k` best hits, best first; fewer mean that there are no more."""
        ...

    async def explain(self, chunk_ids: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        """Return what each word adds to a chunk's score; a chunk without words is left out."""
        ...

    @property
    def similar(self) -> Mapping[str, Sequence[str]]:
        """Return the words that were searched instead of those that no chunk has."""
        ...


@runtime_checkable
class Comparing(Protocol):
    """A search that scores chunks that other retrievers found, too."""

    async def scores(self, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the scores of chunks; those not known are left out."""
        ...


class Retriever(Protocol):
    """A way to find chunks; its hits may be out of scope or hidden."""

    @property
    def name(self) -> str: ...

    async def prepare(self, question: Question, scope: Scope) -> Search: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The passages for a question, best first.

    reranked  how many were scored again
    similar   words that were searched instead of those that no document has
    """

    passages: list[Passage]
    reranked: int = 0
    similar: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Retrieval:
    """Finds passages with one or several retrievers.

    unknown_share  share of a question's words that the encoder does not know
    caught_up      waits until what is committed can be found; returns the place of the last event
                   that can be found, or None if some changes can't be found yet
    model          reads the best candidates, if one is set
    """

    database: Database
    retrievers: Sequence[Retriever]
    unknown_share: Callable[[str], float]
    caught_up: Callable[[], Awaitable[Position | None]]
    model: ModelRescoring | None = None
    known: Retrievals[Found] = field(default_factory=Retrievals)

    @cached_property
    def _rows(self) -> LiveRows:
        return LiveRows(self.database)

    async def find(
        self, question: Question, scope: Scope, top_k: int, *, explain: bool = False
    ) -> Found:
        """Return the `top_k` best passages in `scope`; fewer if there are no more."""
        return await self.find_each([question], scope, top_k, explain=explain)

    async def _readable(self, scope: Scope) -> Scope:
        """Return the part of a scope that the caller may read."""
        if asking().has_everywhere("read"):
            return scope
        return await self.database.read(within_rights, scope)

    async def _find(self, question: Question, scope: Scope, top_k: int, *, explain: bool) -> Found:
        place = await self.caught_up()
        sees_all = asking().has_everywhere("read")
        key = (question.text, repr(scope), top_k, explain, sees_all)
        if place and (known := self.known.get(key, place)):
            return known
        found = await self._searched(question, scope, top_k, place, explain=explain)
        if not sees_all:
            # Similar words come from the words of all documents.
            found = replace(found, similar={})
        if place and top_k <= _MOST_KEPT:
            self.known.put(key, place, found)
        return found

    async def _searched(
        self, question: Question, scope: Scope, top_k: int, place: Position | None, *, explain: bool
    ) -> Found:
        k = max(_CANDIDATES, top_k + _SPARE)
        # Rows beyond those that are scored again are read only if some of these are not shown.
        first = k if self.model else RESCORED
        # Each searches as soon as it can: keywords while the question is encoded.
        begun = await asyncio.gather(
            *(_begun(each, question, scope, k) for each in self.retrievers)
        )
        names = [each.name for each in self.retrievers]
        searches = {name: search for name, (search, _) in zip(names, begun, strict=True)}
        lists = [hits for _, hits in begun]
        asked = Asked.of(question.text)
        share = fusion.dense_share(self.unknown_share(question.text))
        looked_at: dict[str, PlainChunk | None] = {}
        read: dict[str, float] = {}
        while True:
            # One more than are ranked shows that there are more.
            fused = fusion.fuse(await _scores(searches, lists), share, k + 1)
            exhausted = len(fused) <= k and all(len(hits) < k for hits in lists)
            for ranked in (fused[:first], fused[:k])[len(fused) <= first :]:
                fresh = [each.chunk_id for each in ranked if each.chunk_id not in looked_at]
                live = await self._rows.of(fresh, scope, place)
                looked_at |= {chunk_id: live.get(chunk_id) for chunk_id in fresh}
                shown = _shown(ranked, looked_at)
                again: Iterable[Candidate] = rescored(asked, shown, explain=explain)
                if self.model:
                    again = await self.model.ordered(question.text, list(again), read)
                best = without_repetitions(again, top_k)
                if len(shown) >= RESCORED and len(best) >= top_k:
                    break
            if len(best) >= top_k or exhausted or k >= _MAX_K:
                break
            k *= _WIDEN
            lists = await asyncio.gather(*(search.nearest(k) for search in searches.values()))
        passages = [as_passage(each.chunk.row, *each[1:]) for each in best]
        if explain:
            passages = await _explained(passages, searches.values())
        return Found(passages, min(len(shown), RESCORED), _similar(searches.values()))

    async def find_each(
        self, questions: Sequence[Question], scope: Scope, top_k: int, *, explain: bool = False
    ) -> Found:
        """Return the best passages for several questions, taken in turn; rights are read once."""
        scope = await self._readable(scope)
        if len(questions) == 1:
            return await self._find(questions[0], scope, top_k, explain=explain)
        finds = (self._find(each, scope, top_k, explain=explain) for each in questions)
        found = await asyncio.gather(*finds)
        passages = ranking.interleave([each.passages for each in found], top_k)
        return Found(passages, sum(each.reranked for each in found), _similar(found))

    async def with_sentences(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages with sentences and openings, for an answer to be made from."""
        return await self.database.read(_with_sentences, passages)

    async def text_after(self, passage: Passage) -> Passage | None:
        """Return the next text of the same document, with sentences; None at its end."""
        row = await self.database.read(live_chunks.text_after, passage.document_id, passage.ordinal)
        if row is None:
            return None
        (following,) = await self.with_sentences([as_passage(row, passage.score, passage.scores)])
        return following


def _with_sentences(session: Session, passages: Sequence[Passage]) -> list[Passage]:
    stored = chunks.sentences_of(session, [each.chunk_id for each in passages])
    documents = list(dict.fromkeys(each.document_id for each in passages))
    openings = live_chunks.openings(session, documents)
    beginnings = live_chunks.beginnings(session, documents, BEGINNING)
    return [
        replace(
            each,
            sentences=stored.get(each.chunk_id) or unplaced_sentences(each),
            opening=opening_lines(openings.get(each.document_id, "")),
            beginning=beginnings.get(each.document_id, ""),
        )
        for each in passages
    ]


async def _begun(
    retriever: Retriever, question: Question, scope: Scope, k: int
) -> tuple[Search, list[Hit]]:
    search = await retriever.prepare(question, scope)
    return search, await search.nearest(k)


async def _scores(
    searches: Mapping[str, Search], lists: Iterable[Sequence[Hit]]
) -> dict[str, dict[str, float]]:
    """Return each retriever's scores by chunk id, with those of what others found by comparing.

    Keywords compare nothing: a chunk that is far from their best has few of the words.
    """
    scores = {
        name: {hit.chunk_id: hit.score for hit in hits}
        for name, hits in zip(searches, lists, strict=True)
    }
    everything = dict.fromkeys(chunk_id for found in scores.values() for chunk_id in found)
    for name, search in searches.items():
        missing = [chunk_id for chunk_id in everything if chunk_id not in scores[name]]
        if missing and isinstance(search, Comparing):
            scores[name] |= await search.scores(missing)
    return scores


def _similar(of: Iterable[Search | Found]) -> dict[str, Sequence[str]]:
    return {word: words for each in of for word, words in each.similar.items()}


def _shown(ranked: Sequence[Ranked], looked_at: Mapping[str, PlainChunk | None]) -> list[Candidate]:
    found = ((looked_at[chunk_id], score, scores) for chunk_id, score, scores in ranked)
    return [Candidate(chunk, score, scores) for chunk, score, scores in found if chunk is not None]


async def _explained(passages: Sequence[Passage], searches: Iterable[Search]) -> list[Passage]:
    """Return the passages with what each word of the question added to their scores."""
    ids = [each.chunk_id for each in passages]
    terms: dict[str, Mapping[str, float]] = {}
    for search in searches:
        terms |= await search.explain(ids)
    return [
        replace(each, explanation=replace(each.explanation, terms=terms.get(each.chunk_id, {})))
        if each.explanation
        else each
        for each in passages
    ]
