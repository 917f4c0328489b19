"""Routes for conversations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.query.conversations.markdown import markdown
from services.query.conversations.schemas import (
    ConversationDetail,
    ConversationPage,
    ConversationRequest,
    ConversationView,
)
from services.query.conversations.store import ConversationStore
from shared.domain.caller import asking
from shared.http.app import StrictRoute

_MARKDOWN = "text/markdown; charset=utf-8"


def conversation_routes(store: ConversationStore) -> APIRouter:
    """Return the routes below `/api/v1/conversations`; everyone sees their own only."""
    router = APIRouter(
        prefix="/api/v1/conversations", tags=["conversations"], route_class=StrictRoute
    )

    @router.post("", status_code=201, summary="Begin a conversation")
    async def begin(body: ConversationRequest, response: Response) -> ConversationView:
        """Make an empty conversation; ask with its id as `conversation_id`."""
        made = await store.create(asking().asker, body.title)
        response.headers["Location"] = f"/api/v1/conversations/{made.conversation_id}"
        return made

    @router.get("", summary="List conversations, last used first")
    async def page(
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: str | None = None,
    ) -> ConversationPage:
        return await store.page(asking().asker, cursor, limit)

    @router.get("/{conversation_id}", summary="A conversation with its turns")
    async def one(conversation_id: str) -> ConversationDetail:
        return await store.detail(conversation_id, asking().asker)

    @router.patch("/{conversation_id}", summary="Rename a conversation")
    async def rename(conversation_id: str, body: ConversationRequest) -> ConversationDetail:
        return await store.rename(conversation_id, asking().asker, body.title)

    @router.delete("/{conversation_id}", status_code=204, summary="Delete a conversation")
    async def remove(conversation_id: str) -> None:
        """Delete a conversation with all its turns, in the log of questions too."""
        await store.remove(conversation_id, asking().asker)

    @router.get(
        "/{conversation_id}/export.md",
        summary="A conversation as Markdown",
        response_class=Response,
        responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
    )
    async def export(conversation_id: str) -> Response:
        detail = await store.detail(conversation_id, asking().asker)
        named = {"Content-Disposition": 'attachment; filename="conversation.md"'}
        return Response(markdown(detail), media_type=_MARKDOWN, headers=named)

    return router
