"""Routes for query logs, feedback and analytics."""

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
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import query_logs

_NOT_FOUND = "There is no question with this id."


def history_routes(database: Database, logs: LogWriter) -> APIRouter:
    """Return the routes `/{query_id}/feedback`, `/logs` and `/analytics` of `/api/v1/query`."""
    router = APIRouter(prefix="/api/v1/query", tags=["query"], route_class=StrictRoute)

    @router.post("/{query_id}/feedback", summary="Rate an answer")
    async def give_feedback(query_id: str, body: FeedbackRequest) -> FeedbackView:
        await logs.flush()
        known = "\0" not in query_id and await database.transact(
            query_logs.set_feedback, query_id, body.feedback
        )
        if not known:
            raise refusal(404, "not_found", _NOT_FOUND)
        return FeedbackView(query_id=query_id, feedback=body.feedback)

    @router.get("/logs", summary="List questions, newest first")
    async def list_logs(
        limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: str | None = None
    ) -> LogPage:
        await logs.flush()
        return await database.read(_page, cursor, limit)

    @router.get("/analytics", summary="Counts, latencies, feedback and unanswered questions")
    async def analytics(since: Moment | None = None, until: Moment | None = None) -> Analytics:
        """Return figures of questions from `since` on and before `until`; by default of all."""
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
