"""The audit log: who did what to which object. Rows are only added, each chained to the one before.

An entry is stored in the transaction of the deed itself, so that neither exists alone. It has ids,
names of fields and numbers, and no content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shared.database.schema import AuditEntry
from shared.domain.caller import Caller
from shared.repositories import access
from shared.repositories.at_commit import AtCommit

# Key of the advisory lock under which the chain grows; unique within the database.
_LOCK_KEY = 7_241_119_004
# The hash before the first entry.
START = "0" * 64
# Entries read at once by `verify` and exports.
_AT_ONCE = 1_000
_HASHED = (
    "seq",
    "at",
    "principal_id",
    "key_id",
    "action",
    "object",
    "result",
    "address",
    "correlation_id",
    "details",
)
_COLUMNS = AuditEntry.__table__.c


@dataclass(frozen=True)
class Deed:
    """What was done to an object, by whom (none: by the system), and the result."""

    action: str
    object: str
    caller: Caller | None = None
    result: str = "done"
    details: Mapping[str, Any] = field(default_factory=dict)


def record(
    session: Session, action: str, object_: str, *, result: str = "done", **details: Any
) -> None:
    """Store a deed of the transaction's caller when the transaction commits."""
    _RECORDED.add(session, [Deed(action, object_, access.acting(), result, details)])


def digest(entry: Mapping[str, Any], previous_hash: str) -> str:
    """Return the hash of an entry that follows the one with `previous_hash`."""
    values = {name: entry[name] for name in _HASHED}
    values["at"] = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def entries(
    session: Session,
    *,
    after: int = 0,
    limit: int = 50,
    principal_id: str | None = None,
    object_: str | None = None,
) -> list[AuditEntry]:
    """Return entries after number `after`, in order."""
    query = select(AuditEntry).where(AuditEntry.seq > after)
    if principal_id is not None:
        query = query.where(AuditEntry.principal_id == principal_id)
    if object_ is not None:
        query = query.where(AuditEntry.object == object_)
    return list(session.scalars(query.order_by(AuditEntry.seq).limit(limit)))


def head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last entry, which names the whole chain."""
    last = select(_COLUMNS.seq, _COLUMNS.hash).order_by(_COLUMNS.seq.desc()).limit(1)
    row = session.connection().execute(last).first()
    return (row.seq, row.hash) if row else (0, START)


def faults(session: Session) -> list[str]:
    """Return a sentence for each place where the chain is broken, up to the twentieth."""
    found: list[str] = []
    seq, previous = 0, START
    for entry in _all(session):
        if entry["seq"] != seq + 1:
            found.append(f"entries {seq + 1} to {entry['seq'] - 1} are missing")
        elif entry["previous_hash"] != previous:
            found.append(f"entry {entry['seq']} does not follow the one before it")
        if entry["hash"] != digest(entry, entry["previous_hash"]):
            found.append(f"entry {entry['seq']} was changed")
        seq, previous = entry["seq"], entry["hash"]
        if len(found) >= 20:
            break
    return found


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
        row["hash"] = previous = digest(row, previous)
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
