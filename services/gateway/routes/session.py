"""/api/v1/session: a browser signs in with a key once, and keeps a cookie that stands for it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.schemas.identities import SessionView, SignIn
from shared.http.app import StrictRoute
from shared.http.credentials import PLAIN_COOKIE, SESSION_COOKIE, Credential, hash_of, is_secure
from shared.http.problems import refusal
from shared.repositories import audit_log, sessions

router = APIRouter(tags=["principals"], route_class=StrictRoute)

PATH = "/api/v1/session"
# Of a computer that only its user has, as the browser's own store of passwords.
_REMEMBERED = timedelta(days=30)
_NEEDS_KEY = "Send the API key to sign in with as `Authorization: Bearer <key>`."


@router.post(
    PATH,
    status_code=201,
    response_model=SessionView,
    responses=problems(status_422="The request has no key"),
    summary="Sign a browser in: it keeps a cookie instead of the key",
)
async def sign_in(request: Request, deps: Deps, given: SignIn | None = None) -> Response:
    """Answer with a cookie that scripts can't read; it opens what the key opens, while it does."""
    credential: Credential = request.state.credential
    if credential.kind != "key":
        raise refusal(422, "invalid_request", _NEEDS_KEY)
    remember = given is not None and given.remember
    lasts = _REMEMBERED if remember else timedelta(hours=deps.settings.session_hours)
    expires_at = datetime.now(UTC) + lasts
    token = secrets.token_urlsafe(32)
    await deps.database.transact(_begin, hash_of(token.encode()), credential.value, expires_at)
    caller = request.state.caller
    view = SessionView(principal_id=caller.principal_id, name=caller.name, expires_at=expires_at)
    response = json_response(view, 201)
    # Without an age, the browser drops it when it is closed.
    _set_cookie(request, deps, response, token, int(lasts.total_seconds()) if remember else None)
    return response


@router.delete(
    PATH, status_code=204, response_class=Response, summary="Sign this browser out, everywhere"
)
async def sign_out(request: Request, deps: Deps) -> Response:
    """End the session of the cookie: within five seconds on every gateway, streams included."""
    credential: Credential = request.state.credential
    if credential.kind == "session":
        await deps.database.transact(_end, credential.value)
        request.app.state.keyring.forget()
    response = Response(status_code=204)
    _set_cookie(request, deps, response, "", 0)
    return response


def _set_cookie(
    request: Request, deps: Deps, response: Response, value: str, max_age: int | None
) -> None:
    secure = is_secure(request.scope, deps.settings.public_url)
    response.set_cookie(
        SESSION_COOKIE if secure else PLAIN_COOKIE,
        value,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def _begin(session: Session, token_hash: str, key_hash: str, expires_at: datetime) -> None:
    session_id = sessions.create(session, token_hash, key_hash, expires_at)
    audit_log.record(session, "session.begin", session_id)


def _end(session: Session, token_hash: str) -> None:
    if session_id := sessions.remove(session, token_hash):
        audit_log.record(session, "session.end", session_id)
