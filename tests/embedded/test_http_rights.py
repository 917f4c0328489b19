"""A team's administrator gives people keys and rights, and takes them away, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.events import visibility
from shared.http import auth, keyring
from shared.repositories import principals
from tests.support.callers import digest
from tests.support.gateway import Gateway, gateway, served
from tests.support.http_client import API
from tests.support.wait import until

ROOT = "root-key"


@dataclass
class Team:
    """A gateway that asks for keys."""

    gate: Gateway

    async def call(self, key: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return await self.gate.http.request(method, f"{API}{path}", headers=headers, **given)

    async def root(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        answer = await self.call(ROOT, method, path, **given)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def person(self, who: str, *roles: str, **key: Any) -> str:
        """Make a principal and return a key of it."""
        await self.root("POST", "/principals", json={"name": who, "roles": list(roles)})
        made = await self.root("POST", "/keys", json={"principal": who, **key})
        return str(made["key"])

    async def upload(self, key: str, collection: str, name: str = "a.pdf") -> httpx.Response:
        data = b"%PDF-1.7\n" + f"{collection} {name}".encode()
        given = {"files": {"file": (name, data)}, "data": {"collection": collection}}
        return await self.call(key, "POST", "/documents/upload", **given)

    async def until_stored(self, who: str) -> None:
        """Wait until a principal of the settings is stored, which happens in the background."""

        async def is_stored() -> bool:
            return (await self.call(ROOT, "GET", f"/principals/{who}")).status_code == 200

        await until(is_stored)

    async def actions(self) -> list[str]:
        entries = (await self.root("GET", "/audit?limit=200"))["entries"]
        return [each["action"] for each in entries]


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    async with gateway(tmp_path, api_keys=f"root:{digest(ROOT)}") as started:
        yield Team(started)


async def test_an_owner_gives_and_takes_rights_on_its_collection(team: Team) -> None:
    anna, ben = await team.person("anna"), await team.person("ben")
    await team.root("POST", "/collections", json={"name": "sops", "owner": "anna"})
    assert (await team.upload(ben, "sops")).status_code == 404
    document_id = (await team.upload(anna, "sops")).json()["document_id"]
    assert (await team.call(ben, "GET", f"/documents/{document_id}")).status_code == 404
    given = {"collection": "sops", "principal": "ben", "right": "read"}
    assert (await team.call(ben, "POST", "/grants", json=given)).status_code == 404
    grant = await team.call(anna, "POST", "/grants", json=given)
    assert grant.status_code == 201
    assert (await team.call(ben, "GET", f"/documents/{document_id}")).status_code == 200
    refused = await team.call(ben, "DELETE", f"/documents/{document_id}")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    # Which principals exist is not told to those who are none's administrator.
    known, unknown = [
        (await team.call(ben, "GET", f"/grants?principal={name}")) for name in ("anna", "nobody")
    ]
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    path = f"/grants/{grant.json()['grant_id']}"
    assert (await team.call(ben, "DELETE", path)).status_code == 404
    assert (await team.call(anna, "DELETE", path)).status_code == 204
    assert (await team.call(ben, "GET", f"/documents/{document_id}")).status_code == 404


async def test_members_of_a_group_have_its_rights_while_they_are_in_it(team: Team) -> None:
    carla = await team.person("carla")
    await team.root("POST", "/groups", json={"name": "quality"})
    await team.root("POST", "/groups", json={"name": "empty"})
    await team.root("POST", "/collections", json={"name": "sops"})
    given = {"collection": "sops", "group": "quality", "right": "write"}
    await team.root("POST", "/grants", json=given)
    assert (await team.upload(carla, "sops")).status_code == 404
    group = await team.root("PUT", "/groups/quality/members/carla")
    assert [each["name"] for each in group["members"]] == ["carla"]
    listed = (await team.root("GET", "/groups"))["groups"]
    assert [(each["name"], len(each["members"])) for each in listed] == [
        ("empty", 0),
        ("quality", 1),
    ]
    assert (await team.upload(carla, "sops")).status_code == 202
    me = (await team.call(carla, "GET", "/me")).json()
    assert me["rights"] == {"sops": "write"}
    await team.root("DELETE", "/groups/quality/members/carla")
    assert (await team.call(carla, "GET", "/documents")).json()["total"] == 0


async def test_a_key_is_shown_once_and_may_do_only_what_its_scopes_say(team: Team) -> None:
    key = await team.person("scanner", "admin", scopes=["write", "collection:in"], name="hall")
    assert (await team.upload(key, "in")).status_code == 202
    assert (await team.upload(key, "out")).status_code == 404
    assert (await team.call(key, "GET", "/keys")).status_code == 403
    listed = await team.call(ROOT, "GET", "/keys?principal=scanner")
    assert key not in listed.text
    (shown,) = listed.json()["keys"]
    assert (shown["name"], shown["scopes"]) == ("hall", ["collection:in", "write"])
    assert key.startswith(shown["hint"].removesuffix("…"))
    wrong = {"principal": "scanner", "scopes": ["fly"]}
    refused = await team.call(ROOT, "POST", "/keys", json=wrong)
    assert (refused.status_code, "`fly` is not a scope" in refused.text) == (422, True)


async def test_a_rotated_key_opens_beside_the_new_one_until_it_expires(team: Team) -> None:
    old = await team.person("anna")
    (shown,) = (await team.root("GET", "/keys?principal=anna"))["keys"]
    path = f"/keys/{shown['key_id']}/rotate"
    new = await team.root("POST", path, json={"overlap_seconds": 60})
    for key in (old, new["key"]):
        assert (await team.call(key, "GET", "/me")).json()["name"] == "anna"
    await team.root("POST", path, json={"overlap_seconds": 0})
    assert (await team.call(old, "GET", "/me")).status_code == 401
    again = await team.call(ROOT, "POST", path)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await team.call(new["key"], "GET", "/me")).status_code == 200


async def test_what_somebody_who_leaves_owned_is_handed_over(team: Team) -> None:
    anna, ben = await team.person("anna"), await team.person("ben")
    await team.root("POST", "/collections", json={"name": "sops", "owner": "anna"})
    assert (await team.upload(anna, "sops")).status_code == 202
    moved = await team.root("POST", "/principals/anna/hand-over", json={"to": "ben"})
    assert moved == {"collections": 1, "documents": 1}
    await team.root("PATCH", "/principals/anna", json={"state": "disabled"})
    assert (await team.call(anna, "GET", "/me")).status_code == 401
    assert (await team.call(ben, "GET", "/documents")).json()["total"] == 1
    assert "principal.hand_over" in await team.actions()


async def test_what_the_settings_open_can_not_be_disabled_without_effect(team: Team) -> None:
    await team.person("second", "admin")
    await team.root("GET", "/me")
    await team.until_stored("settings:root")
    changes: list[dict[str, Any]] = [{"state": "disabled"}, {"roles": []}]
    for change in changes:
        refused = await team.call(ROOT, "PATCH", "/principals/settings:root", json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "Remove the key there" in refused.json()["detail"]
    kept = {"email": "root@example.org", "roles": ["admin"], "state": "active"}
    await team.root("PATCH", "/principals/settings:root", json=kept)


async def test_all_that_belongs_to_a_principal_is_exported_without_secrets(team: Team) -> None:
    anna = await team.person("anna")
    await team.root("POST", "/collections", json={"name": "sops", "owner": "anna"})
    await team.upload(anna, "sops", "hers.pdf")
    await team.upload(ROOT, "sops", "other.pdf")
    text = (await team.call(ROOT, "GET", "/principals/anna/export")).text
    rows = [json.loads(line) for line in text.splitlines()]
    kinds = {each["type"] for each in rows}
    assert kinds == {"principal", "key", "collection", "document", "audit"}
    assert [each["file_name"] for each in rows if each["type"] == "document"] == ["hers.pdf"]
    assert digest(anna) not in text


async def test_the_audit_log_tells_who_did_what(team: Team) -> None:
    anna = await team.person("anna")
    await team.root("POST", "/collections", json={"name": "sops", "owner": "anna"})
    document_id = (await team.upload(anna, "sops")).json()["document_id"]
    await team.call(anna, "PATCH", f"/documents/{document_id}", json={"title": "secret title"})
    await team.call(anna, "DELETE", f"/documents/{document_id}")
    entries = (await team.root("GET", f"/audit?object={document_id}"))["entries"]
    who = (await team.root("GET", "/principals/anna"))["principal_id"]
    assert [(each["action"], each["principal_id"]) for each in entries] == [
        ("document.upload", who),
        ("document.change", who),
        ("document.delete", who),
    ]
    exported = await team.call(ROOT, "GET", "/audit/export")
    lines = [json.loads(line) for line in exported.text.splitlines()]
    *stored, end = lines
    assert [each["seq"] for each in stored] == list(range(1, len(stored) + 1))
    assert end == {"end": {"entries": len(stored), "hash": stored[-1]["hash"]}}
    assert "secret title" not in exported.text
    assert (await team.call(anna, "GET", "/audit")).status_code == 403
    page = await team.root("GET", "/audit?limit=2")
    rest = await team.root("GET", f"/audit?limit=1&cursor={page['next_cursor']}")
    assert [each["seq"] for each in page["entries"] + rest["entries"]] == [1, 2, 3]


async def test_refused_attempts_are_in_the_audit_log_once_a_minute(team: Team) -> None:
    anna = await team.person("anna")
    for _ in range(5):
        assert (await team.call("wrong", "GET", "/me")).status_code == 401
        assert (await team.call(anna, "GET", "/keys")).status_code == 403
    assert (await team.call("", "GET", "/me")).status_code == 401  # no attempt to open anything
    found: list[dict[str, Any]] = []

    async def are_stored() -> bool:
        entries = (await team.root("GET", "/audit?limit=200"))["entries"]
        found[:] = [each for each in entries if each["result"] == "refused"]
        return len(found) > 1

    await until(are_stored)
    by_action = {each["action"]: each for each in found}
    assert len(found) == len(by_action) == 2
    wrong, forbidden = by_action["key.refused"], by_action["request.refused"]
    assert (wrong["principal_id"], wrong["address"]) == ("", "127.0.0.1")
    assert "wrong" not in str(wrong["details"])
    who = (await team.root("GET", "/principals/anna"))["principal_id"]
    assert (forbidden["principal_id"], forbidden["object"]) == (who, f"GET {API}/keys")


async def test_a_listener_gets_only_events_that_it_may_see_until_its_key_is_revoked(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "RECHECK_S", 0.05)
    monkeypatch.setattr(keyring, "FRESH_S", 0.0)
    monkeypatch.setattr(visibility, "FRESH_S", 0.0)
    anna = await team.person("anna")
    await team.root("POST", "/collections", json={"name": "sops", "owner": "anna"})
    (shown,) = (await team.root("GET", "/keys?principal=anna"))["keys"]
    seen: list[str] = []
    headers = {"Authorization": f"Bearer {anna}"}
    async with (
        served(team.gate) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as http,
        http.stream("GET", f"{API}/events", headers=headers) as response,
    ):
        lines = response.aiter_lines()
        await anext(lines)  # the stream has begun: what follows is live
        foreign = (await team.upload(ROOT, "hr")).json()["document_id"]
        own = (await team.upload(ROOT, "sops")).json()["document_id"]
        async with asyncio.timeout(20):
            async for line in lines:
                seen.append(line)
                if own in line:
                    await team.root("DELETE", f"/keys/{shown['key_id']}")
    assert own in "".join(seen)
    assert foreign not in "".join(seen)
    assert (await team.call(anna, "GET", "/me")).status_code == 401


async def test_without_keys_the_local_administrator_owns_what_it_makes(tmp_path: Path) -> None:
    async with gateway(tmp_path) as gate:
        team = Team(gate)
        assert (await team.upload("", "sops")).status_code == 202
        me = (await team.call("", "GET", "/me")).json()
        assert (me["name"], me["roles"], me["rights"]) == ("administrator", ["admin"], None)
        (row,) = (await team.call("", "GET", "/collections")).json()["collections"]
        assert (row["name"], row["owner_id"]) == ("sops", me["principal_id"])
        assert (await team.call("wrong", "GET", "/me")).status_code == 401
        await team.call("", "POST", "/principals", json={"name": "b", "roles": ["admin"]})
        await gate.deps.database.transact(principals.ensure, me["principal_id"], me["name"])
        disabled = {"state": "disabled"}
        refused = await team.call("", "PATCH", "/principals/administrator", json=disabled)
        assert (refused.status_code, "QUIRE_AUTH=keys" in refused.text) == (409, True)
