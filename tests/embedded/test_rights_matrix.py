"""Every route, with every id that it takes, for every kind of caller.

The routes come from the OpenAPI document: a new one without a rule in `RULES` fails, as does an id
in a path, a query or a body that no rule fills. Two collections have the same documents; a caller
that may do nothing with one of them must get the same answers as if it did not exist.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from shared.domain.caller import ROLES
from shared.settings import Settings
from tests.support import system as kit
from tests.support.callers import digest
from tests.support.rights import FOREIGN, OWN, ROOT, Matrix, document, filled
from tests.support.route_rules import RULES, Rule
from tests.support.system import API

# By role: the highest right on the collection `own`, and on `foreign`.
CALLERS: dict[str, tuple[list[str], str, str]] = {
    "reader": ([], "read", ""),
    "writer": ([], "write", ""),
    "manager": ([], "manage", ""),
    "stranger": ([], "", ""),
    "operator": (["operator"], "", ""),
    "metrics": (["metrics"], "", ""),
    # Its principal manages both collections, and its key opens one.
    "narrowed": ([], "manage", ""),
    "admin": (["admin"], "manage", "manage"),
}
_LEVELS = ("", "read", "write", "manage")
_BODIES: dict[str, dict[str, Any]] = {
    "PATCH /api/v1/documents/{document_id}": {"title": "changed"},
    "POST /api/v1/query": {"query": "alarm", "document_ids": ["{document_id}"]},
    "POST /api/v1/query/retrieve": {"query": "alarm", "document_ids": ["{document_id}"]},
    "POST /api/v1/query/pictures": {"query": "alarm", "document_ids": ["{document_id}"]},
    "POST /api/v1/query/{query_id}/feedback": {"feedback": "positive"},
    "POST /api/v1/conversations": {"title": "new"},
    "POST /v1/chat/completions": {"messages": [{"role": "user", "content": "alarm code"}]},
    "POST /mcp": {
        "jsonrpc": "2.0",
        "id": "1",
        "method": "tools/call",
        "params": {"name": "fetch", "arguments": {"id": "{document_id}"}},
    },
    "POST /v1/embeddings": {"input": "alarm code"},
    "POST /v1/vector_stores": {"name": "new"},
    "POST /v1/vector_stores/{vector_store_id}": {"name": "{vector_store_id}"},
    "POST /v1/vector_stores/{vector_store_id}/search": {"query": "alarm code"},
    "POST /v1/vector_stores/{vector_store_id}/files": {"file_id": "{file_id}"},
    "POST /v1/vector_stores/{vector_store_id}/files/{file_id}": {"attributes": {"kind": "sop"}},
    "POST /v1/vector_stores/{vector_store_id}/file_batches": {"file_ids": ["{file_id}"]},
    "PATCH /api/v1/conversations/{conversation_id}": {"title": "changed"},
    "POST /api/v1/collections": {"name": "new"},
    "PATCH /api/v1/collections/{name}": {"owner": "holder"},
    "POST /api/v1/grants": {"collection": "{name}", "principal": "holder", "right": "read"},
    "POST /api/v1/keys": {"principal": "holder"},
    "POST /api/v1/principals": {"name": "made"},
    "PATCH /api/v1/principals/{principal_id}": {"email": "a@b.example"},
    "POST /api/v1/principals/{principal_id}/hand-over": {"to": "holder"},
    "POST /api/v1/groups": {"name": "made"},
}
# Query parameters that name an object; all others only restrict what the caller may see anyway.
_QUERIES = {
    "GET /api/v1/processing/tasks": "?celery_task_id={celery_task_id}",
    "GET /api/v1/events": "?document_id={document_id}",
    "GET /api/v1/documents": "?parent_id={parent_id}",
}
# What the documents, or the callers, of this test have none of: 404 for everyone.
_HAS_NONE = ("picture", "/pages/", "celery", "feedback")
# Changes that would take the ground from under the next caller are asked of objects of their own.
_ENDS = ("DELETE", "rotate")


@pytest.fixture
async def matrix(settings: Settings) -> AsyncIterator[Matrix]:
    given = {"api_keys": f"root:{digest(ROOT)}"}
    async with kit.system(settings.model_validate({**settings.model_dump(), **given})) as client:
        made = Matrix(client)
        for collection in (OWN, FOREIGN):
            made.ids[collection] = await filled(made, collection)
        for name, (roles, own, foreign) in CALLERS.items():
            await made.root("POST", "/principals", json={"name": name, "roles": roles})
            narrowed = name == "narrowed"
            for collection, right in ((OWN, own), (FOREIGN, own if narrowed else foreign)):
                if right and "admin" not in roles:
                    given_right = {"collection": collection, "principal": name, "right": right}
                    await made.root("POST", "/grants", json=given_right)
            scopes = [f"collection:{OWN}"] if narrowed else []
            key = await made.root("POST", "/keys", json={"principal": name, "scopes": scopes})
            made.ids[name] = {"key": key["key"]}
        yield made


def _routes(document: Mapping[str, Any]) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }


def _filled_in(text: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w++)\}", lambda found: ids[found[1]], text)


def _request(route: str, ids: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Return method, address and body of a request for the objects with these ids."""
    method, path = route.split(" ")
    given: dict[str, Any] = {}
    if path.endswith("/upload") or route == "POST /v1/files":
        purpose = {"purpose": "assistants"} if path.startswith("/v1") else {}
        given = {
            "files": {"file": ("new.md", b"# New\n\nText.")},
            "data": {"collection": ids["name"], **purpose},
        }
    elif body := _BODIES.get(route):
        given = {"json": _body(body, ids)}
    return method, _filled_in(path + _QUERIES.get(route, ""), ids), given


