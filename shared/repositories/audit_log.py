"""The audit log: who did what to which object. Rows are only added, each chained to the one before.

An entry is stored in the transaction of the deed itself, so that neither exists alone. It has ids,
names of fields and numbers, and no content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shared.database.schema import AuditEntry
from shared.domain import audit_chain
from shared.domain.caller import Caller
from shared.repositories import access
from shared.repositories.at_commit import AtCommit

# Key of the advisory lock under which the chain grows; unique within the database.
_LOCK_KEY = 7_241_119_004
# Entries read at once by `verify` and exports.
_AT_ONCE = 1_000
_COLUMNS = AuditEntry.__table__.c


@dataclass(frozen=True)
class Deed:
    """What was done to an object, by whom (none: by the system), and the result."""

    action: str
    object: str
    caller: Caller | None = None
    result: str = "done"
    details: Mapping[str, Any] = field(default_factory=dict)


def record(session: Session, action: str, object_: str, **details: object) -> None:
    """Store a deed of the transaction's caller when the transaction commits."""
    _RECORDED.add(session, [Deed(action, object_, access.acting(), details=details)])


def record_refused(
    session: Session, /, action: str, object_: str, caller: Caller, **details: object
) -> None:
    """Store an attempt that was refused, of a caller that may be nobody but an address."""
    _RECORDED.add(session, [Deed(action, object_, caller, "refused", details)])


def entries(
    session: Session,
    *,
    after: int = 0,
    limit: int = 50,
    principal_id: str | None = None,
    object_: str | None = None,
    action: str | None = None,
) -> list[AuditEntry]:
    """Return entries after number `after`, in order."""
    query = select(AuditEntry).where(AuditEntry.seq > after)
    if principal_id is not None:
        query = query.where(AuditEntry.principal_id == principal_id)
    if object_ is not None:
        query = query.where(AuditEntry.object == object_)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    return list(session.scalars(query.order_by(AuditEntry.seq).limit(limit)))


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last entry, which names the whole chain."""
    last = select(_COLUMNS.seq, _COLUMNS.hash).order_by(_COLUMNS.seq.desc()).limit(1)
    row = session.connection().execute(last).first()
    return (row.seq, row.hash) if row else (0, audit_chain.START)


def check(session: Session) -> tuple[list[str], str]:
    """Return a sentence for each fault of the chain, and its last hash."""
    return audit_chain.check(_all(session))


def count(session: Session) -> int:
    """Return the number of entries."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _all(session: Session) -> Iterator[Mapping[str, Any]]:
    after = 0
    while True:
        query = select(AuditEntry.__table__).where(_COLUMNS.seq > after).order_by(_COLUMNS.seq)
        rows = session.connection().execute(query.limit(_AT_ONCE)).mappings().all()
        yield from (dict(row) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1]["seq"]


def _store(session: Session, deeds: list[Deed]) -> None:
    """Chain entries to the last one; no other transaction adds any until this one ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK_KEY)))
    seq, previous = head(session)
    rows = []
    for deed in deeds:
        seq += 1
        row = _row(deed, seq) | {"previous_hash": previous}
        row["hash"] = previous = audit_chain.digest(row, previous)
        rows.append(row)
    session.connection().execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type]


def _row(deed: Deed, seq: int) -> dict[str, Any]:
    caller = deed.caller
    return {
        "seq": seq,
        "at": datetime.now(UTC),
        "principal_id": caller.principal_id if caller else "",
        "key_id": caller.key_id if caller else "",
        "action": deed.action,
        "object": deed.object,
        "result": deed.result,
        "address": caller.address if caller else "",
        "correlation_id": caller.correlation_id if caller else "",
        "details": dict(deed.details),
    }


_RECORDED: AtCommit[Deed] = AtCommit(1, _store)
