"""Questions. Bodies are built in `replies`; the models here describe them for the documentation."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.query import views
from services.query.answers import replies
from services.query.schemas import QueryRequest, RetrieveRequest
from services.query.service import Outcome, QueryService
from shared.http.app import StrictJsonRoute


def question_routes(service: QueryService, *, default_top_k: int) -> APIRouter:
    """`POST /api/v1/query` and `POST /api/v1/query/retrieve`."""
    router = APIRouter(prefix="/api/v1", tags=["query"], route_class=StrictJsonRoute)

    @router.post("/query", summary="Ask a question", response_model=views.AnswerView)
    async def ask(body: QueryRequest) -> Response:
        """A cited answer. With `stream`: events `citation`, `chunk` and, at the end, `done`."""
        outcome = await service.answer(body.query, body.scope(), body.top_k or default_top_k)
        if body.stream:
            return StreamingResponse(_events(outcome), media_type="text/event-stream")
        return _json(replies.answer_json(outcome))

    @router.post("/query/retrieve", summary="Find passages", response_model=views.Passages)
    async def retrieve(body: RetrieveRequest) -> Response:
        """The passages nearest to a question, best first, without an answer."""
        outcome = await service.retrieve(body.query, body.scope(), body.top_k or default_top_k)
        return _json(replies.passages_json(outcome))

    return router


async def _events(outcome: Outcome) -> AsyncIterator[bytes]:
    for event in replies.answer_events(outcome):
        yield event


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
