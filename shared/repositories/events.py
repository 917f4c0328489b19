"""Numbers the events of every change in the order of commits, and reads them after a position.

`record` notes events while a transaction writes; its last statements number and store them. The
numbers come from one row, which stays locked until the commit: they have no gaps, a reader never
passes over one that commits later, and no other lock is waited for while it is held.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_ignoring
from shared.database.schema import Document, EventHistory, EventRow
from shared.domain.events import Event
from shared.domain.position import Position
from shared.repositories.at_commit import AtCommit

# Events kept: about 25 MB, the work of some 16,000 batches; a reader that was away for longer
# reads the rows instead.
KEPT_EVENTS = 100_000
# Seconds; a day lets a reader return after a night.
KEPT_S = 86_400.0
# Events between two removals of those beyond `KEPT_EVENTS`: one removal takes milliseconds.
_REMOVED_AT_ONCE = 1_000

# Milliseconds that a process may stall between numbering and commit; then its transaction is rolled
# back, because all others wait. Shorter than their `lock_timeout`, so that none of them fails.
SILENT_MS = 5_000

# The channel of PostgreSQL's notices.
CHANNEL = "quire_events"

_NOT_STORED = {"document_id", "occurred_at"}
_EVENTS = EventRow.__table__.c
_HISTORY = EventHistory.__table__.c

E = TypeVar("E", bound=Event)

# Statements are built once: they run with every step, and building costs more than running.
_TAKE_NUMBERS = (
    update(EventHistory)
    .values(last_seq=_HISTORY.last_seq + bindparam("more"))
    .returning(_HISTORY.last_seq)
)
# PostgreSQL ends a transaction whose client is silent for so long; until then it locks the row. At
# the commit it tells those who listen that there are new events; that is all its notice says.
_TAKE_NUMBERS_BRIEFLY = _TAKE_NUMBERS.returning(
    func.set_config("idle_in_transaction_session_timeout", bindparam("silent_ms"), True),
    func.pg_notify(CHANNEL, ""),
)
_COLLECTION = (
    select(Document.collection).where(Document.document_id == bindparam("of")).scalar_subquery()
)
_INSERT = insert(EventRow.__table__).values(collection=func.coalesce(_COLLECTION, ""))  # type: ignore[arg-type]
_POSITION = select(_HISTORY.epoch, _HISTORY.last_seq)
_AFTER = (
    select(
        _EVENTS.seq,
        _EVENTS.name,
        _EVENTS.document_id,
        _EVENTS.collection,
        _EVENTS.data,
        _EVENTS.created_at,
    )
    .where(_EVENTS.seq > bindparam("after"))
    .order_by(_EVENTS.seq)
    .limit(bindparam("most"))
)


class StoredEvent(NamedTuple):
    """A numbered event; `data` has the fields of its type except the document's id and the time."""

    seq: int
    name: str
    document_id: str
    collection: str
    data: Mapping[str, Any]
    created_at: datetime


def record(session: Session, events: Sequence[E]) -> list[E]:
    """Store the events with the transaction's changes when it commits, and return them."""
    _RECORDED.add(session, events)
    return list(events)


def append(session: Session, events: Sequence[Event]) -> None:
    """Number and store events; these must be the last statements of the transaction."""
    last = _take_numbers(session, len(events))
    first = last - len(events) + 1
    rows = [
        {
            "seq": seq,
            "name": each.name,
            "document_id": each.document_id,
            "of": each.document_id,
            "data": each.model_dump(mode="json", exclude=_NOT_STORED),
        }
        for seq, each in enumerate(events, start=first)
    ]
    session.connection().execute(_INSERT, rows)
    if first // _REMOVED_AT_ONCE != (last + 1) // _REMOVED_AT_ONCE:
        session.execute(delete(EventRow).where(EventRow.seq <= last - KEPT_EVENTS))


def position(session: Session) -> Position:
    """Return the place after the last event that is committed."""
    row = session.connection().execute(_POSITION).first()
    return Position(*row) if row else Position("", 0)


def after(session: Session, place: Position, limit: int) -> list[StoredEvent] | None:
    """Return up to `limit` events after a place, in order.

    Returns None if the place is of another history, or if some events after it are not kept.
    """
    now = position(session)
    if now.epoch != place.epoch or now.seq < place.seq:
        return None
    if now.seq == place.seq:
        return []
    found = session.connection().execute(_AFTER, {"after": place.seq, "most": limit})
    rows = [StoredEvent(*row) for row in found]
    return rows if rows and rows[0].seq == place.seq + 1 else None


def remove_old(session: Session, *, before_s: float = KEPT_S) -> int:
    """Delete the events up to the last one that is over `before_s` seconds old; return how many."""
    last = session.scalar(
        select(func.max(EventRow.seq)).where(EventRow.created_at < sql.now(-before_s))
    )
    if last is None:
        return 0
    removed = session.execute(delete(EventRow).where(EventRow.seq <= last).returning(EventRow.seq))
    return len(removed.all())


def start_history(session: Session) -> None:
    """Start another history, so that every reader reads the rows: after a restore, for example."""
    _take_numbers(session, 0)
    session.execute(update(EventHistory).values(epoch=str(uuid.uuid4())))
    session.execute(delete(EventRow))


def _take_numbers(session: Session, number: int) -> int:
    """Take the next `number` numbers and return the last; lock the row that gives them."""
    statement = _TAKE_NUMBERS
    given: dict[str, object] = {"more": number}
    if session.get_bind().dialect.name == "postgresql":
        statement = _TAKE_NUMBERS_BRIEFLY
        given["silent_ms"] = str(SILENT_MS)
    row = session.connection().execute(statement, given).first()
    if row is None:
        first = {"history_id": 1, "epoch": str(uuid.uuid4()), "last_seq": 0}
        session.connection().execute(insert_ignoring(session, EventHistory), first)
        row = session.connection().execute(statement, given).one()
    return int(row.last_seq)


# After all others: readers wait for the number that is taken.
_RECORDED: AtCommit[Event] = AtCommit(9, append)
