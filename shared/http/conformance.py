"""Makes the answers of frameworks uniform: HEAD wherever GET is, and every error as a problem."""

from __future__ import annotations

from collections.abc import Callable

from shared.http.middleware import App, Message, Receive, Scope, Send, send_problem
from shared.http.problems import MEDIA_TYPE, Problem

# Headers that describe a body which is not sent.
_OF_BODY = frozenset({"content-type", "content-length", "content-encoding", "etag"})
_KEEPS_JSON = "keeps_json_errors"


class _HeadersSent(Exception):
    """Ends an application whose body nobody receives, such as an endless stream."""


class HeadAsGet:
    """Answers HEAD with status and headers of the GET response, without running its stream."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        # A copy, because the server drops the body of a response whose scope says HEAD.
        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive, _without_body(send))
        except _HeadersSent:
            pass
        finally:
            if "route" in as_get:
                scope["route"] = as_get["route"]


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        await send({"type": "http.response.body", "body": b""})
        if message.get("more_body"):
            raise _HeadersSent

    return send_headers


def keep_json_errors(scope: Scope) -> None:
    """Let the JSON of this request's errors pass: they are of a protocol of their own."""
    scope.setdefault("state", {})[_KEEPS_JSON] = True


class ErrorsAsProblems:
    """Replaces the body of an error that is not a problem document; `describe` names the error."""

    def __init__(self, app: App, describe: Callable[[int], Problem]) -> None:
        self._app = app
        self._describe = describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        replaced = False

        async def send_problems(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_plain_error(message, scope):
                replaced = True
                problem = self._describe(message["status"])
                await send_problem(scope, send, _with_headers_of(message, problem))
            elif not replaced:
                await send(message)

        await self._app(scope, receive, send_problems)


def _is_plain_error(message: Message, scope: Scope) -> bool:
    if message["status"] < 400:
        return False
    types = [value for key, value in message.get("headers", ()) if key.lower() == b"content-type"]
    if types == [b"application/json"] and scope.get("state", {}).get(_KEEPS_JSON):
        return False
    return types != [MEDIA_TYPE.encode()]


def _with_headers_of(message: Message, problem: Problem) -> Problem:
    kept = {
        key.decode("latin-1").lower(): value.decode("latin-1")
        for key, value in message.get("headers", ())
    }
    headers = {key: value for key, value in kept.items() if key not in _OF_BODY}
    return Problem(problem.status, problem.code, problem.detail, {**headers, **problem.headers})