def _body(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _body(each, ids) for key, each in value.items()}
    if isinstance(value, list):
        return [_body(each, ids) for each in value]
    return _filled_in(value, ids)


def _may(caller: str, rule: Rule, collection: str) -> bool:
    """Return whether a rule lets a caller of `CALLERS` do something to a collection's object."""
    roles, own, foreign = CALLERS[caller]
    if rule == "own":
        return False
    if rule == "open" or "admin" in roles:
        return True
    if rule in ROLES:
        return rule in roles or (rule == "metrics" and "operator" in roles)
    if roles == ["metrics"]:
        return False
    if rule == "self":
        return True
    right = own if collection == OWN else foreign
    return _LEVELS.index(right) >= _LEVELS.index(rule)


async def test_every_route_has_a_rule(matrix: Matrix) -> None:
    document = (await matrix.call(ROOT, "GET", "/openapi.json")).json()
    assert _routes(document) == set(RULES)
    for route in RULES:
        taken = set(re.findall(r"\{(\w++)\}", route))
        assert taken <= set(matrix.ids[OWN]), f"the matrix does not fill an id of {route}"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            ids = [each["name"] for each in operation.get("parameters", ())]
            named = [name for name in ids if name.endswith("_id") and f"{{{name}}}" not in path]
            route = f"{method.upper()} {path}"
            unfilled = [each for each in named if f"{{{each}}}" not in _QUERIES.get(route, "")]
            assert unfilled in ([], ["principal_id"]), f"{route} takes ids that are not tried"


async def test_each_caller_does_what_its_rights_allow_and_nothing_else(matrix: Matrix) -> None:
    for caller in CALLERS:
        await _try_everything(matrix, caller)


async def _try_everything(matrix: Matrix, caller: str) -> None:
    key = matrix.ids[caller]["key"]
    for route, rule in RULES.items():
        if route.startswith("POST /api/v1/ops/") and caller in ("admin", "operator"):
            continue  # tried by tests of their own: they take seconds
        for collection in (OWN, FOREIGN):
            ids = dict(matrix.ids[collection])
            if any(end in route for end in _ENDS) and _may(caller, rule, collection):
                ids = await _spare(matrix, route, ids)
            method, path, given = _request(route, ids)
            if route == "GET /api/v1/events":
                status, text = await _begun(matrix, key, path)
            else:
                answer = await matrix.call(key, method, path, **given)
                status, text = answer.status_code, answer.text
            where = f"{caller}: {route} of {collection}: {status} {text[:300]}"
            assert status < 500, where
            if not _may(caller, "read", collection) and collection == FOREIGN:
                _tells_nothing(matrix, text, path, where)
            if not _may(caller, rule, collection):
                assert _refused(route, status, text), where
            elif not any(each in path for each in _HAS_NONE):
                assert status in (200, 201, 202, 204, 409), where


