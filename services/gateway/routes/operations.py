"""/api/v1/ops: checks and repairs for operators, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.gateway.dependencies import Deps
from services.gateway.responses import problems
from shared.domain.errors import Conflict
from shared.http.app import StrictRoute

router = APIRouter(tags=["operations"], route_class=StrictRoute)

_BUSY = problems(status_409="Another operation is running")


@router.post(
    "/api/v1/ops/verify",
    response_model=dict[str, Any],
    responses=_BUSY,
    summary="Check that nothing is lost, duplicated or stuck",
)
async def verify(
    request: Request,
    deps: Deps,
    repair: Annotated[bool, Query(description="Repair what can be repaired")] = False,
) -> Response:
    async with _exclusive(request):
        return _report(await deps.operations.verify(repair))


@router.post(
    "/api/v1/ops/rebuild-index",
    response_model=dict[str, Any],
    responses=_BUSY,
    summary="Rebuild the index from the stored vectors",
)
async def rebuild_index(request: Request, deps: Deps) -> Response:
    async with _exclusive(request):
        return _report(await deps.operations.rebuild_index())


@asynccontextmanager
async def _exclusive(request: Request) -> AsyncIterator[None]:
    lock: asyncio.Lock = request.app.state.operating
    if lock.locked():
        raise Conflict("Another check or repair is running. Try again when it has ended.")
    async with lock:
        yield


def _report(found: dict[str, Any]) -> Response:
    return Response(orjson.dumps(found), media_type="application/json")
