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
from shared.http.credentials import Credential, cookie_name, hash_of, session_cookie
from shared.http.problems import refusal
from shared.repositories import audit_log, sessions

router = APIRouter(tags=["principals"], route_class=StrictRoute)

PATH = "/api/v1/session"
# Of a computer that only its user has, as the browser's own store of passwords.
_REMEMBERED = timedelta(days=30)
# Of one key: a person has a few browsers, and a program that signs in each time would store a row
# for each. Two that sign in at the same moment may leave one more.
_MOST_SESSIONS = 20
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
    hashes = (hash_of(token.encode()), credential.value)
    if await deps.database.transact(_begin, *hashes, expires_at):
        request.app.state.keyring.forget()
    caller = request.state.caller
    view = SessionView(principal_id=caller.principal_id, name=caller.name, expires_at=expires_at)
    response = json_response(view, 201)
    name = cookie_name(request.scope, deps.settings.public_url)
    # Without an age, the browser drops it when it is closed.
    max_age = int(lasts.total_seconds()) if remember else None
    response.headers["Set-Cookie"] = session_cookie(name, token, max_age)
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
    name = credential.cookie or cookie_name(request.scope, deps.settings.public_url)
    response.headers["Set-Cookie"] = session_cookie(name, "", 0)
    return response


def _begin(session: Session, token_hash: str, key_hash: str, expires_at: datetime) -> bool:
    """Store a session; return whether older ones of its key were ended for it."""
    ended = sessions.remove_oldest(session, key_hash, keep=_MOST_SESSIONS - 1)
    for each in ended:
        audit_log.record(session, "session.end", each)
    session_id = sessions.create(session, token_hash, key_hash, expires_at)
    audit_log.record(session, "session.begin", session_id)
    return bool(ended)


def _end(session: Session, token_hash: str) -> None:
    if session_id := sessions.remove(session, token_hash):
        audit_log.record(session, "session.end", session_id)
