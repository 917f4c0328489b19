"""The routes that take a question, and those of an answer in the making."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import TypeAdapter

from services.query.conversations.store import ConversationStore
from services.query.making import AnswerMaker
from services.query.question import Question
from services.query.schemas import (
    AnswerView,
    PassageList,
    QueryRequest,
    RetrieveRequest,
    StopView,
)
from services.query.service import Ask, QueryService
from shared.domain.caller import asking
from shared.http import sse
from shared.http.app import StrictRoute
from shared.http.problems import refusal

_ANSWER = TypeAdapter(AnswerView)
_PASSAGES = TypeAdapter(PassageList)
_UNKNOWN = (
    "No answer with this id is being made, or it was finished some time ago. The log of questions"
    " and the conversation have it."
)
_MAX_OFFSET = 10_000_000


def question_routes(
    service: QueryService,
    maker: AnswerMaker,
    conversations: ConversationStore,
    *,
    default_top_k: int,
) -> APIRouter:
    """Return the routes; they skip FastAPI's validation of responses."""
    router = APIRouter(prefix="/api/v1", tags=["query"], route_class=StrictRoute)

    @router.post("/query", summary="Ask a question", response_model=AnswerView)
    async def ask(body: QueryRequest) -> Response:
        """Answer with citations; with `stream` as events.

        They are `started`, then `citation` and `chunk` as the answer is made, and finally `done`
        with all of it. The answer is finished even if the client leaves; see the route `stream`.
        """
        asker = asking().asker
        question, scope = Question.from_text(body.query), body.scope()
        if body.stream:
            maker.check_room(asker.principal)
        query_id = str(uuid.uuid4())
        conversation = await conversations.begin(body.conversation_id, asker, query_id, body.query)
        asked = Ask(
            question,
            scope,
            body.top_k or default_top_k,
            explain=body.explain,
            mode=body.mode,
            asker=asker,
            conversation=conversation,
            streamed=body.stream,
            query_id=query_id,
        )
        if body.stream:
            await maker.start(asked)
            return sse.EventStream(maker.frames(query_id))
        return _json(_ANSWER, await service.answer(asked))

    @router.post("/query/retrieve", summary="Find passages", response_model=PassageList)
    async def retrieve(body: RetrieveRequest) -> Response:
        """Return the passages nearest to a question, best first, without an answer."""
        found = await service.retrieve(
            Question.from_text(body.query),
            body.scope(),
            body.top_k or default_top_k,
            explain=body.explain,
            asker=asking().asker,
        )
        return _json(_PASSAGES, found)

    @router.get(
        "/query/{query_id}/stream",
        summary="Follow an answer in the making",
        response_class=Response,
        responses={200: {"content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def follow(
        query_id: str,
        offset: Annotated[
            int | None, Query(ge=0, le=_MAX_OFFSET, description="Events that are left out")
        ] = None,
        last_event_id: Annotated[
            str | None, Header(description="Id of the last event received, instead of `offset`")
        ] = None,
    ) -> Response:
        """Send the events of a streamed answer from `offset` on; for ten minutes after its end."""
        if not await maker.has(query_id, str(asking().asker)):
            raise refusal(404, "not_found", _UNKNOWN)
        begin = _number(last_event_id) if offset is None else offset
        return sse.EventStream(maker.frames(query_id, begin))

    @router.post("/query/{query_id}/stop", status_code=202, summary="Stop an answer in the making")
    async def stop(query_id: str) -> StopView:
        """End a streamed answer with what there is; one that is finished stays as it is."""
        if not await maker.stop(query_id, str(asking().asker)):
            raise refusal(404, "not_found", _UNKNOWN)
        return StopView(query_id=query_id)

    return router


def _number(last_event_id: str | None) -> int:
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _json(shape: TypeAdapter[Any], value: object) -> Response:
    return Response(shape.dump_json(value), media_type="application/json")
