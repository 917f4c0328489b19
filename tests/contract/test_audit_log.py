"""The audit log is chained in the order of commits, and a change of it is found."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import AuditEntry
from shared.domain.caller import LOCAL, as_caller
from shared.repositories import access, audit_log
from shared.repositories.access import CallerDatabase

ANNA = replace(LOCAL, principal_id="anna", key_id="k1", address="10.0.0.7", correlation_id="c1")


def deed(session: Session, name: str) -> None:
    audit_log.record(session, "document.change", name, fields=["title"])


async def test_an_entry_says_who_did_what_from_where(database: Database) -> None:
    with as_caller(ANNA):
        await CallerDatabase(database).transact(deed, "d1")
    await database.transact(deed, "d2")
    first, second = await database.read(audit_log.entries)
    shown = (first.seq, first.principal_id, first.key_id, first.action, first.object, first.result)
    assert shown == (1, "anna", "k1", "document.change", "d1", "done")
    assert (first.address, first.correlation_id) == ("10.0.0.7", "c1")
    assert first.details == {"fields": ["title"]}
    assert (second.principal_id, second.previous_hash) == ("", first.hash)


async def test_the_caller_is_named_for_what_is_done_as_the_system(database: Database) -> None:
    def run(session: Session) -> None:
        with access.as_system():
            deed(session, "d1")

    with as_caller(ANNA):
        await CallerDatabase(database).transact(run)
    (entry,) = await database.read(audit_log.entries)
    assert entry.principal_id == "anna"


async def test_the_chain_of_many_concurrent_deeds_is_whole(database: Database) -> None:
    assert (await database.read(audit_log.check))[0] == []
    await asyncio.gather(*(database.transact(deed, f"d{number}") for number in range(30)))
    faults, last = await database.read(audit_log.check)
    assert faults == []
    assert (30, last) == await database.read(audit_log.head)


async def test_a_deed_that_is_rolled_back_has_no_entry(database: Database) -> None:
    def fail(session: Session) -> None:
        deed(session, "lost")
        raise ValueError("not done")

    def half(session: Session) -> None:
        deed(session, "kept")
        savepoint = session.begin_nested()
        deed(session, "dropped")
        savepoint.rollback()

    outcomes = await asyncio.gather(
        database.transact(fail), database.transact(half), return_exceptions=True
    )
    assert isinstance(outcomes[0], ValueError)
    assert [each.object for each in await database.read(audit_log.entries)] == ["kept"]
    assert (await database.read(audit_log.check))[0] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (update(AuditEntry).where(AuditEntry.seq == 2).values(object="other"), "was changed"),
        (update(AuditEntry).where(AuditEntry.seq == 2).values(principal_id="x"), "was changed"),
        (delete(AuditEntry).where(AuditEntry.seq == 2), "are missing"),
        (delete(AuditEntry).where(AuditEntry.seq == 1), "are missing"),
        (text("UPDATE audit SET previous_hash = 'a', hash = 'b' WHERE seq = 2"), "was changed"),
    ],
)
async def test_an_entry_that_is_changed_or_removed_is_found(
    database: Database, change: object, fault: str
) -> None:
    for number in (1, 2, 3):
        await database.transact(deed, f"d{number}")

    def run(session: Session) -> None:
        session.execute(change)  # type: ignore[call-overload]

    await database.transact(run)
    faults, _ = await database.read(audit_log.check)
    assert any(fault in each for each in faults), faults
