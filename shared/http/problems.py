"""Errors as HTTP responses: RFC 9457 problem details, each with a stable `code`. No I/O.

The response to an unexpected error has only the correlation id; the log has the details under it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from shared.domain import errors

MEDIA_TYPE = "application/problem+json"
# Seconds; short, because most outages are one reconnect or restart.
RETRY_AFTER_S = 2
# Below this path, a problem also has the member `error` that clients of OpenAI read.
OPENAI = "/v1/"
_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True)
class Problem:
    """An error response: HTTP status, code, a sentence for its reader, and extra members."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)

    def body(self, *, instance: str, correlation_id: str) -> bytes:
        """Return the `application/problem+json` document."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": _title(self.status),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "instance": instance,
            "correlation_id": correlation_id,
            **self.members,
        }
        if instance.startswith(OPENAI):
            document["error"] = self._for_openai()
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")

    def _for_openai(self) -> dict[str, Any]:
        """Return the error object of OpenAI's API; `param` is the first field that is not valid."""
        wrong = self.members.get("errors") or [{"field": None}]
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {
            "message": self.detail,
            "type": _OPENAI_TYPES.get(self.status, kind),
            "param": wrong[0]["field"],
            "code": self.code,
        }


class Refusal(Exception):
    """Ends a request with a problem that the request itself causes."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refusal(status: int, code: str, detail: str, **members: Any) -> Refusal:
    """Return the exception to raise for a refusal without headers.

    Example: `raise refusal(404, "not_found", "No document has this id.")`.
    """
    return Refusal(Problem(status, code, detail, members=members))


def message_of(error: Mapping[str, Any]) -> str:
    """Return the message of one of pydantic's validation errors, without its prefix."""
    return str(error["msg"]).removeprefix("Value error, ")


UNEXPECTED = Problem(500, "internal", errors.QuireError().message)

# Status and code by the nearest class; None stands for the error's `code`.
_KNOWN: dict[type[errors.QuireError], tuple[int, str | None]] = {
    errors.UnsupportedType: (415, None),
    errors.TooLarge: (413, None),
    errors.PermanentError: (422, None),
    errors.Conflict: (409, "conflict"),
    errors.Unavailable: (503, "unavailable"),
    errors.TransientError: (503, "unavailable"),
}


def problem_of(error: BaseException) -> Problem:
    """Return the problem that describes an error; `UNEXPECTED` if no class of it is known."""
    if isinstance(error, Refusal):
        return error.problem
    for kind in type(error).__mro__:
        if kind in _KNOWN and isinstance(error, errors.QuireError):
            status, code = _KNOWN[kind]
            pause = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
            return Problem(status, code or error.code, error.message, headers=pause)
    return UNEXPECTED


_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    422: "invalid_request",
    429: "too_many_requests",
}


def code_of_status(status: int) -> str:
    """Return the code of a problem that has only a status."""
    return _CODES.get(status, "http_error")


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
