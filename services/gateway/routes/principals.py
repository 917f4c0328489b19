"""/api/v1/principals, /groups and /me: who may act, for administrators, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from services.gateway.dependencies import Deps
from services.gateway.responses import json_response, problems
from services.gateway.routes.documents import Cursor, Limit
from services.gateway.schemas.identities import (
    GroupPage,
    GroupView,
    HandedOver,
    HandOver,
    Me,
    NewGroup,
    NewPrincipal,
    PrincipalChange,
    PrincipalPage,
    PrincipalView,
)
from shared.database.schema import Group, Principal
from shared.domain.caller import FIRST_ADMINISTRATOR, RIGHTS, Caller, Right
from shared.http import cursors
from shared.http.app import StrictRoute
from shared.http.problems import refusal
from shared.repositories import access, audit_log, belongings, groups, principals

router = APIRouter(tags=["principals"], route_class=StrictRoute)

PRINCIPAL = "/api/v1/principals/{principal_id}"
GROUP = "/api/v1/groups/{group_id}"
_TAKEN = problems(status_409="The name is taken, or no administrator would be left")
_LOCAL = (
    "Programs of this computer act as this administrator while no keys are asked for. Set"
    " QUIRE_AUTH=keys and restart the server first."
)
NDJSON = "application/x-ndjson"
LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {"schema": {"type": "string"}}}, "description": "JSON lines"}
}


def _unknown(what: str) -> dict[int | str, dict[str, Any]]:
    return problems(status_404=f"The {what} does not exist")


@router.get("/api/v1/me", response_model=Me, summary="Show who you are and what you may do")
async def show_me(request: Request, deps: Deps) -> Response:
    signed_in = request.state.credential.kind == "session"
    return json_response(await deps.database.read(_me, request.state.caller, signed_in))


@router.get("/api/v1/principals", response_model=PrincipalPage, summary="List principals")
async def list_principals(deps: Deps, cursor: Cursor = None, limit: Limit = 50) -> Response:
    return json_response(await deps.database.read(_page, cursor, limit))


@router.post(
    "/api/v1/principals",
    status_code=201,
    response_model=PrincipalView,
    responses=_TAKEN,
    summary="Make a principal",
)
async def make_principal(given: NewPrincipal, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_make, given), 201)


@router.get(
    PRINCIPAL,
    response_model=PrincipalView,
    responses=_unknown("principal"),
    summary="Show a principal; its name will do instead of its id",
)
async def show_principal(principal_id: str, deps: Deps) -> Response:
    found = await deps.database.read(find_principal, principal_id)
    return json_response(PrincipalView.from_columns(found))


@router.patch(
    PRINCIPAL,
    response_model=PrincipalView,
    responses={**_unknown("principal"), **_TAKEN},
    summary="Change name, e-mail, roles or state",
)
async def change_principal(
    principal_id: str, change: PrincipalChange, request: Request, deps: Deps
) -> Response:
    view = await deps.database.transact(_change, principal_id, change.changes(), _fixed(request))
    request.app.state.keyring.forget()
    return json_response(view)


@router.post(
    f"{PRINCIPAL}/hand-over",
    response_model=HandedOver,
    responses=_unknown("principal"),
    summary="Give what a principal owns to another one",
)
async def hand_over(principal_id: str, given: HandOver, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_hand_over, principal_id, given.to))


@router.get(
    f"{PRINCIPAL}/export",
    response_class=Response,
    responses={**LINES, **_unknown("principal")},
    summary="Export all that belongs to a principal, as JSON lines",
)
async def export_principal(principal_id: str, deps: Deps) -> Response:
    found = await deps.database.transact(_begin_export, principal_id)

    async def lines() -> AsyncIterator[bytes]:
        for part in belongings.PARTS:
            after: belongings.Place = None
            while True:
                rows, after = await deps.database.read(belongings.page, part, found, after)
                for row in rows:
                    yield orjson.dumps({"type": part, **row}) + b"\n"
                if after is None:
                    break

    return StreamingResponse(lines(), media_type=NDJSON)


@router.get("/api/v1/groups", response_model=GroupPage, summary="List groups and their members")
async def list_groups(deps: Deps, cursor: Cursor = None, limit: Limit = 50) -> Response:
    return json_response(await deps.database.read(_group_page, cursor, limit))


@router.post(
    "/api/v1/groups",
    status_code=201,
    response_model=GroupView,
    responses=problems(status_409="The name is taken"),
    summary="Make a group",
)
async def make_group(given: NewGroup, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_make_group, given.name), 201)


@router.delete(
    GROUP,
    status_code=204,
    response_class=Response,
    responses=_unknown("group"),
    summary="Delete a group and its rights",
)
async def delete_group(group_id: str, deps: Deps) -> Response:
    await deps.database.transact(_delete_group, group_id)
    return Response(status_code=204)


@router.put(
    f"{GROUP}/members/{{principal_id}}",
    response_model=GroupView,
    responses=_unknown("group or principal"),
    summary="Put a principal in a group",
)
async def add_member(group_id: str, principal_id: str, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_set_member, group_id, principal_id, True))


@router.delete(
    f"{GROUP}/members/{{principal_id}}",
    response_model=GroupView,
    responses=_unknown("group or principal"),
    summary="Take a principal out of a group",
)
async def remove_member(group_id: str, principal_id: str, deps: Deps) -> Response:
    return json_response(await deps.database.transact(_set_member, group_id, principal_id, False))


def find_principal(session: Session, id_or_name: str) -> Principal:
    """Return a principal. Refusal: 404."""
    found = None if "\0" in id_or_name else principals.find(session, id_or_name)
    if found is None:
        raise refusal(404, "not_found", "No principal has this id or name.")
    return found


def find_group(session: Session, id_or_name: str) -> Group:
    """Return a group. Refusal: 404."""
    found = None if "\0" in id_or_name else groups.find(session, id_or_name)
    if found is None:
        raise refusal(404, "not_found", "No group has this id or name.")
    return found


def _me(session: Session, caller: Caller, signed_in: bool) -> Me:
    rights: dict[str, Right] | None = None
    if not caller.has_everywhere("manage"):
        # In ascending order, so that the highest right on a collection stays.
        rights = {
            name: right for right in RIGHTS for name in access.collections_of(session, right) or ()
        }
        if caller.has_everywhere("read"):
            rights = {"*": caller.limit or "read"}
    return Me(
        principal_id=caller.principal_id,
        name=caller.name,
        roles=sorted(caller.roles),
        key_id=caller.key_id or None,
        signed_in=signed_in,
        rights=rights,
    )


def _page(session: Session, cursor: str | None, limit: int) -> PrincipalPage:
    after = cursors.read_name(cursor) if cursor else ""
    found = principals.page(session, after=after, limit=limit + 1)
    shown = found[:limit]
    return PrincipalPage(
        principals=[PrincipalView.from_columns(each) for each in shown],
        total=principals.count(session),
        next_cursor=cursors.after_name(shown[-1].name) if len(found) > limit else None,
    )


def _make(session: Session, given: NewPrincipal) -> PrincipalView:
    row = principals.create(
        session, name=given.name, kind=given.kind, email=given.email, roles=given.roles
    )
    audit_log.record(session, "principal.create", row.principal_id, roles=row.roles)
    return PrincipalView.from_columns(row)


def _fixed(request: Request) -> dict[str, str]:
    """Return why roles and state of a principal can't change, by its id."""
    if request.app.state.deps.settings.asks_for_keys:
        fixed: dict[str, str] = request.app.state.keyring.fixed
        return fixed
    return {FIRST_ADMINISTRATOR: _LOCAL, **request.app.state.keyring.fixed}


