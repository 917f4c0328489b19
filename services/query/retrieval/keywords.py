"""Finds the chunks that have the words and codes of a question."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from services.query.question import Question
from services.query.retrieval.synonyms import Synonyms
from shared.database.base import Database
from shared.keywords.base import KeywordIndex
from shared.repositories import live_chunks
from shared.repositories.scope import Scope
from shared.vectors.base import Hit

# Name of the retriever whose scores are those of BM25.
KEYWORDS = "keywords"
# Documents; with more of them the search takes longer than dropping the hits of other documents.
_MOST_DOCUMENTS = 20_000


@dataclass(frozen=True)
class KeywordRetriever:
    """`Retriever` over the keyword index."""

    database: Database
    index: KeywordIndex
    synonyms: Synonyms = field(default_factory=Synonyms)
    name: str = KEYWORDS

    async def prepare(self, question: Question, scope: Scope) -> KeywordSearch:
        """Look up the documents in scope, if only their rows tell."""
        documents: Sequence[str] | None = None
        if scope.needs_rows:
            documents = await self.database.read(live_chunks.document_ids, scope)
            if len(documents) > _MOST_DOCUMENTS:
                documents = None
        also = self.synonyms.of(question.text, scope.collections)
        return KeywordSearch(self.index, question.text, scope, documents, also)


@dataclass(frozen=True)
class KeywordSearch:
    """`Search` for one question; `documents` restricts it to their ids.

    also     synonyms of words of the question
    similar  words that `nearest` searched instead of those that no chunk has
    """

    index: KeywordIndex
    question: str
    scope: Scope
    documents: Sequence[str] | None
    also: Sequence[str] = ()
    similar: dict[str, Sequence[str]] = field(default_factory=dict)

    async def nearest(self, k: int) -> list[Hit]:
        search = partial(
            self.index.search,
            self.question,
            k=k,
            types=self.scope.types,
            collections=self.scope.collections,
            document_ids=self.documents,
            also=self.also,
        )
        found = await asyncio.to_thread(search)
        self.similar.update(found.similar)
        return list(map(Hit._make, found.hits))

    async def explain(self, chunk_ids: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        return await asyncio.to_thread(
            partial(self.index.explain, self.question, chunk_ids, also=self.also)
        )
