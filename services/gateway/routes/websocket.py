"""WS /api/v1/ws and /ws: changes, and questions with their answers, over one connection."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from services.gateway.dependencies import GatewayDeps
from services.gateway.events.connection import Connection
from services.gateway.events.stream import Stream
from services.gateway.events.visibility import Visibility
from shared.domain.errors import QuireError
from shared.http.admission import rationed_as
from shared.http.middleware import reject
from shared.http.problems import Refusal, problem_of

router = APIRouter()


@router.websocket("/api/v1/ws")
@router.websocket("/ws")
async def connect(websocket: WebSocket) -> None:
    deps: GatewayDeps = websocket.app.state.deps
    try:
        listener = await deps.feed.subscribe(rationed_as(websocket.scope))
    except (Refusal, QuireError) as error:
        await reject(websocket.scope, websocket._send, problem_of(error))
        return
    stream = Stream(deps.feed, listener, Visibility(deps.database))
    try:
        await websocket.accept()
        await Connection(websocket, deps.database, stream).run()
    finally:
        stream.close()
