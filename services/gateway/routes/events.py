"""GET /api/v1/events: server-sent events; a client that reconnects misses none."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from services.gateway import queries
from services.gateway.dependencies import Deps, GatewayDeps
from services.gateway.events.feed import Entry, entries
from services.gateway.events.visibility import Visibility
from services.gateway.routes.documents import UNKNOWN
from shared.http import sse
from shared.http.app import StrictRoute

router = APIRouter(tags=["events"], route_class=StrictRoute)

# Seconds: proxies close connections that are idle for 30 to 60 seconds.
HEARTBEAT_S = 15.0
_RESET = "Some events are no longer stored. Read the state of the documents again."
_STREAM = {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}


@router.get(
    "/api/v1/events",
    response_class=Response,
    responses={
        200: {"content": _STREAM, "description": "Server-sent events; the stream does not end"},
        **UNKNOWN,
    },
    summary="Follow the events of all documents or of one",
)
async def follow_events(
    deps: Deps,
    document_id: Annotated[UUID | None, Query(description="Only events of this document")] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            description="Number of the last event that was received; the stream continues after it"
        ),
    ] = None,
) -> Response:
    wanted = str(document_id) if document_id else None
    if wanted:
        await deps.database.read(queries.document, wanted)
    return sse.EventStream(_frames(deps, wanted, last_event_id))


async def _frames(
    deps: GatewayDeps, document_id: str | None, last_event_id: str | None
) -> AsyncGenerator[bytes]:
    # Subscribe before past events are sent: an event in between would be missed.
    listener = deps.feed.subscribe(document_id)
    visibility = Visibility(deps.database)
    try:
        async for opening in _opening(deps, visibility, document_id, last_event_id):
            yield opening
        async for entry in entries(listener, HEARTBEAT_S):
            if entry is None:
                yield sse.HEARTBEAT
            elif await visibility.of(entry.event.document_id):
                yield _entry_frame(entry)
    finally:
        deps.feed.unsubscribe(listener)


async def _opening(
    deps: GatewayDeps,
    visibility: Visibility,
    document_id: str | None,
    last_event_id: str | None,
) -> AsyncGenerator[bytes]:
    """Yield the events that a new listener missed, or the present state."""
    now = deps.feed.last_seq
    past = deps.feed.since(_number(last_event_id), document_id) if last_event_id else None
    if past is not None:
        for entry in past:
            if await visibility.of(entry.event.document_id):
                yield _entry_frame(entry)
        return
    if last_event_id:
        yield _frame(now, "reset", {"reason": _RESET})
    if document_id:
        status = await deps.database.read(queries.processing_status, document_id)
        yield _frame(now, "snapshot", status.model_dump(mode="json"))
    elif not last_event_id:
        yield sse.HEARTBEAT


def _entry_frame(entry: Entry) -> bytes:
    return _frame(entry.seq, entry.event.name, entry.event.model_dump(mode="json"))


def _frame(seq: int, event: str, data: dict[str, Any]) -> bytes:
    """Return one message; its JSON repeats its number and name, for clients that log it."""
    return sse.frame(event, {"seq": seq, "event": event, "data": data}, seq=seq)


def _number(last_event_id: str) -> int:
    return int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 20 else -1
