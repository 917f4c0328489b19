"""Keys of the settings and of the database, and how soon a change of them counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Key, Principal
from shared.domain.caller import FIRST_ADMINISTRATOR
from shared.domain.errors import Conflict, Unavailable
from shared.http.keyring import FRESH_S, Keyring
from shared.repositories import keys, principals
from tests.support.callers import digest
from tests.support.wait import until


def make(session: Session, /, secret: str = "secret", **values: Any) -> str:
    """Store a principal with a key; return the key's id."""
    owner = principals.create(session, name=f"owner of {secret}", kind="person", roles=["operator"])
    row = keys.create(
        session,
        principal_id=owner.principal_id,
        name="",
        hint="",
        key_hash=digest(secret),
        **values,
    )
    return row.key_id


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_key_acts_as_its_principal(database: Database) -> None:
    key_id = await database.transact(make, scopes=["read"])
    caller = await Keyring({}, database).caller(digest("secret"))
    assert caller is not None
    assert (caller.name, caller.key_id, caller.limit) == ("owner of secret", key_id, "read")
    assert caller.roles == frozenset()
    assert await Keyring({}, database).caller(digest("other")) is None


async def test_the_use_of_a_key_is_stored(database: Database) -> None:
    key_id = await database.transact(make)
    await Keyring({}, database).caller(digest("secret"))

    async def is_noted() -> bool:
        row = await database.read(keys.get, key_id)
        return row is not None and row.last_used_at is not None

    await until(is_noted)


def _revoke(session: Session, key_id: str) -> None:
    assert keys.revoke(session, key_id)
    assert not keys.revoke(session, key_id)


def _expire(session: Session, key_id: str) -> None:
    keys.expire(session, key_id, -1)


def _disable(session: Session, key_id: str) -> None:
    owner = select(Key.principal_id).where(Key.key_id == key_id).scalar_subquery()
    session.execute(
        update(Principal).where(Principal.principal_id == owner).values(state="disabled")
    )


@pytest.mark.parametrize("end", [_revoke, _expire, _disable])
async def test_a_key_that_ends_opens_nothing_two_seconds_later(
    database: Database, end: Callable[[Session, str], None]
) -> None:
    clock = Clock()
    keyring = Keyring({}, database, clock=clock)
    key_id = await database.transact(make)
    assert await keyring.caller(digest("secret"))
    await database.transact(end, key_id)
    assert await keyring.caller(digest("secret"))
    clock.now = FRESH_S
    assert await keyring.caller(digest("secret")) is None


async def test_a_key_that_is_ended_here_opens_nothing_at_once(database: Database) -> None:
    keyring = Keyring({}, database)
    key_id = await database.transact(make)
    assert await keyring.caller(digest("secret"))
    await database.transact(_revoke, key_id)
    keyring.forget()
    assert await keyring.caller(digest("secret")) is None


async def test_a_later_end_does_not_lengthen_the_life_of_a_key(database: Database) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=60)
    key_id = await database.transact(make, expires_at=soon)
    await database.transact(keys.expire, key_id, 3600)
    row = await database.read(keys.get, key_id)
    assert row is not None
    assert row.expires_at == soon


class Away:
    """A database that can't be reached."""

    url: Any = None

    async def read(self, *_: object, **__: object) -> Any:
        raise Unavailable

    transact = read

    def version(self) -> int | None:
        return None

    async def close(self) -> None: ...


async def test_keys_of_the_settings_open_without_the_database() -> None:
    keyring = Keyring({digest("k"): "prometheus"}, Away())
    caller = await keyring.caller(digest("k"))
    assert caller is not None
    assert (caller.name, caller.is_admin) == ("settings:prometheus", True)
    with pytest.raises(Unavailable):
        await keyring.caller(digest("other"))


async def test_the_principal_of_a_key_of_the_settings_is_stored(database: Database) -> None:
    caller = await Keyring({digest("k"): "anna"}, database).caller(digest("k"))

    async def is_stored() -> bool:
        return await database.read(principals.find, "settings:anna") is not None

    await until(is_stored)
    stored = await database.read(principals.find, "settings:anna")
    assert stored is not None
    assert caller is not None
    assert (stored.principal_id, stored.roles) == (caller.principal_id, ["admin"])


async def test_the_last_administrator_stays(database: Database) -> None:
    await database.transact(principals.ensure, FIRST_ADMINISTRATOR, "administrator")

    def change(session: Session, values: dict[str, Any]) -> None:
        first = principals.find(session, FIRST_ADMINISTRATOR)
        assert first is not None
        principals.change(session, first, values)

    def add(session: Session) -> None:
        principals.create(session, name="second", kind="person", roles=["admin"])

    last: list[dict[str, Any]] = [{"roles": []}, {"state": "disabled"}]
    for values in last:
        with pytest.raises(Conflict, match="last administrator"):
            await database.transact(change, values)
    await database.transact(add)
    await database.transact(change, {"roles": []})
