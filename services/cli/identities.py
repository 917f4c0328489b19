"""`quire keys`, `principals`, `audit` and `me`: who may act, and what was done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import calls, options, render
from services.cli.client import DEFAULT_URL, Client

Principal = Annotated[str, typer.Argument(help="Name or id of a principal.", show_default=False)]
KeyId = Annotated[str, typer.Argument(help="Id of the key.", show_default=False)]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="`admin`, `operator` or `metrics`.")
]


keys = calls.group("Make, list, rotate and revoke API keys.")
principals = calls.group("Make and change principals: people and services that may act.")
audit = calls.group("Read the audit log: who did what.")


@keys.command("create")
def create_key(
    principal: Principal,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Narrow the key: `read`, `write`, `manage`, a role, `collection:NAME`."),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Write to the database itself; needs no key.")
    ] = False,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a key of a principal; it is shown once, and the server stores only its hash."""
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    given: dict[str, Any] = {"principal": principal, "name": name, "scopes": scope or []}
    given |= {"expires_at": expires.isoformat()} if expires else {}
    if offline:
        from services import embedded
        from shared.settings import read_settings

        made = asyncio.run(embedded.create_key_offline(read_settings(), given))
    else:
        with Client(url, api_key) as client:
            made = client.request("POST", "/keys", json=given)
    _show_key(made, as_json)


@keys.command("list")
def list_keys(
    principal: Annotated[str | None, typer.Option(help="Only keys of this one.")] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List keys, revoked ones included."""
    filters = {"principal": principal} if principal else {}
    columns = ("key_id", "principal", "name", "hint", "scopes", "expires_at", "last_used_at")
    calls.rows(url, api_key, as_json, "/keys", filters, (*columns, "revoked_at"))


@keys.command("rotate")
def rotate_key(
    key_id: KeyId,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=720, help="Hours that the old key still opens.")
    ] = 24,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a key like this one, which expires soon."""
    given = {"overlap_seconds": round(overlap_hours * 3600)}
    with Client(url, api_key) as client:
        _show_key(client.request("POST", f"/keys/{key_id}/rotate", json=given), as_json)


@keys.command("revoke")
def revoke_key(
    key_id: KeyId,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Revoke a key: within five seconds it opens nothing."""
    calls.one(url, api_key, as_json, lambda client: client.request("DELETE", f"/keys/{key_id}"))


@principals.command("create")
def create_principal(
    name: Annotated[str, typer.Argument(help="Name, such as `anna`.", show_default=False)],
    kind: Annotated[str, typer.Option(help="`person` or `service`.")] = "person",
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    role: Roles = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a principal, which has no rights yet."""
    given = {"name": name, "kind": kind, "email": email, "roles": role or []}
    calls.one(
        url, api_key, as_json, lambda client: client.request("POST", "/principals", json=given)
    )


@principals.command("list")
def list_principals(
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List principals by name."""
    columns = ("principal_id", "name", "kind", "roles", "state", "email")
    calls.rows(url, api_key, as_json, "/principals", {}, columns)


@principals.command("change")
def change_principal(
    principal: Principal,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    email: Annotated[str | None, typer.Option(help="Another e-mail address.")] = None,
    role: Roles = None,
    no_roles: Annotated[bool, typer.Option("--no-roles", help="Take all roles away.")] = False,
    enabled: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Disabled: none of its keys opens any more."),
    ] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Change name, e-mail, roles or state of a principal."""
    states = {None: None, True: "active", False: "disabled"}
    given = {"name": name, "email": email, "roles": [] if no_roles else role}
    given |= {"state": states[enabled]}
    change = {name: value for name, value in given.items() if value is not None}
    path = f"/principals/{principal}"
    calls.one(url, api_key, as_json, lambda client: client.request("PATCH", path, json=change))


@principals.command("hand-over")
def hand_over(
    principal: Principal,
    to: Annotated[str, typer.Argument(help="Who gets it.", show_default=False)],
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Give collections and documents of one principal to another."""
    path = f"/principals/{principal}/hand-over"
    calls.one(url, api_key, as_json, lambda client: client.request("POST", path, json={"to": to}))


@principals.command("export")
def export_principal(
    principal: Principal, url: options.Url = DEFAULT_URL, api_key: options.ApiKey = ""
) -> None:
    """Print all that belongs to a principal, as JSON lines."""
    calls.print_lines(url, api_key, f"/principals/{principal}/export")


@audit.command("list")
def list_audit(
    principal_id: Annotated[str | None, typer.Option(help="Only what this one did.")] = None,
    object_: Annotated[
        str | None, typer.Option("--object", help="Only what was done to this.")
    ] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List what was done, oldest first."""
    given = {"principal_id": principal_id, "object": object_}
    filters = {name: value for name, value in given.items() if value is not None}
    columns = ("seq", "at", "principal_id", "action", "object", "result", "address")
    calls.rows(url, api_key, as_json, "/audit", filters, columns)


@audit.command("export")
def export_audit(url: options.Url = DEFAULT_URL, api_key: options.ApiKey = "") -> None:
    """Print the whole audit log as JSON lines."""
    calls.print_lines(url, api_key, "/audit/export")


@audit.command("check")
def check_audit(
    path: Annotated[Path, typer.Argument(help="File that `quire audit export` made.")],
) -> None:
    """Check the chain of an exported audit log; needs no server. Exit code 1: it is broken."""
    from services.cli.audit_file import faults

    found, last = faults(path)
    if found:
        for each in found:
            print(each)
        raise typer.Exit(1)
    print(f"The chain is whole. Its last hash is {last}.")


def me(
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Show who your key is, and what it may do."""
    calls.one(url, api_key, as_json, lambda client: client.request("GET", "/me"))


def _show_key(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        render.print_json(made)
        return
    print(f"Key of {made['principal']} (it can't be shown again):\n  {made['key']}")
    print(f"Id, to rotate or revoke it:\n  {made['key_id']}")
