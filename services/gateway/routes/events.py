"""GET /api/v1/events: what happens, as it happens; a listener that comes back misses nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from services.gateway import queries
from services.gateway.dependencies import Deps, GatewayDeps
from services.gateway.events.feed import entries
from services.gateway.events.sse import HEARTBEAT, EventStream, entry_frame, frame
from services.gateway.responses import problems

router = APIRouter(tags=["events"])

HEARTBEAT_S = 15.0
_STREAM = {"text/event-stream": {"schema": {"type": "string"}}}


@router.get(
    "/api/v1/events",
    response_class=Response,
    responses={
        200: {"content": _STREAM, "description": "Server-sent events, without an end"},
        **problems(status_404="No such document", status_410="It was deleted"),
    },
    summary="Follow all documents, or one",
)
async def follow_events(
    deps: Deps,
    document_id: Annotated[UUID | None, Query(description="Only events of this one")] = None,
    last_event_id: Annotated[
        str | None, Header(description="The last number that was seen; go on behind it")
    ] = None,
) -> Response:
    wanted = str(document_id) if document_id else None
    if wanted:
        await deps.database.read(queries.document, wanted)
    return EventStream(_frames(deps, wanted, last_event_id))


async def _frames(
    deps: GatewayDeps, document_id: str | None, last_event_id: str | None
) -> AsyncGenerator[bytes]:
    # First of all listen: what happens while the past is sent must not be missed.
    listener = deps.feed.subscribe(document_id)
    try:
        async for opening in _opening(deps, document_id, last_event_id):
            yield opening
        async for entry in entries(listener, HEARTBEAT_S):
            yield entry_frame(entry) if entry else HEARTBEAT
    finally:
        deps.feed.unsubscribe(listener)


async def _opening(
    deps: GatewayDeps, document_id: str | None, last_event_id: str | None
) -> AsyncGenerator[bytes]:
    """What a new listener has to know first: what it missed, or how things stand."""
    now = deps.feed.last_seq
    past = deps.feed.since(_number(last_event_id), document_id) if last_event_id else None
    if past is not None:
        for entry in past:
            yield entry_frame(entry)
        return
    if last_event_id:
        yield frame(now, "reset", {"reason": "Some events are forgotten; read the state again."})
    if document_id:
        status = await deps.database.read(queries.processing_status, document_id)
        yield frame(now, "snapshot", status.model_dump(mode="json"))
    elif not last_event_id:
        yield HEARTBEAT


def _number(last_event_id: str) -> int:
    return int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 20 else -1
