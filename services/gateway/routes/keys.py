"""/api/v1/keys: makes, rotates and revokes keys. A key is shown once; its hash is stored."""

from __future__ import annotations

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.routes.documents import Cursor, Limit
from services.gateway.routes.principals import find_principal
from services.gateway.schemas.identities import (
    KeyPage,
    KeyView,
    MadeKey,
    NewKey,
    Reference,
    Rotation,
)
from shared.database.schema import Key
from shared.domain.caller import LOCAL
from shared.domain.errors import Conflict
from shared.http import cursors
from shared.http.app import StrictRoute
from shared.http.auth import hint_of, new_key
from shared.http.credentials import hash_of
from shared.http.problems import refusal
from shared.repositories import access, audit_log, keys, principals

router = APIRouter(tags=["keys"], route_class=StrictRoute)

_ONE = "/api/v1/keys/{key_id:uuid}"
_UNKNOWN = problems(status_404="The key does not exist")


@router.get("/api/v1/keys", response_model=KeyPage, summary="List keys, revoked ones included")
async def list_keys(
    deps: Deps,
    principal: Annotated[Reference | None, Query(description="Only keys of this one")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    return json_response(await deps.database.read(_page, principal, cursor, limit))


@router.post(
    "/api/v1/keys",
    status_code=201,
    response_model=MadeKey,
    responses=problems(status_404="The principal does not exist"),
    summary="Make a key; its secret is in this response only",
)
async def make_key(given: NewKey, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_make, given, _secret()), 201)


@router.post(
    f"{_ONE}/rotate",
    status_code=201,
    response_model=MadeKey,
    responses={**_UNKNOWN, **problems(status_409="The key does not open any more")},
    summary="Make a key like this one, which expires soon",
)
async def rotate_key(
    key_id: UUID, request: Request, deps: Deps, given: Rotation | None = None
) -> Response:
    seconds = (given or Rotation()).overlap_seconds
    made = await deps.database.transact(_rotate, str(key_id), seconds, _secret())
    request.app.state.keyring.forget()
    return json_response(made, 201)


@router.delete(
    _ONE,
    response_model=KeyView,
    responses=_UNKNOWN,
    summary="Revoke a key: within five seconds it opens nothing, and its streams end",
)
async def revoke_key(key_id: UUID, request: Request, deps: Deps) -> Response:
    view = await deps.database.transact(_revoke, str(key_id))
    request.app.state.keyring.forget()
    return json_response(view)


def _secret() -> str:
    return new_key(secrets.token_urlsafe(32))


def _page(session: Session, principal: str | None, cursor: str | None, limit: int) -> KeyPage:
    owner = find_principal(session, principal).principal_id if principal else None
    after = cursors.read_name(cursor) if cursor else ""
    found = keys.page(session, principal_id=owner, after=after, limit=limit + 1)
    shown = found[:limit]
    return KeyPage(
        keys=[KeyView.from_columns(key, principal=name) for key, name in shown],
        next_cursor=cursors.after_name(shown[-1][0].key_id) if len(found) > limit else None,
    )


def _make(session: Session, given: NewKey, secret: str) -> MadeKey:
    owner = find_principal(session, given.principal)
    row = keys.create(
        session,
        principal_id=owner.principal_id,
        name=given.name,
        hint=hint_of(secret),
        key_hash=hash_of(secret.encode()),
        scopes=given.scopes,
        expires_at=given.expires_at,
    )
    audit_log.record(
        session, "key.create", row.key_id, principal=owner.principal_id, scopes=row.scopes
    )
    return MadeKey.from_columns(row, principal=owner.name, key=secret)


def make_as_administrator(session: Session, given: NewKey) -> MadeKey:
    """Make a key for who can write to the database itself; the administrator always exists."""
    principals.ensure(session, LOCAL.principal_id, LOCAL.name)
    with access.acting_for(LOCAL):
        return _make(session, given, _secret())


def _rotate(session: Session, key_id: str, overlap_s: int, secret: str) -> MadeKey:
    old, owner = _known(session, key_id)
    if not keys.is_usable(session, key_id):
        raise Conflict("This key is revoked or has expired. Make a new one.")
    row = keys.create(
        session,
        principal_id=old.principal_id,
        name=old.name,
        hint=hint_of(secret),
        key_hash=hash_of(secret.encode()),
        scopes=old.scopes,
        expires_at=old.expires_at,
    )
    keys.expire(session, key_id, overlap_s)
    audit_log.record(session, "key.rotate", key_id, to=row.key_id, overlap_s=overlap_s)
    return MadeKey.from_columns(row, principal=owner, key=secret)


def _revoke(session: Session, key_id: str) -> KeyView:
    _, owner = _known(session, key_id)
    if keys.revoke(session, key_id):
        audit_log.record(session, "key.revoke", key_id)
    return KeyView.from_columns(keys.get(session, key_id), principal=owner)


def _known(session: Session, key_id: str) -> tuple[Key, str]:
    """Return a key and the name of its principal. Refusal: 404."""
    found = keys.get(session, key_id)
    if found is None:
        raise refusal(404, "not_found", "No key has this id.")
    names = principals.names_of(session, [found.principal_id])
    return found, names.get(found.principal_id, "")
