"""Reads and writes conversations; one of another asker is treated as missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Conversation, QueryLog
from shared.domain.caller import Asker


def create(session: Session, conversation_id: str, asker: Asker, title: str) -> Conversation:
    """Store a new conversation and return it."""
    row = Conversation(
        conversation_id=conversation_id,
        principal=asker.principal,
        key_collections=asker.key_collections,
        title=title,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def find(session: Session, conversation_id: str, asker: Asker) -> Conversation | None:
    """Return a conversation of an asker, or None."""
    query = select(Conversation).where(Conversation.conversation_id == conversation_id, *_of(asker))
    return session.scalars(query).first()


def recent(
    session: Session, asker: Asker, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Conversation]:
    """Return conversations after `after` (updated_at, conversation_id), last used first."""
    query = select(Conversation).where(*_of(asker))
    if after is not None:
        place = tuple_(Conversation.updated_at, Conversation.conversation_id)
        query = query.where(place < after)
    newest = query.order_by(Conversation.updated_at.desc(), Conversation.conversation_id.desc())
    return list(session.scalars(newest.limit(limit)))


def rename(session: Session, conversation_id: str, asker: Asker, title: str) -> bool:
    """Change the title; return False if the asker has no such conversation."""
    changed = update(Conversation).where(
        Conversation.conversation_id == conversation_id, *_of(asker)
    )
    returned = changed.values(title=title).returning(Conversation.conversation_id)
    return session.execute(returned).first() is not None


def remove(session: Session, conversation_id: str, asker: Asker) -> bool:
    """Delete a conversation with its turns; return False if the asker has none such."""
    if find(session, conversation_id, asker) is None:
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
    session: Session, conversation_id: str, asker: Asker, row: dict[str, Any]
) -> int | None:
    """Store the log of a running answer as the next turn and return its number.

    None if the asker has no such conversation, or one of keys that open other collections, which
    read what is asked here. The conversation's row is locked, so that two
    questions at once get two numbers. A conversation without a title gets its first question.
    """
    touched = (
        update(Conversation)
        .where(
            Conversation.conversation_id == conversation_id,
            Conversation.principal == asker.principal,
            Conversation.key_collections == asker.key_collections,
        )
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
    of = {"principal": asker.principal, "key_collections": asker.key_collections}
    session.add(QueryLog(conversation_id=conversation_id, turn=turn, **of, **row))
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


def _of(asker: Asker) -> list[ColumnElement[bool]]:
    """Return the conditions on conversations that an asker may have."""
    conditions: list[ColumnElement[bool]] = [Conversation.principal == asker.principal]
    if asker.key_collections:
        conditions.append(Conversation.key_collections == asker.key_collections)
    return conditions
