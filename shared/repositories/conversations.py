"""Reads and writes conversations; one of another principal is treated as missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Conversation, QueryLog


def create(session: Session, conversation_id: str, principal: str, title: str) -> Conversation:
    """Store a new conversation and return it."""
    row = Conversation(conversation_id=conversation_id, principal=principal, title=title)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def find(session: Session, conversation_id: str, principal: str) -> Conversation | None:
    """Return a conversation of a principal, or None."""
    query = select(Conversation).where(
        Conversation.conversation_id == conversation_id, Conversation.principal == principal
    )
    return session.scalars(query).first()


def recent(
    session: Session, principal: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Conversation]:
    """Return conversations after `after` (updated_at, conversation_id), last used first."""
    query = select(Conversation).where(Conversation.principal == principal)
    if after is not None:
        place = tuple_(Conversation.updated_at, Conversation.conversation_id)
        query = query.where(place < after)
    newest = query.order_by(Conversation.updated_at.desc(), Conversation.conversation_id.desc())
    return list(session.scalars(newest.limit(limit)))


def rename(session: Session, conversation_id: str, principal: str, title: str) -> bool:
    """Change the title; return False if the principal has no such conversation."""
    changed = update(Conversation).where(
        Conversation.conversation_id == conversation_id, Conversation.principal == principal
    )
    returned = changed.values(title=title).returning(Conversation.conversation_id)
    return session.execute(returned).first() is not None


def remove(session: Session, conversation_id: str, principal: str) -> bool:
    """Delete a conversation with its turns; return False if the principal has none such."""
    if find(session, conversation_id, principal) is None:
        return False
    session.execute(delete(QueryLog).where(QueryLog.conversation_id == conversation_id))
    session.execute(delete(Conversation).where(Conversation.conversation_id == conversation_id))
    return True


def turns(session: Session, conversation_id: str, *, limit: int | None = None) -> list[QueryLog]:
    """Return the turns of a conversation in order; with `limit` the last ones."""
    query = select(QueryLog).where(QueryLog.conversation_id == conversation_id)
    newest = query.order_by(QueryLog.turn.desc(), QueryLog.created_at.desc())
    return list(session.scalars(newest.limit(limit)))[::-1]


def begin_turn(
    session: Session, conversation_id: str, principal: str, row: dict[str, Any]
) -> int | None:
    """Store the log of a running answer as the next turn and return its number.

    None if the principal has no such conversation. The conversation's row is locked, so that two
    questions at once get two numbers. A conversation without a title gets its first question.
    """
    touched = (
        update(Conversation)
        .where(Conversation.conversation_id == conversation_id)
        .where(Conversation.principal == principal)
        .values(
            updated_at=sql.now(),
            title=func.coalesce(func.nullif(Conversation.title, ""), row["query_text"][:200]),
        )
        .returning(Conversation.conversation_id)
        .execution_options(synchronize_session=False)
    )
    if session.execute(touched).first() is None:
        return None
    highest = select(func.max(QueryLog.turn)).where(QueryLog.conversation_id == conversation_id)
    turn = (session.scalar(highest) or 0) + 1
    session.add(QueryLog(conversation_id=conversation_id, turn=turn, principal=principal, **row))
    return turn


def fail_interrupted(session: Session, *, older_than_s: float) -> int:
    """Mark answers as failed that have been running for so long that their process must be dead."""
    old = update(QueryLog).where(
        QueryLog.state == "running", QueryLog.created_at < sql.now(-older_than_s)
    )
    return len(session.execute(old.values(state="failed").returning(QueryLog.query_id)).all())


def spent(session: Session, principal: str, since: datetime) -> tuple[int, float]:
    """Return the tokens and the money that answers for a principal took since a time."""
    tokens = func.sum(QueryLog.prompt_tokens + QueryLog.completion_tokens)
    row = session.execute(
        select(func.coalesce(tokens, 0), func.coalesce(func.sum(QueryLog.cost), 0.0)).where(
            QueryLog.principal == principal, QueryLog.created_at >= since
        )
    ).one()
    return int(row[0]), float(row[1])