def _refused(route: str, status: int, text: str) -> bool:
    """Return whether a response refuses: by its status, or as a search that finds nothing."""
    if status == 200 and route.startswith("POST /api/v1/query"):
        return '"citations":[]' in text or '"passages":[]' in text
    return status in (403, 404)


def _tells_nothing(matrix: Matrix, text: str, path: str, where: str) -> None:
    """Check that no id or word of the foreign collection stands in a response."""
    ids = matrix.ids[FOREIGN]
    secrets = {ids["chunk_id"], ids["document_id"], ids["query_id"], "FOREIGN-7731", "foreign.md"}
    shown = text.replace(path.partition("?")[0], "")
    assert [each for each in secrets if each in shown and each not in path] == [], where


async def _spare(matrix: Matrix, route: str, ids: dict[str, str]) -> dict[str, str]:
    """Return the ids with others of objects that the request may remove."""
    name = ids["name"]
    if "grant" in route:
        spare = await matrix.root(
            "POST", "/grants", json={"collection": name, "principal": "holder", "right": "read"}
        )
        matrix.ids[name]["grant_id"] = spare["grant_id"]
        return ids | {"grant_id": spare["grant_id"]}
    if "key" in route:
        made = await matrix.root("POST", "/keys", json={"principal": "holder"})
        return ids | {"key_id": made["key_id"]}
    if "groups" in route and "members" not in route:
        made = await matrix.root("POST", "/groups", json={"name": f"spare-{name}"})
        return ids | {"group_id": made["group_id"]}
    if "documents" in route or "/v1/files" in route:
        answer = await matrix.call(
            ROOT,
            "POST",
            f"{API}/documents/upload",
            files={"file": ("spare.md", b"# Spare\n\nText to delete.")},
            data={"collection": name},
        )
        spare_id = answer.json()["document_id"]
        return ids | {"document_id": spare_id, "file_id": spare_id}
    return ids


async def _begun(matrix: Matrix, key: str, path: str) -> tuple[int, str]:
    """Return status and text of a stream's answer, which for an opened stream has no end."""
    answer = await matrix.call(key, "HEAD", path)
    return answer.status_code, answer.text


async def test_lists_counts_and_logs_show_a_caller_its_own(matrix: Matrix) -> None:
    key = matrix.ids["reader"]["key"]
    listed = (await matrix.call(key, "GET", f"{API}/documents")).json()
    assert {each["collection"] for each in listed["documents"]} == {OWN}
    assert listed["total"] == len(listed["documents"])
    assert (await matrix.call(key, "GET", f"{API}/query/logs")).json()["total"] == 0
    asked = await matrix.call(key, "POST", f"{API}/query", json={"query": "alarm code freezer"})
    assert asked.json()["citations"]
    assert {each["document_id"] for each in asked.json()["citations"]} == {
        matrix.ids[OWN]["document_id"]
    }
    logs = (await matrix.call(key, "GET", f"{API}/query/logs")).json()
    assert [each["query_id"] for each in logs["logs"]] == [asked.json()["query_id"]]
    assert (await matrix.call(key, "GET", f"{API}/query/analytics")).json()["total"] == 1
    collections = (await matrix.call(key, "GET", f"{API}/collections")).json()["collections"]
    assert [(each["name"], each["documents"]) for each in collections] == [(OWN, 2)]
    me = (await matrix.call(key, "GET", f"{API}/me")).json()
    assert (me["name"], me["roles"], me["rights"]) == ("reader", [], {OWN: "read"})


