"""GET /api/v1/events: server-sent events; a client that reconnects misses none, at any gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from services.gateway import queries
from services.gateway.dependencies import Deps
from services.gateway.events.listener import ALL
from services.gateway.events.stream import Stream
from services.gateway.events.visibility import Visibility
from services.gateway.routes.documents import UNKNOWN
from services.gateway.schemas.base import Collection
from shared.http import sse
from shared.http.admission import rationed_as
from shared.http.app import StrictRoute

router = APIRouter(tags=["events"], route_class=StrictRoute)

_STREAM = {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}
_PLACE = "Id of the last event that was received; the stream continues after it"


@router.get(
    "/api/v1/events",
    response_class=Response,
    responses={
        200: {"content": _STREAM, "description": "Server-sent events; the stream does not end"},
        **UNKNOWN,
    },
    summary="Follow the changes of all documents, of a collection or of one document",
)
async def follow_events(
    request: Request,
    deps: Deps,
    document_id: Annotated[UUID | None, Query(description="Events of this document")] = None,
    collection: Annotated[
        Collection | None, Query(description="Events of the documents of this collection")
    ] = None,
    after: Annotated[
        str | None, Query(max_length=100, description=f"{_PLACE}; a `Last-Event-ID` comes first")
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=100, description=_PLACE)] = None,
) -> Response:
    """Send `processing_update` for each change, as docs/events.md describes.

    A new listener first gets `subscribed`, or what it missed. `resync` says that some of that is
    no longer stored: read the state, which is true for the event in `as_of`. The server ends a
    stream with `bye`, which says where and when to continue.
    """
    topics = {f"document:{document_id}"} if document_id else set()
    if document_id:
        await deps.database.read(queries.document, str(document_id))
    if collection:
        topics.add(f"collection:{collection}")
    listener = await deps.feed.subscribe(rationed_as(request.scope))
    stream = Stream(deps.feed, listener, Visibility(deps.database))
    return sse.EventStream(
        _frames(stream, topics or {ALL}, last_event_id or after), on_end=stream.close
    )


async def _frames(stream: Stream, topics: set[str], after: str | None) -> AsyncGenerator[bytes]:
    async for told in stream.add(topics, after):
        yield told.sse()
    async for told in stream.live():
        yield told.sse()
