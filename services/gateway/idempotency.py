"""`Idempotency-Key`: the same request again gets the answer of the first one.

The answer is stored in the transaction that did the work, so there is never one without the other.
Keys belong to the caller that sent them, and are remembered for a day.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.requests import Request

from shared.database import sql
from shared.database.schema import IdempotencyKey
from shared.http.problems import refusal

REMEMBERED_S = 24 * 3600.0
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Answer:
    """An answer that can be stored: status, JSON body, headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Once:
    """A client's key, and the fingerprint of what it sent under it."""

    key: str
    fingerprint: str


def once(request: Request, *parts: Any) -> Once | None:
    """The request's key with a fingerprint of its route and `parts`. None: it has no key."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise refusal(422, "invalid_request", "Idempotency-Key: 1 to 255 visible ASCII characters.")
    caller = getattr(request.state, "caller", "")
    sent = json.dumps([request.method, request.url.path, parts], sort_keys=True)
    return Once(_digest(f"{caller}\n{given}"), _digest(sent))


def recall(session: Session, once: Once) -> Answer | None:
    """The answer that was given under this key. Refusal: to another request."""
    found = session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.response).where(
            IdempotencyKey.key == once.key, IdempotencyKey.created_at > sql.now(-REMEMBERED_S)
        )
    ).first()
    if found is None:
        return None
    if found.fingerprint != once.fingerprint:
        raise refusal(
            422, "idempotency_conflict", "This Idempotency-Key was used for another request."
        )
    return Answer(**found.response)


def remember(session: Session, once: Once, answer: Answer) -> None:
    """Store the answer under the key, and forget keys that are too old."""
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at <= sql.now(-REMEMBERED_S))
        .execution_options(synchronize_session=False)
    )
    session.add(IdempotencyKey(key=once.key, fingerprint=once.fingerprint, response=asdict(answer)))
    session.flush()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
