"""Query logs, feedback and analytics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from services.query.history.analytics import analyse
from services.query.history.log_writer import LogWriter
from services.query.schemas import (
    Analytics,
    FeedbackRequest,
    FeedbackView,
    LogPage,
    LogView,
    Moment,
)
from shared.database.base import Database
from shared.http import cursors
from shared.http.app import StrictJsonRoute
from shared.http.problems import refusal
from shared.repositories import query_logs

_NOT_FOUND = "No question with this id was asked."


def history_routes(database: Database, logs: LogWriter) -> APIRouter:
    """`POST …/{query_id}/feedback`, `GET …/logs` and `GET …/analytics` under `/api/v1/query`."""
    router = APIRouter(prefix="/api/v1/query", tags=["query"], route_class=StrictJsonRoute)

    @router.post("/{query_id}/feedback", summary="Say whether an answer helped")
    async def give_feedback(query_id: str, body: FeedbackRequest) -> FeedbackView:
        await logs.flush()
        known = "\0" not in query_id and await database.transact(
            query_logs.set_feedback, query_id, body.feedback
        )
        if not known:
            raise refusal(404, "not_found", _NOT_FOUND)
        return FeedbackView(query_id=query_id, feedback=body.feedback)

    @router.get("/logs", summary="Questions that were asked, newest first")
    async def list_logs(
        limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str | None = None
    ) -> LogPage:
        await logs.flush()
        return await database.read(_page, cursor, limit)

    @router.get("/analytics", summary="Counts, latencies, feedback, and what went unanswered")
    async def analytics(since: Moment | None = None, until: Moment | None = None) -> Analytics:
        """Of the questions asked from `since` on and before `until`; by default of all."""
        await logs.flush()
        return await database.read(analyse, since, until)

    return router


def _page(session: Session, cursor: str | None, limit: int) -> LogPage:
    after = cursors.read_row(cursor) if cursor is not None else None
    found = query_logs.recent(session, after=after, limit=limit + 1)
    page = [LogView.model_validate(row) for row in found[:limit]]
    more = len(found) > limit
    return LogPage(
        logs=page,
        total=query_logs.count(session),
        next_cursor=cursors.after_row(page[-1].created_at, page[-1].query_id) if more else None,
    )
