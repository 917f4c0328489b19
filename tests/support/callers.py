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
        self._asked = 0
        self.asked_thrice = asyncio.Event()

    async def caller(self, key_hash: str) -> Caller | None:
        self._asked += 1
        if self._asked == 3:
            self.asked_thrice.set()
        return self._callers.get(key_hash)

    def revoke(self, key: str) -> None:
        del self._callers[digest(key)]


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
