"""/v1/vector_stores/{id}/search: passages of one collection, for clients of OpenAI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.query.attribute_filter import Attributes
from services.query.metadata_filter import storable
from services.query.question import Question
from services.query.retrieval.passages import Passage
from services.query.schemas import MAX_QUERY
from services.query.service import QueryService
from shared.database.base import Database
from shared.domain.caller import asking
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import collections, documents
from shared.repositories.scope import Scope

_MOST_QUERIES = 8
_MOST_RESULTS = 50
_NO_STORE = "No vector store of this id is open to you. `GET /v1/vector_stores` lists yours."


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


def _not_rewritten(given: bool) -> bool:
    if given:
        raise ValueError("must be false: questions are searched as they are")
    return given


_Query = Annotated[
    str, Field(max_length=MAX_QUERY), AfterValidator(storable), AfterValidator(_not_blank)
]
_Queries = Annotated[list[_Query], Field(min_length=1, max_length=_MOST_QUERIES)]


class RankingOptions(BaseModel):
    """How passages are ranked; there is one ranker."""

    model_config = ConfigDict(extra="forbid")

    ranker: Literal["auto", "default-2024-11-15"] = "auto"
    score_threshold: float = Field(0.0, ge=0, le=1, description="Leave out passages below it")


class StoreSearch(BaseModel):
    """What is searched; of several queries, each passage has its best score."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"query": "Who approves a deviation?"}}
    )

    query: _Query | _Queries
    filters: Attributes = None
    max_num_results: int = Field(10, ge=1, le=_MOST_RESULTS)
    ranking_options: RankingOptions | None = None
    rewrite_query: Annotated[bool, AfterValidator(_not_rewritten)] = False

    @property
    def queries(self) -> list[str]:
        return [self.query] if isinstance(self.query, str) else self.query


class FoundText(BaseModel):
    type: Literal["text"] = "text"
    text: str


class StoreResult(BaseModel):
    """A passage; `quire` says where it stands."""

    file_id: str
    filename: str
    score: float = Field(description="0 to 1")
    attributes: dict[str, Any]
    content: list[FoundText]
    quire: dict[str, Any] = Field(description="`chunk_id`, `page` and `section` of the passage")


class StoreResults(BaseModel):
    """The best passages first, on one page."""

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[StoreResult]
    has_more: Literal[False] = False
    next_page: None = None


def vector_store_routes(service: QueryService, database: Database) -> APIRouter:
    """Return the route; `database` shows the collections that the caller may read."""
    router = APIRouter(prefix="/v1", tags=["openai"], route_class=StrictRoute)

    @router.post(
        "/vector_stores/{vector_store_id}/search",
        summary="Search a vector store",
        response_model=StoreResults,
    )
    async def search(vector_store_id: str, body: StoreSearch) -> Response:
        """Return the passages nearest to a query, or to any of several."""
        name = storable(vector_store_id)
        if await database.read(collections.get, name) is None:
            raise refusal(404, "not_found", _NO_STORE)
        scope = Scope(collections=(name,), attributes=body.filters)
        found: list[Passage] = []
        for text in body.queries:
            listed = await service.retrieve(
                Question.from_text(text), scope, body.max_num_results, asker=asking().asker
            )
            found += listed.passages
        options = body.ranking_options or RankingOptions()
        best = best_of(found, body.max_num_results, options.score_threshold)
        ids = list({passage.document_id for passage in best})
        files = await database.read(documents.attributes_of, ids)
        results = [
            _result(passage, *files[passage.document_id])
            for passage in best
            if passage.document_id in files
        ]
        page = StoreResults(search_query=body.queries, data=results)
        return Response(page.model_dump_json(), media_type="application/json")

    return router


def best_of(found: Sequence[Passage], limit: int, threshold: float) -> list[Passage]:
    """Return the best passages, each once, that have at least the score of the threshold."""
    ranked = sorted(found, key=lambda passage: -passage.score)
    once = {passage.chunk_id: passage for passage in reversed(ranked)}
    best = sorted(once.values(), key=lambda passage: -passage.score)
    return [passage for passage in best if passage.score >= threshold][:limit]


def _result(passage: Passage, filename: str, attributes: dict[str, Any]) -> StoreResult:
    return StoreResult(
        file_id=passage.document_id,
        filename=filename,
        score=round(min(1.0, max(0.0, passage.score)), 4),
        attributes=attributes,
        content=[FoundText(text=passage.content)],
        quire={
            "chunk_id": passage.chunk_id,
            "page": passage.page,
            "section": passage.section,
        },
    )
