"""Conversations of askers in the database."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.query.answers.llm.prompt import Turn
from services.query.conversations.conversation import Conversation
from services.query.conversations.schemas import (
    ConversationDetail,
    ConversationPage,
    ConversationView,
)
from services.query.history.log_writer import LogWriter
from services.query.schemas import LogView
from shared.database.base import Database
from shared.domain.caller import Asker
from shared.domain.errors import Unavailable
from shared.http import cursors
from shared.http.problems import refusal
from shared.repositories import conversations

log = logging.getLogger(__name__)

# Turns that a follow-up question may refer to; a prompt has room for fewer.
_HISTORY = 20
# Seconds; a model's answer ends long before, by its number of tokens.
_LONGEST_ANSWER_S = 1800
_UNKNOWN = "There is no conversation with this id."
_CAN_NOT_GO_ON = (
    "There is no conversation with this id that your key can go on with: it was begun by another"
    " principal, or with a key that opens other collections."
)


@dataclass(frozen=True)
class ConversationStore:
    """Reads and writes conversations; a refusal (404) says that the asker has none such."""

    database: Database
    logs: LogWriter

    async def begin(
        self, conversation_id: str | None, asker: Asker, query_id: str, question: str
    ) -> Conversation | None:
        """Log a question as the next turn, and return it with the turns before; None for none."""
        if conversation_id is None:
            return None
        await self.logs.flush()
        found = await self.database.transact(_begun, conversation_id, asker, query_id, question)
        if found is None:
            raise refusal(404, "not_found", _CAN_NOT_GO_ON)
        return found

    async def fail_interrupted(self) -> None:
        """Mark answers as failed whose process died while it made them."""
        try:
            await self.database.transact(
                conversations.fail_interrupted, older_than_s=_LONGEST_ANSWER_S
            )
        except Unavailable:
            log.warning("interrupted answers are marked at the next start")

    async def create(self, asker: Asker, title: str) -> ConversationView:
        def run(session: Session) -> ConversationView:
            made = conversations.create(session, str(uuid.uuid4()), asker, title)
            return ConversationView.model_validate(made)

        return await self.database.transact(run)

    async def page(self, asker: Asker, cursor: str | None, limit: int) -> ConversationPage:
        return await self.database.read(_page, asker, cursor, limit)

    async def detail(self, conversation_id: str, asker: Asker) -> ConversationDetail:
        await self.logs.flush()
        found = await self.database.read(_detail, conversation_id, asker)
        if found is None:
            raise refusal(404, "not_found", _UNKNOWN)
        return found

    async def rename(self, conversation_id: str, asker: Asker, title: str) -> ConversationDetail:
        if not await self.database.transact(conversations.rename, conversation_id, asker, title):
            raise refusal(404, "not_found", _UNKNOWN)
        return await self.detail(conversation_id, asker)

    async def remove(self, conversation_id: str, asker: Asker) -> None:
        await self.logs.flush()
        if not await self.database.transact(conversations.remove, conversation_id, asker):
            raise refusal(404, "not_found", _UNKNOWN)


def _begun(
    session: Session, conversation_id: str, asker: Asker, query_id: str, question: str
) -> Conversation | None:
    earlier = conversations.turns(session, conversation_id, limit=_HISTORY)
    row = {"query_id": query_id, "query_text": question, "state": "running", "answered": False}
    turn = conversations.begin_turn(session, conversation_id, asker, row)
    if turn is None:
        return None
    history = [Turn(each.query_text, each.response_text or "") for each in earlier]
    return Conversation(conversation_id, turn, history)


def _page(session: Session, asker: Asker, cursor: str | None, limit: int) -> ConversationPage:
    after = cursors.read_row(cursor) if cursor is not None else None
    found = conversations.recent(session, asker, after=after, limit=limit + 1)
    page = [ConversationView.model_validate(row) for row in found[:limit]]
    last = page[-1] if len(found) > limit else None
    return ConversationPage(
        conversations=page,
        next_cursor=last and cursors.after_row(last.updated_at, last.conversation_id),
    )


def _detail(session: Session, conversation_id: str, asker: Asker) -> ConversationDetail | None:
    found = conversations.find(session, conversation_id, asker)
    if found is None:
        return None
    turns = [LogView.model_validate(row) for row in conversations.turns(session, conversation_id)]
    head = ConversationView.model_validate(found).model_dump()
    return ConversationDetail(**head, turns=turns)
