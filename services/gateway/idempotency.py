"""`Idempotency-Key`: a repeated request gets the response of the first one.

The response is stored in the transaction that does the work, so that neither exists alone. A key
belongs to the caller that sent it and is kept for a day.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from shared.http.problems import refusal
from shared.repositories import idempotency_keys

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class StoredResponse:
    """A response that can be stored: status, JSON body, headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IdempotencyKey:
    """Digests of a caller's key and of the request that it sent under the key."""

    key: str
    fingerprint: str


def idempotency_key(request: Request, *parts: Any) -> IdempotencyKey | None:
    """Return the request's key with a fingerprint of its route and `parts`; None without a key.

    Refusal: the key is not valid.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise refusal(
            422, "invalid_request", "Send an Idempotency-Key of 1 to 255 visible ASCII characters."
        )
    caller = request.state.caller.principal_id
    sent = json.dumps([request.method, request.url.path, parts], sort_keys=True)
    return IdempotencyKey(_digest(f"{caller}\n{given}"), _digest(sent))


def load_response(session: Session, key: IdempotencyKey) -> StoredResponse | None:
    """Return the response stored under the key, or None.

    Refusal: the key was used for another request.
    """
    found = idempotency_keys.find(session, key.key)
    if found is None:
        return None
    fingerprint, response = found
    if fingerprint != key.fingerprint:
        raise refusal(
            422,
            "idempotency_conflict",
            "This Idempotency-Key was used for another request. Send a new key.",
        )
    return StoredResponse(**response)


def save_response(session: Session, key: IdempotencyKey, response: StoredResponse) -> None:
    """Store the response; raise AlreadyStored if another request has stored one under the key."""
    idempotency_keys.create(session, key.key, key.fingerprint, asdict(response))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
