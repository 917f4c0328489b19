"""Stores refused attempts in the audit log: forbidden requests by principal, all others by address.

Many attempts would fill the log, so only the first of a minute is stored at once; the next one that
is stored tells how many there were in between.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from urllib.parse import quote

from shared.database.base import Database
from shared.domain.caller import Caller
from shared.domain.errors import QuireError
from shared.http.credentials import Credential
from shared.http.middleware import (
    OPEN_PATHS,
    App,
    Message,
    Receive,
    Scope,
    Send,
    correlation_id,
)
from shared.repositories import audit_log

log = logging.getLogger(__name__)

# Seconds in which attempts of one address or principal are one entry.
WINDOW_S = 60.0
# Entries a window of all addresses and principals together: many addresses are easy to have.
_MOST_ENTRIES = 60
# Those that are remembered; all are forgotten beyond.
_MOST_KNOWN = 10_000
_LONGEST_PATH = 200
_WRONG_KEY, _FORBIDDEN, _NO_PERSON = "key.refused", "request.refused", "person.refused"
_STARTS = ("http.response.start", "websocket.http.response.start")


class RefusedAttempts:
    """Watches the responses of an application for 401 with a key, and for 403.

    A session that has ended is no attempt: the browser of everybody who is signed out sends one.
    """

    def __init__(
        self, app: App, *, database: Database, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._database = database
        self._clock = clock
        # By action and address or principal: when its window began, and attempts not stored since.
        self._recent: dict[tuple[str, str], tuple[float, int]] = {}
        self._window, self._stored = 0.0, 0
        self._writing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] in _STARTS and message["status"] in (401, 403):
                self._note(scope, message["status"])
            await send(message)

        await self._app(scope, receive, watched)

    def _note(self, scope: Scope, status: int) -> None:
        state = scope.get("state", {})
        caller: Caller | None = state.get("caller")
        shown: Credential | None = state.get("credential")
        if status == 403 and caller is not None:
            path = quote(scope["path"], errors="replace")[:_LONGEST_PATH]
            method = scope.get("method", "WEBSOCKET")
            self._add(_FORBIDDEN, caller.principal_id, caller, f"{method} {path}")
        elif status == 401 and shown is not None and shown.kind == "key":
            self._add_nobody(_WRONG_KEY, scope, "key")
        elif status == 403 and shown is not None and shown.kind == "proxy":
            # Without the name: the log has ids only, and this person has none.
            self._add_nobody(_NO_PERSON, scope, "person")

    def _add_nobody(self, action: str, scope: Scope, object_: str) -> None:
        client = scope.get("client")
        address = str(client[0]) if client else ""
        nobody = Caller("", "", address=address, correlation_id=correlation_id(scope))
        self._add(action, address, nobody, object_)

    def _add(self, action: str, who: str, caller: Caller, object_: str) -> None:
        now = self._clock()
        began, skipped = self._recent.get((action, who), (-WINDOW_S, 0))
        if len(self._recent) >= _MOST_KNOWN:
            self._recent.clear()
        if now - began < WINDOW_S or not self._has_room(now):
            self._recent[action, who] = (began, skipped + 1)
            return
        self._recent[action, who] = (now, 0)
        task = asyncio.create_task(self._store(action, caller, object_, skipped))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _has_room(self, now: float) -> bool:
        if now - self._window >= WINDOW_S:
            self._window, self._stored = now, 0
        self._stored += 1
        return self._stored <= _MOST_ENTRIES

    async def _store(self, action: str, caller: Caller, object_: str, skipped: int) -> None:
        try:
            await self._database.transact(
                audit_log.record_refused, action, object_, caller, before=skipped
            )
        except QuireError:
            log.warning("a refused attempt could not be stored", extra={"action": action})
