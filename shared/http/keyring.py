"""Finds the caller that a key belongs to: keys of the settings, then those of the database.

What was found is used for `FRESH_S` seconds, so that a key which is revoked, expires or is rotated
stops opening on every replica within that time, and a key that is used costs a statement every
two seconds and not one for each request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.domain.caller import FIRST_ADMINISTRATOR, Caller, administrator, caller_of
from shared.domain.errors import QuireError
from shared.repositories import keys, principals, sessions

log = logging.getLogger(__name__)

# Seconds.
FRESH_S = 2.0
# Hashes that are remembered, wrong ones included; all are forgotten beyond.
_MOST_KNOWN = 10_000
_FIXED = (
    "A key in QUIRE_API_KEYS makes this principal an administrator, whatever is stored. Remove the"
    " key there and restart the server; then change the principal here."
)
T = TypeVar("T")


class Keyring:
    """The keys of the settings as `{sha256: name}`, and those of the database."""

    def __init__(
        self,
        of_settings: Mapping[str, str],
        database: Database,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_settings = {
            key_hash: administrator(principals.id_of_settings_key(name), f"settings:{name}")
            for key_hash, name in of_settings.items()
        }
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, Caller | None]] = {}
        self._sessions: dict[str, tuple[float, str | None]] = {}
        self._people: dict[str, tuple[float, Caller | None]] = {}
        self._stored: set[str] = set()
        self._writing: set[asyncio.Task[None]] = set()

    async def caller(self, key_hash: str) -> Caller | None:
        """Return the caller whose key has this hash; None if no usable key has it.

        Unavailable: the database can't be reached. Keys of the settings open all the same.
        """
        if (named := self._of_settings.get(key_hash)) is not None:
            self._store(named)
            return named
        now = self._clock()
        until, known = self._known.get(key_hash, (0.0, None))
        if now < until:
            return known
        found = await self._database.read(keys.usable, key_hash)
        caller = None
        if found is not None:
            caller = caller_of(
                found.principal_id,
                found.name,
                found.roles,
                scopes=found.scopes,
                key_id=found.key_id,
            )
            if not found.is_noted:
                self._write(self._database.transact(keys.note_use, found.key_id))
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key_hash] = (now + FRESH_S, caller)
        return caller

    async def of_session(self, token_hash: str) -> Caller | None:
        """Return the caller whose key a session stands for, while the key opens; else None.

        Unavailable: the database can't be reached.
        """
        key_hash = await self._recent(self._sessions, token_hash, sessions.key_of)
        return await self.caller(key_hash) if key_hash else None

    async def named(self, name: str) -> Caller | None:
        """Return an active person by name; None if there is none.

        Not the first administrator: whoever chooses a name at the proxy would be it. Unavailable:
        the database can't be reached.
        """
        return await self._recent(self._people, name, _person)

    @property
    def fixed(self) -> dict[str, str]:
        """Return why roles and state of the principals of the settings can't change, by id."""
        return {each.principal_id: _FIXED for each in self._of_settings.values()}

    def forget(self) -> None:
        """Look every key, session and person up again: one of them was changed here."""
        self._known.clear()
        self._sessions.clear()
        self._people.clear()

    async def _recent(
        self,
        known: dict[str, tuple[float, T | None]],
        name: str,
        find: Callable[[Session, str], T | None],
    ) -> T | None:
        """Return what `find` returned in the last seconds, or returns now."""
        now = self._clock()
        until, value = known.get(name, (0.0, None))
        if now < until:
            return value
        found = await self._database.read(find, name)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[name] = (now + FRESH_S, found)
        return found

    def _store(self, caller: Caller) -> None:
        """Store the principal of a key of the settings, once in each process."""
        if caller.principal_id not in self._stored:
            self._stored.add(caller.principal_id)
            stored = self._database.transact(principals.ensure, caller.principal_id, caller.name)
            self._write(stored)

    def _write(self, work: Coroutine[Any, Any, Any]) -> None:
        """Write in the background: no request waits for it, and none fails if it fails."""

        async def written() -> None:
            try:
                await work
            except QuireError:
                log.warning("the use of a key could not be stored")

        task = asyncio.create_task(written())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


def _person(session: Session, name: str) -> Caller | None:
    row = principals.find_by_name(session, name)
    is_person = row is not None and (row.kind, row.state) == ("person", "active")
    if row is None or not is_person or row.principal_id == FIRST_ADMINISTRATOR:
        return None
    return caller_of(row.principal_id, row.name, row.roles)
