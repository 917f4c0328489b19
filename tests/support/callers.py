"""Callers of tests, and applications that work for one of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from shared.domain.caller import Caller, as_caller
from shared.http.middleware import App, Receive, Scope, Send


class Known:
    """`Callers` whose keys are given as `{key: caller}`."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = {digest(key): caller for key, caller in callers.items()}
        self._asked = asyncio.Semaphore(0)

    async def caller(self, key_hash: str) -> Caller | None:
        self._asked.release()
        return self._callers.get(key_hash)

    of_session = caller

    async def named(self, name: str) -> Caller | None:
        self._asked.release()
        return next((each for each in self._callers.values() if each.name == name), None)

    async def asked_again(self) -> None:
        """Wait until somebody asked three times since the last call."""
        for _ in range(3):
            await self._asked.acquire()

    def change(self, key: str, caller: Caller | None) -> None:
        """Let a key open as another caller, or nothing."""
        if caller is None:
            del self._callers[digest(key)]
        else:
            self._callers[digest(key)] = caller


def digest(key: str) -> str:
    """Return the hash of a key, as it is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def working_for(caller: Caller, app: App) -> App:
    """Return the application with this caller for every request."""

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["caller"] = caller
        with as_caller(caller):
            await app(scope, receive, send)

    return work
