"""The API of a Quire server as MCP tools ask it, and the values that tools give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson


@dataclass(frozen=True)
class Request:
    """A request to a path of the API."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class Reply:
    """The whole response to a request."""

    status: int
    body: bytes


class Api(Protocol):
    """Sends requests with the credentials of the caller that the MCP server works for.

    address  of the server as people reach it, without a slash at its end
    """

    @property
    def address(self) -> str: ...

    async def send(self, request: Request) -> Reply: ...


class ToolFailure(Exception):
    """A tool could not do what was asked; the model reads `detail`, programs read `code`."""

    def __init__(self, detail: str, *, code: str, status: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Picture:
    """A picture that a tool returns."""

    data: bytes
    media_type: str = "image/png"


async def get(api: Api, path: str, **parameters: object) -> Any:
    """Return the JSON of a path; parameters that are None or empty are not sent.

    ToolFailure: the server refuses.
    """
    return orjson.loads(await get_bytes(api, path, **parameters))


async def get_bytes(api: Api, path: str, **parameters: object) -> bytes:
    """Return the content of a path, as `get` does."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return await send(api, Request("GET", path, urlencode(given)))


async def post(api: Api, path: str, body: Mapping[str, Any]) -> Any:
    """Return the JSON that answers a JSON body. ToolFailure: the server refuses."""
    return orjson.loads(await send(api, Request("POST", path, body=orjson.dumps(body))))


async def send(api: Api, request: Request) -> bytes:
    """Return the body of a successful response. ToolFailure: the server refuses."""
    reply = await api.send(request)
    if 200 <= reply.status < 300:
        return reply.body
    raise _failure(reply)


def _failure(reply: Reply) -> ToolFailure:
    """Return the failure of a problem document, or of a response by something before the server."""
    try:
        problem = orjson.loads(reply.body)
        detail, code = str(problem["detail"]), str(problem["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        detail, code = f"The server answered {reply.status}.", "http_error"
    return ToolFailure(detail, code=code, status=reply.status)