def _change(
    session: Session, id_or_name: str, values: dict[str, Any], fixed: dict[str, str]
) -> PrincipalView:
    found = find_principal(session, id_or_name)
    principals.change(session, found, values, fixed=fixed)
    shown = {name: values[name] for name in ("roles", "state") if name in values}
    audit_log.record(
        session, "principal.change", found.principal_id, fields=sorted(values), **shown
    )
    return PrincipalView.from_columns(found)


def _hand_over(session: Session, giver: str, taker: str) -> HandedOver:
    of, to = find_principal(session, giver), find_principal(session, taker)
    moved = principals.hand_over(session, of.principal_id, to.principal_id)
    audit_log.record(
        session, "principal.hand_over", of.principal_id, to=to.principal_id, moved=moved
    )
    return HandedOver(**moved)


def _begin_export(session: Session, id_or_name: str) -> str:
    found = find_principal(session, id_or_name)
    audit_log.record(session, "principal.export", found.principal_id)
    return found.principal_id


def _group_view(session: Session, group: Group) -> GroupView:
    return _group_views(session, [group])[0]


def _group_views(session: Session, shown: Sequence[Group]) -> list[GroupView]:
    members = groups.members(session, [group.group_id for group in shown])
    return [
        GroupView.from_columns(
            group, members=[PrincipalView.from_columns(each) for each in members[group.group_id]]
        )
        for group in shown
    ]


def _group_page(session: Session, cursor: str | None, limit: int) -> GroupPage:
    after = cursors.read_name(cursor) if cursor else ""
    found = groups.page(session, after=after, limit=limit + 1)
    shown = found[:limit]
    return GroupPage(
        groups=_group_views(session, shown),
        next_cursor=cursors.after_name(shown[-1].name) if len(found) > limit else None,
    )


def _make_group(session: Session, name: str) -> GroupView:
    row = groups.create(session, name)
    audit_log.record(session, "group.create", row.group_id)
    return _group_view(session, row)


def _delete_group(session: Session, id_or_name: str) -> None:
    found = find_group(session, id_or_name)
    groups.remove(session, found.group_id)
    audit_log.record(session, "group.delete", found.group_id)


def _set_member(session: Session, group: str, principal: str, is_member: bool) -> GroupView:
    found, member = find_group(session, group), find_principal(session, principal)
    if is_member:
        groups.add(session, found.group_id, member.principal_id)
    else:
        groups.take_out(session, found.group_id, member.principal_id)
    action = "group.add" if is_member else "group.remove"
    audit_log.record(session, action, found.group_id, principal=member.principal_id)
    return _group_view(session, found)
