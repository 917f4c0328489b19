"""Which callers may enter which part of the API, by their roles. Rights on documents come after it.

A path that no area names is for administrators, so that a new route is closed until it gets one.
"""

from __future__ import annotations

from typing import Literal

from shared.domain.caller import Caller
from shared.http.middleware import App, Receive, Scope, Send, reject
from shared.http.problems import OPENAI, Problem

# everyone: any caller, bounded by its rights on collections; others: administrators, and callers
# with this role.
Area = Literal["everyone", "operator", "metrics", "admin"]

_API = "/api/v1/"
_EVERYONE = frozenset(
    "collections conversations documents events grants me processing query session ws".split()
)
# OpenAI's routes, by the segment after `/v1/`.
_OPENAI = frozenset("chat embeddings files models vector_stores".split())
_OPERATOR = frozenset({"ops"})
# Paths outside of the API. The description of the API has no data.
_OUTSIDE: dict[str, Area] = {
    "/mcp": "everyone",
    "/metrics": "metrics",
    "/openapi.json": "everyone",
    "/ws": "everyone",
}

_FORBIDDEN = Problem(
    403, "forbidden", "Your key does not allow this. Ask an administrator for the role it needs."
)


def area_of(path: str) -> Area:
    """Return the area of a path; the longest prefix that is known is its first segment."""
    if path.startswith(OPENAI) and path.removeprefix(OPENAI).partition("/")[0] in _OPENAI:
        return "everyone"
    if not path.startswith(_API):
        return _OUTSIDE.get(path, "admin")
    first = path.removeprefix(_API).partition("/")[0]
    if first in _EVERYONE:
        return "everyone"
    return "operator" if first in _OPERATOR else "admin"


def may_enter(caller: Caller, area: Area) -> bool:
    """Return whether a caller's roles open an area."""
    if caller.is_admin:
        return True
    if area == "everyone":
        return not caller.reads_metrics_only
    if area == "metrics":
        return not caller.roles.isdisjoint({"metrics", "operator"})
    return area in caller.roles


class AreaGuard:
    """Rejects requests to areas that their caller's roles do not open."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller | None = scope.get("state", {}).get("caller")
        if caller is None or may_enter(caller, area_of(scope["path"])):
            await self._app(scope, receive, send)
        else:
            await reject(scope, send, _FORBIDDEN)