async def test_a_key_of_one_collection_has_only_what_was_asked_with_such_a_key(
    matrix: Matrix,
) -> None:
    """Answers quote documents: those of the other collection must not be read in logs."""
    narrow = matrix.ids["narrowed"]["key"]
    whole = (await matrix.root("POST", "/keys", json={"principal": "narrowed"}))["key"]
    talks = f"{API}/conversations"
    question = {"query": "alarm code of the foreign freezer"}

    async def ask(key: str, **given: str) -> httpx.Response:
        return await matrix.call(key, "POST", f"{API}/query", json=question | given)

    async def begin(key: str) -> str:
        made = await matrix.call(key, "POST", talks, json={"title": ""})
        return str(made.json()["conversation_id"])

    foreign, own = await begin(whole), await begin(narrow)
    told = await ask(whole, conversation_id=foreign)
    assert "FOREIGN-7731" in told.text
    assert (await ask(narrow, conversation_id=own)).status_code == 200
    # What is asked with the whole key would be read with the narrow one.
    assert (await ask(whole, conversation_id=own)).status_code == 404
    for path in (f"{API}/query/logs", talks, f"{talks}/{own}"):
        shown = await matrix.call(narrow, "GET", path)
        assert (shown.status_code, "FOREIGN-7731" in shown.text) == (200, False)
    for method, given in (("GET", {}), ("PATCH", {"json": {"title": "x"}}), ("DELETE", {})):
        refused = await matrix.call(narrow, method, f"{talks}/{foreign}", **given)
        assert refused.status_code == 404
    rate = f"{API}/query/{told.json()['query_id']}/feedback"
    rated = await matrix.call(narrow, "POST", rate, json={"feedback": "positive"})
    assert rated.status_code == 404
    assert (await matrix.call(narrow, "GET", f"{API}/query/analytics")).json()["total"] == 1
    assert (await matrix.call(whole, "GET", f"{API}/query/logs")).json()["total"] == 2


async def test_what_one_caller_found_is_not_shown_to_another(matrix: Matrix) -> None:
    """Searches are kept until the next event: the same question must not find what was kept."""
    question = {"query": "alarm code of the foreign freezer", "top_k": 5}
    found = await matrix.call(ROOT, "POST", f"{API}/query/retrieve", json=question)
    assert "FOREIGN-7731" in found.text
    for caller in ("reader", "stranger"):
        key = matrix.ids[caller]["key"]
        again = await matrix.call(key, "POST", f"{API}/query/retrieve", json=question)
        assert "FOREIGN" not in again.text
        assert again.json()["similar_words"] == {}
    # Similar words are of all documents, also if the passages are of the same collection.
    misspelt = {"query": "freezre", "filters": {"collection": [OWN]}}
    similar = await matrix.call(ROOT, "POST", f"{API}/query/retrieve", json=misspelt)
    assert similar.json()["similar_words"]
    key = matrix.ids["reader"]["key"]
    again = await matrix.call(key, "POST", f"{API}/query/retrieve", json={"query": "freezre"})
    assert again.json()["similar_words"] == {}


async def test_the_same_file_of_another_collection_is_not_told(matrix: Matrix) -> None:
    key = matrix.ids["writer"]["key"]
    data = {"collection": OWN}
    files = {"file": ("mine.md", document(FOREIGN))}
    answer = await matrix.call(key, "POST", f"{API}/documents/upload", files=files, data=data)
    assert answer.status_code == 202
    assert answer.json()["duplicate_of"] is None


async def test_a_document_moves_only_into_a_collection_that_its_mover_writes(
    matrix: Matrix,
) -> None:
    key = matrix.ids["writer"]["key"]
    path = f"{API}/documents/{matrix.ids[OWN]['document_id']}"
    for collection in (FOREIGN, "unknown"):
        answer = await matrix.call(key, "PATCH", path, json={"collection": collection})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await matrix.call(key, "GET", path)).json()["collection"] == OWN
