"""/api/v1/audit: who did what to which object, for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps
from services.gateway.responses import json_response
from services.gateway.routes.documents import Cursor, Limit
from services.gateway.routes.principals import LINES, NDJSON
from services.gateway.schemas.audit import AuditPage, AuditView
from services.gateway.schemas.identities import Reference
from shared.domain import audit_chain
from shared.http import cursors
from shared.http.app import StrictRoute
from shared.repositories import audit_log

router = APIRouter(tags=["audit"], route_class=StrictRoute)

# Entries that an export reads at once.
_AT_ONCE = 500


@router.get("/api/v1/audit", response_model=AuditPage, summary="List what was done, oldest first")
async def list_entries(
    deps: Deps,
    principal_id: Annotated[Reference | None, Query(description="Only what this one did")] = None,
    object: Annotated[Reference | None, Query(description="Only what was done to this")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    return json_response(await deps.database.read(_page, principal_id, object, cursor, limit))


@router.get(
    "/api/v1/audit/export",
    response_class=Response,
    responses=LINES,
    summary="Export the whole audit log as JSON lines, whose chain `quire audit check` checks",
)
async def export_entries(deps: Deps) -> Response:
    await deps.database.transact(_record_export)

    async def lines() -> AsyncIterator[bytes]:
        after, last = 0, audit_chain.START
        while views := await deps.database.read(_views, after):
            for view in views:
                yield view.model_dump_json().encode() + b"\n"
            after, last = views[-1].seq, views[-1].hash
        yield orjson.dumps(audit_chain.closing(after, last)) + b"\n"

    return StreamingResponse(lines(), media_type=NDJSON)


def _record_export(session: Session) -> None:
    audit_log.record(session, "audit.export", "audit")


def _views(session: Session, after: int) -> list[AuditView]:
    found = audit_log.entries(session, after=after, limit=_AT_ONCE)
    return [AuditView.from_columns(each) for each in found]


def _page(
    session: Session,
    principal_id: str | None,
    object_: str | None,
    cursor: str | None,
    limit: int,
) -> AuditPage:
    found = audit_log.entries(
        session,
        after=cursors.read_number(cursor) if cursor else 0,
        limit=limit + 1,
        principal_id=principal_id,
        object_=object_,
    )
    shown = found[:limit]
    return AuditPage(
        entries=[AuditView.from_columns(each) for each in shown],
        next_cursor=cursors.after_number(shown[-1].seq) if len(found) > limit else None,
    )
