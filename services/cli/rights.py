"""`quire groups`, `collections` and `grants`: who has which right on which documents."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import calls, options
from services.cli.client import DEFAULT_URL, Client
from services.cli.exits import Misused
from services.cli.identities import Principal

GroupName = Annotated[str, typer.Argument(help="Name or id of a group.", show_default=False)]
CollectionName = Annotated[str, typer.Argument(help="Name of the collection.", show_default=False)]
Owner = Annotated[str, typer.Option(help="Name or id of the owner.", show_default=False)]

groups = calls.group("Make groups of principals and change their members.")
collections = calls.group("List and make collections, and give them to another owner.")
grants = calls.group("Give rights on collections and take them away.")


@groups.command("create")
def create_group(
    name: Annotated[str, typer.Argument(help="Name, such as `quality`.", show_default=False)],
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a group."""
    given = {"name": name}
    calls.one(url, api_key, as_json, lambda client: client.request("POST", "/groups", json=given))


@groups.command("list")
def list_groups(
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List groups and their members."""
    calls.rows(url, api_key, as_json, "/groups", {}, ("group_id", "name", "members"))


@groups.command("add")
def add_member(
    group: GroupName,
    principal: Principal,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Put a principal in a group."""
    path = f"/groups/{group}/members/{principal}"
    calls.one(url, api_key, as_json, lambda client: client.request("PUT", path))


@groups.command("remove")
def remove_member(
    group: GroupName,
    principal: Principal,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Take a principal out of a group."""
    path = f"/groups/{group}/members/{principal}"
    calls.one(url, api_key, as_json, lambda client: client.request("DELETE", path))


@groups.command("delete")
def delete_group(
    group: GroupName, url: options.Url = DEFAULT_URL, api_key: options.ApiKey = ""
) -> None:
    """Delete a group and its rights."""
    with Client(url, api_key) as client:
        client.request("DELETE", f"/groups/{group}")


@collections.command("list")
def list_collections(
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List the collections that you may read."""
    columns = ("name", "owner", "documents", "created_at")
    calls.rows(url, api_key, as_json, "/collections", {}, columns)


@collections.command("create")
def create_collection(
    name: CollectionName,
    owner: Owner = "",
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Make a collection; without --owner it is yours."""
    given = {"name": name, "owner": owner or None}
    calls.one(
        url, api_key, as_json, lambda client: client.request("POST", "/collections", json=given)
    )


@collections.command("change")
def change_collection(
    name: CollectionName,
    owner: Owner,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Give a collection to another owner."""
    path, given = f"/collections/{name}", {"owner": owner}
    calls.one(url, api_key, as_json, lambda client: client.request("PATCH", path, json=given))


@grants.command("create")
def create_grant(
    collection: CollectionName,
    right: Annotated[str, typer.Argument(help="`read`, `write` or `manage`.", show_default=False)],
    principal: Annotated[str | None, typer.Option(help="Who gets it.")] = None,
    group: Annotated[str | None, typer.Option(help="Group that gets it.")] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """Give a right on a collection, instead of the one that the holder has."""
    if (principal is None) is (group is None):
        raise Misused("Name either --principal or --group.")
    given = {"collection": collection, "right": right, "principal": principal, "group": group}
    calls.one(url, api_key, as_json, lambda client: client.request("POST", "/grants", json=given))


@grants.command("list")
def list_grants(
    collection: Annotated[str | None, typer.Option(help="Only rights on this one.")] = None,
    principal: Annotated[str | None, typer.Option(help="Only rights of this one.")] = None,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    as_json: options.AsJson = False,
) -> None:
    """List rights on the collections that you manage."""
    given = {"collection": collection, "principal": principal}
    filters = {name: value for name, value in given.items() if value is not None}
    columns = ("grant_id", "collection", "right", "principal", "group")
    calls.rows(url, api_key, as_json, "/grants", filters, columns)


@grants.command("revoke")
def revoke_grant(
    grant_id: Annotated[str, typer.Argument(help="Id of the right.", show_default=False)],
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
) -> None:
    """Take a right away; the next request of its holder has it no more."""
    with Client(url, api_key) as client:
        client.request("DELETE", f"/grants/{grant_id}")
