"""/api/v1/collections and /grants: who owns a collection, and who has which right on it.

The owner of a collection, and everyone who may manage it, gives rights on it.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.routes.documents import Cursor, Limit
from services.gateway.routes.principals import find_group, find_principal
from services.gateway.schemas.base import Collection
from services.gateway.schemas.identities import (
    CollectionChange,
    CollectionPage,
    CollectionView,
    GrantPage,
    GrantView,
    NewCollection,
    NewGrant,
    Reference,
)
from shared.database.schema import CollectionRow, Grant
from shared.domain.caller import asking
from shared.domain.errors import Conflict
from shared.http import cursors
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import access, audit_log, collections, principals

router = APIRouter(tags=["collections"], route_class=StrictRoute)

_UNKNOWN = problems(
    status_403="You may read the collection, but not manage it",
    status_404="The collection, principal or group does not exist",
)
_NO_COLLECTION = "No collection of this name is open to you."


@router.get(
    "/api/v1/collections",
    response_model=CollectionPage,
    summary="List the collections you may read",
)
async def list_collections(deps: Deps, cursor: Cursor = None, limit: Limit = 50) -> Response:
    return json_response(await deps.database.read(_page, cursor, limit))


@router.post(
    "/api/v1/collections",
    status_code=201,
    response_model=CollectionView,
    responses=problems(
        status_403="Only administrators make collections",
        status_404="The owner does not exist",
        status_409="The collection exists",
    ),
    summary="Make a collection",
)
async def make_collection(given: NewCollection, deps: Deps) -> Response:
    if not asking().is_admin:
        raise refusal(403, "forbidden", "Only administrators make collections.")
    return json_response(await deps.database.transact(_make, given), 201)


@router.patch(
    "/api/v1/collections/{name}",
    response_model=CollectionView,
    responses=_UNKNOWN,
    summary="Give a collection to another owner",
)
async def change_collection(name: Collection, change: CollectionChange, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_change, name, change.owner))


@router.get(
    "/api/v1/grants", response_model=GrantPage, summary="List rights on collections you manage"
)
async def list_grants(
    deps: Deps,
    collection: Annotated[Collection | None, Query()] = None,
    principal: Annotated[Reference | None, Query(description="Only rights of this one")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    page = await deps.database.read(_grant_page, collection, principal, cursor, limit)
    return json_response(page)


@router.post(
    "/api/v1/grants",
    status_code=201,
    response_model=GrantView,
    responses=_UNKNOWN,
    summary="Give a right on a collection to a principal or a group",
)
async def make_grant(given: NewGrant, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_grant, given), 201)


@router.delete(
    "/api/v1/grants/{grant_id:uuid}",
    status_code=204,
    response_class=Response,
    responses=problems(status_404="The right does not exist"),
    summary="Take a right away",
)
async def remove_grant(grant_id: UUID, deps: Deps) -> Response:
    await deps.database.transact(_revoke, str(grant_id))
    return Response(status_code=204)


def _managed(session: Session, name: str) -> CollectionRow:
    """Return a collection that the caller may manage. Refusal: 404, or 403 if it may read it."""
    found = collections.get(session, name)
    if found is None:
        raise refusal(404, "not_found", _NO_COLLECTION)
    if not access.has_right(session, name, "manage"):
        raise refusal(403, "forbidden", "You may read this collection, but not manage it.")
    return found


def _page(session: Session, cursor: str | None, limit: int) -> CollectionPage:
    after = cursors.read_name(cursor) if cursor else ""
    found = collections.page(session, after=after, limit=limit + 1)
    shown = found[:limit]
    return CollectionPage(
        collections=[
            CollectionView.from_columns(row, owner=owner, documents=number)
            for row, owner, number in shown
        ],
        next_cursor=cursors.after_name(shown[-1][0].name) if len(found) > limit else None,
    )


def _view(session: Session, name: str) -> CollectionView:
    row = collections.get(session, name)
    assert row is not None
    owner = principals.names_of(session, [row.owner_id]).get(row.owner_id)
    number = collections.count_documents(session, name)
    return CollectionView.from_columns(row, owner=owner, documents=number)


def _make(session: Session, given: NewCollection) -> CollectionView:
    owner = find_principal(session, given.owner).principal_id if given.owner else ""
    if not collections.ensure(session, given.name, owner):
        raise Conflict("A collection of this name exists.")
    audit_log.record(session, "collection.create", given.name, owner=owner)
    return _view(session, given.name)


def _change(session: Session, name: str, owner: str) -> CollectionView:
    _managed(session, name)
    to = find_principal(session, owner).principal_id
    # Who gives a collection away may have no right on it afterwards.
    with access.as_system():
        collections.set_owner(session, name, to)
        view = _view(session, name)
    audit_log.record(session, "collection.change", name, owner=to)
    return view


def _grant_page(
    session: Session,
    collection: str | None,
    principal: str | None,
    cursor: str | None,
    limit: int,
) -> GrantPage:
    named = principal is not None and "\0" not in principal
    holder = principals.find(session, principal) if principal and named else None
    if principal and holder is None:
        # As of one that has no rights here: which principals exist is for administrators.
        return GrantPage(grants=[], next_cursor=None)
    found = collections.grants(
        session,
        collection=collection,
        principal_id=holder.principal_id if holder else None,
        after=cursors.read_name(cursor) if cursor else "",
        limit=limit + 1,
    )
    shown = found[:limit]
    return GrantPage(
        grants=[_grant_view(row, principal, group) for row, principal, group in shown],
        next_cursor=cursors.after_name(shown[-1][0].grant_id) if len(found) > limit else None,
    )


def _grant_view(row: Grant, principal: str | None, group: str | None) -> GrantView:
    return GrantView.from_columns(row, principal=principal, group=group, right=row.access)


def _grant(session: Session, given: NewGrant) -> GrantView:
    _managed(session, given.collection)
    principal = find_principal(session, given.principal) if given.principal else None
    group = find_group(session, given.group) if given.group else None
    row = collections.grant(
        session,
        given.collection,
        given.right,
        principal_id=principal.principal_id if principal else None,
        group_id=group.group_id if group else None,
    )
    holder = row.principal_id or row.group_id
    audit_log.record(session, "grant.create", given.collection, to=holder, right=given.right)
    return _grant_view(row, principal.name if principal else None, group.name if group else None)


def _revoke(session: Session, grant_id: str) -> None:
    found = collections.find_grant(session, grant_id)
    if found is None:
        raise refusal(404, "not_found", "No right of a collection that you manage has this id.")
    collections.revoke(session, grant_id)
    holder = found.principal_id or found.group_id
    audit_log.record(session, "grant.delete", found.collection, of=holder, right=found.access)
