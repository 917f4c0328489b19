"""Finds out who sends a request: by key, session or proxy, or as the local administrator.

Where no keys are asked for, only programs of this machine are clients: the settings refuse another
host than loopback (`shared/settings/`), and `cross_site.py` refuses domain names. A key that is
sent is checked all the same. Only hashes of keys are stored, and keys are looked up by their hash.
An address that keeps sending wrong keys waits for each answer; valid keys are not slowed.

A response that lasts, such as a stream of events, ends soon after its key stops opening, or opens
more or less than at its beginning: what it sends was decided for the caller of its beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from shared.domain.caller import LOCAL, Caller, as_caller
from shared.domain.errors import QuireError, SettingsError
from shared.http.credentials import (
    Credential,
    CredentialReader,
    lacks_csrf_header,
    session_cookie,
)
from shared.http.middleware import (
    OPEN_PATHS,
    App,
    Message,
    Receive,
    Scope,
    Send,
    correlation_id,
    reject,
)
from shared.http.problems import Problem, problem_of

# Wrong keys of one address a minute that are answered at once: an old key in a program makes a few.
_WRONG_KEYS = 10
_WINDOW_S = 60.0
# Seconds; ten wrong keys a minute and then one a second for each connection.
_PAUSE_S = 1.0
# Addresses that are remembered; all are forgotten beyond.
_MAX_ADDRESSES = 10_000
# Seconds between two checks of the key of a request that lasts.
RECHECK_S = 2.0
_ENTRY = re.compile(r"([^:,\s]+):([0-9a-fA-F]{64})")
_POLICY_VIOLATION = 1008

_NO_KEY = Problem(
    401,
    "unauthorized",
    "Send your API key as `Authorization: Bearer <key>`.",
    headers={"WWW-Authenticate": 'Bearer realm="quire"'},
)
_WRONG_KEY = Problem(
    401,
    "unauthorized",
    "The API key is not valid.",
    headers={"WWW-Authenticate": 'Bearer realm="quire", error="invalid_token"'},
)
_ENDED = Problem(
    401,
    "unauthorized",
    "You are signed out. Sign in again.",
    headers={"WWW-Authenticate": 'Bearer realm="quire"'},
)
_NO_PERSON = Problem(
    403,
    "unknown_person",
    "You are signed in, but no person has your name here. Ask an administrator to add you.",
)
_NO_CSRF = Problem(
    403,
    "csrf",
    "A browser that is signed in sends changes with the header `X-Quire-CSRF: 1`. Pages of other"
    " origins can't.",
)
_CHANGED = Problem(
    403,
    "forbidden",
    "The roles of your key were changed while it was used. Send the request again.",
)


def new_key(secret: str) -> str:
    """Return a key with this random secret; its prefix lets scanners of leaked secrets find it."""
    return f"quire_{secret}"


def hint_of(key: str) -> str:
    """Return how a key begins, by which its owner knows it; a few of its characters.

    >>> hint_of("quire_0123456789")
    'quire_0123…'
    """
    return f"{key[:10]}…"


def parse_keys(text: str) -> Mapping[str, str]:
    """Return {sha256: name} for comma-separated `name:sha256hex` entries.

    SettingsError: an entry has another form.
    """
    keys: dict[str, str] = {}
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise SettingsError(
                f"Entry {number} of QUIRE_API_KEYS is not `name:sha256`. Make one with"
                " `quire keys new`."
            )
        keys[found[2].lower()] = found[1]
    return keys


class Callers(Protocol):
    """Knows whose key it is, whose session, and who has a name that a trusted proxy says."""

    async def caller(self, key_hash: str) -> Caller | None: ...

    async def of_session(self, token_hash: str) -> Caller | None: ...

    async def named(self, name: str) -> Caller | None: ...


class ApiKeyMiddleware:
    """Stores caller and credential of each request in its state; rejects requests without a caller.

    If keys are not `required`, a request without one comes from the local administrator.
    """

    def __init__(
        self,
        app: App,
        callers: Callers,
        *,
        required: bool,
        reader: CredentialReader | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._callers = callers
        self._required = required
        self._reader = reader or CredentialReader()
        self._clock = clock
        self._sleep = sleep
        # By address: when its window began, and its wrong keys and sessions since.
        self._wrong: dict[str, tuple[float, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        shown = self._reader.read(scope)
        caller = await self._caller(shown)
        if caller is _ENDED and (word := self._reader.word_of_proxy(scope)):
            shown, caller = word, await self._caller(word)
        state = scope.setdefault("state", {})
        state["credential"] = shown
        if isinstance(caller, Problem):
            if caller in (_WRONG_KEY, _ENDED) and self._count_wrong(scope) > _WRONG_KEYS:
                await self._sleep(_PAUSE_S)
            await reject(scope, send, _answer(caller, shown))
            return
        asks = replace(caller, address=_address(scope), correlation_id=correlation_id(scope))
        state["caller"] = asks
        if shown.is_ambient and lacks_csrf_header(scope):
            await reject(scope, send, _NO_CSRF)
            return
        with as_caller(asks):
            if caller.key_id or shown.is_ambient:
                await self._work_while_same(shown, caller, scope, receive, send)
            else:
                await self._app(scope, receive, send)

    async def _caller(self, shown: Credential) -> Caller | Problem:
        nobody = _NO_KEY if self._required else LOCAL
        try:
            match shown.kind:
                case "key":
                    if not shown.value:
                        return _NO_KEY
                    return await self._callers.caller(shown.value) or _WRONG_KEY
                case "session":
                    found = await self._callers.of_session(shown.value)
                    return found or (_ENDED if self._required else LOCAL)
                case "proxy":
                    return await self._callers.named(shown.value) or _NO_PERSON
            return nobody
        except QuireError as error:
            return problem_of(error)

    async def _work_while_same(
        self, shown: Credential, caller: Caller, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Run the application; end it when the key stops opening, or opens something else."""
        response = _Response(send)
        loop = asyncio.get_running_loop()
        watches: list[asyncio.Task[Problem]] = []
        try:
            async with asyncio.timeout(None) as deadline:

                def watch() -> None:
                    watches.append(loop.create_task(self._watch(shown, caller, deadline)))

                watching = loop.call_later(RECHECK_S, watch)
                try:
                    await self._app(scope, receive, response.send)
                finally:
                    watching.cancel()
                    for each in watches:
                        each.cancel()
        except TimeoutError:
            if not deadline.expired():
                raise
            await response.end(scope, _answer(watches[0].result(), shown))

    async def _watch(self, shown: Credential, caller: Caller, deadline: asyncio.Timeout) -> Problem:
        """Expire the deadline when the credential opens nothing or something else; return which."""
        while True:
            now = await self._caller(shown)
            if isinstance(now, Caller) and replace(now, name=caller.name) != caller:
                now = _CHANGED
            # A database that can't be reached ends nothing: the credential is looked up again.
            if isinstance(now, Problem) and now in (_WRONG_KEY, _ENDED, _NO_PERSON, _CHANGED):
                deadline.reschedule(asyncio.get_running_loop().time())
                return now
            await asyncio.sleep(RECHECK_S)

    def _count_wrong(self, scope: Scope) -> int:
        """Count a wrong key of the client's address; return how many it sent in this window."""
        address, now = _address(scope), self._clock()
        began, count = self._wrong.get(address, (now, 0))
        if now - began > _WINDOW_S:
            began, count = now, 0
        if len(self._wrong) >= _MAX_ADDRESSES:
            self._wrong.clear()
        self._wrong[address] = (began, count + 1)
        return count + 1


class _Response:
    """A response that can be ended early."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last: Message = {"type": ""}

    async def send(self, message: Message) -> None:
        self._last = message
        await self._send(message)

    async def end(self, scope: Scope, problem: Problem) -> None:
        """End the response where it is, or answer with the problem if it has not begun."""
        if scope["type"] == "websocket":
            await self._send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        elif not self._last["type"]:
            await reject(scope, self._send, problem)
        elif self._last["type"] == "http.response.start" or self._last.get("more_body"):
            # Fails if a length was announced; the connection is closed then.
            with contextlib.suppress(RuntimeError):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _answer(problem: Problem, shown: Credential) -> Problem:
    """Return the problem as it is sent: scripts can't remove the cookie of an ended session."""
    if problem is not _ENDED:
        return problem
    removed = {"Set-Cookie": session_cookie(shown.cookie, "", 0)}
    return replace(problem, headers={**problem.headers, **removed})


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
