"""The routes `POST /api/v1/query` and `POST /api/v1/query/retrieve`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from services.query.answers.citations import Citation
from services.query.question import Question
from services.query.schemas import AnswerView, PassageList, QueryRequest, RetrieveRequest
from services.query.service import QueryService
from shared.http import sse
from shared.http.app import StrictRoute

_ANSWER = TypeAdapter(AnswerView)
_CITATION = TypeAdapter(Citation)
_PASSAGES = TypeAdapter(PassageList)


def question_routes(service: QueryService, *, default_top_k: int) -> APIRouter:
    """Return the routes that take a question; they skip FastAPI's validation of responses."""
    router = APIRouter(prefix="/api/v1", tags=["query"], route_class=StrictRoute)

    @router.post("/query", summary="Ask a question", response_model=AnswerView)
    async def ask(body: QueryRequest) -> Response:
        """Answer with citations; with `stream` as events `citation`, `chunk` and finally `done`."""
        question = Question.from_text(body.query)
        top_k = body.top_k or default_top_k
        answer = await service.answer(question, body.scope(), top_k, explain=body.explain)
        if body.stream:
            return StreamingResponse(_frames(answer), media_type=sse.MEDIA_TYPE)
        return _json(_ANSWER, answer)

    @router.post("/query/retrieve", summary="Find passages", response_model=PassageList)
    async def retrieve(body: RetrieveRequest) -> Response:
        """Return the passages nearest to a question, best first, without an answer."""
        question = Question.from_text(body.query)
        top_k = body.top_k or default_top_k
        found = await service.retrieve(question, body.scope(), top_k, explain=body.explain)
        return _json(_PASSAGES, found)

    return router


async def _frames(answer: AnswerView) -> AsyncGenerator[bytes]:
    """Yield `citation` for each source, `chunk` for each piece of text, and `done` with all."""
    for citation in answer.citations:
        yield sse.frame("citation", _CITATION.dump_python(citation))
    for piece in answer.pieces:
        yield sse.frame("chunk", {"query_id": answer.query_id, "text": piece})
    yield sse.frame("done", _ANSWER.dump_python(answer))


def _json(shape: TypeAdapter[Any], value: object) -> Response:
    return Response(shape.dump_json(value), media_type="application/json")
