"""MCP over HTTP and over standard input and output, with the official client."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import httpx
import pymupdf
import pytest
import pytest_asyncio
from mcp import Client, MCPError
from mcp_types import ImageContent, TextResourceContents

from shared.settings import Settings
from tests.support import system as kit
from tests.support.callers import digest
from tests.support.encoders import SmallModel
from tests.support.gateway import listening
from tests.support.mcp import call, over_http, over_stdio, refused
from tests.support.system import API, SystemClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = "root-key"
QUOTE = "The alarm delay of freezer UF-1 is 20 minutes."
QUESTION = "What is the alarm delay of freezer UF-1?"
SECRET = "# Salaries\n\nThe salary code of the foreign team is FOREIGN-7731.\n"
PNG = b"\x89PNG\r\n\x1a\n"
READING = {
    "search",
    "fetch",
    "ask",
    "list_documents",
    "get_page_image",
    "document_status",
}
WRITING = {"upload_document", "delete_document"}


@dataclass
class Served:
    """A system on a real socket, its documents, and a key that opens the collection `cold`."""

    system: SystemClient
    address: str
    alarms: str
    salaries: str
    narrow: str

    def client(self, way: str, key: str = ROOT) -> AbstractAsyncContextManager[Client]:
        """Return the client over a transport: stdio, http, or http with an earlier protocol."""
        if way == "stdio":
            return over_stdio(self.address, key)
        return over_http(self.address, key, mode="legacy" if way == "legacy" else "auto")


def alarms() -> bytes:
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.insert_text((50, 80), "Alarms", fontsize=18)
    page.insert_text((50, 140), QUOTE)
    content: bytes = document.tobytes()
    return content


async def stored(client: SystemClient, name: str, content: bytes, collection: str) -> str:
    """Upload a file, wait until it is read, and return its id."""
    sent = await client.http.post(
        f"{API}/documents/upload",
        files={"file": (name, content)},
        data={"collection": collection},
    )
    document_id = str(sent.json()["document_id"])

    async def is_done() -> bool:
        status = await client.http.get(f"{API}/processing/status/{document_id}")
        return bool(status.json()["status"] == "completed")

    await kit.until(is_done)
    return document_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(
    tmp_path_factory: pytest.TempPathFactory, small_model: SmallModel
) -> AsyncIterator[Served]:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path_factory.mktemp("mcp") / "data",
        api_keys=f"root:{digest(ROOT)}",
        **small_model.settings,
    )
    async with kit.system(settings) as client:
        client.http.headers["Authorization"] = f"Bearer {ROOT}"
        first = await stored(client, "alarms.pdf", alarms(), "cold")
        second = await stored(client, "salaries.md", SECRET.encode(), "foreign")
        await client.http.post(f"{API}/principals", json={"name": "reader"})
        for collection in ("cold", "foreign"):
            given = {"collection": collection, "principal": "reader", "right": "read"}
            await client.http.post(f"{API}/grants", json=given)
        narrowed = {"principal": "reader", "scopes": ["collection:cold"]}
        made = await client.http.post(f"{API}/keys", json=narrowed)
        key = made.json()["key"]
        async with listening(client.system.app, client.system.gateway) as address:
            yield Served(client, address, first, second, key)


WAYS = pytest.mark.parametrize("way", ["http", "legacy", "stdio"])


@WAYS
async def test_the_tools_read_and_say_so(served: Served, way: str) -> None:
    async with served.client(way) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == READING
    for tool in tools.values():
        assert tool.annotations
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
    assert set(tools["search"].input_schema["properties"]) == {"query"}
    assert set(tools["fetch"].input_schema["properties"]) == {"id"}


@WAYS
async def test_what_a_search_finds_is_fetched_and_shown_by_our_page(
    served: Served, way: str
) -> None:
    async with served.client(way) as client:
        (first, *_) = (await call(client, "search", query="alarm delay"))["results"]
        assert set(first) == {"id", "title", "url"}
        text = await call(client, "fetch", id=first["id"])
    assert set(text) == {"id", "title", "text", "url", "metadata"}
    assert text["id"] == first["id"]
    assert QUOTE in text["text"]
    assert text["metadata"]["document_id"] == served.alarms
    assert text["metadata"]["page"] == 1
    assert text["url"] == first["url"]
    shown = urllib.parse.urlsplit(text["url"])
    assert f"{shown.scheme}://{shown.netloc}" == served.address
    assert shown.path == f"/documents/{served.alarms}"
    chunk_id = first["id"].partition("/")[2]
    assert urllib.parse.parse_qs(shown.query) == {"page": ["1"], "mark": [chunk_id]}


@WAYS
async def test_an_answer_cites_literal_quotes(served: Served, way: str) -> None:
    async with served.client(way) as client:
        told = await call(client, "ask", question=QUESTION, collection="cold")
        assert told["answered"]
        assert told["answer"] == f"{QUOTE} [1]"
        (cited,) = told["citations"]
        assert (cited["index"], cited["quote"], cited["page"]) == (1, QUOTE, 1)
        assert QUOTE in (await call(client, "fetch", id=cited["id"]))["text"]
        elsewhere = await call(client, "ask", question=QUESTION, document_ids=[served.salaries])
        assert not elsewhere["answered"]


@WAYS
async def test_a_page_is_a_picture_with_the_passage_marked(served: Served, way: str) -> None:
    async with served.client(way) as client:
        (first, *_) = (await call(client, "search", query="alarm delay"))["results"]
        page = {"document_id": served.alarms, "page": 1}
        pictures = []
        for arguments in (page, page | {"highlight": first["id"]}):
            (picture,) = (await client.call_tool("get_page_image", arguments)).content
            assert isinstance(picture, ImageContent)
            assert picture.mime_type == "image/png"
            pictures.append(base64.b64decode(picture.data))
        assert pictures[0].startswith(PNG)
        assert pictures[1].startswith(PNG)
        assert pictures[0] != pictures[1]
        sentence, code = await refused(client, "get_page_image", **page | {"page": 2})
    assert code == "not_found"
    assert "page" in sentence


@WAYS
async def test_documents_are_listed_and_read_as_resources(served: Served, way: str) -> None:
    async with served.client(way) as client:
        listed = await call(client, "list_documents", collection="cold")
        assert [each["id"] for each in listed["documents"]] == [served.alarms]
        assert (listed["total"], listed["next_cursor"]) == (1, None)
        status = await call(client, "document_status", document_id=served.alarms)
        assert (status["status"], status["progress"], status["error"]) == ("completed", 100, None)
        uris = {each.uri for each in (await client.list_resources()).resources}
        assert uris == {f"quire://documents/{id_}" for id_ in (served.alarms, served.salaries)}
        templates = (await client.list_resource_templates()).resource_templates
        assert [each.uri_template for each in templates] == [
            "quire://documents/{document_id}",
            "quire://documents/{document_id}/passages/{chunk_id}",
        ]
        (first, *_) = (await call(client, "search", query="alarm delay"))["results"]
        passage = first["id"].partition("/")[2]
        for rest in ("", f"/passages/{passage}"):
            uri = f"quire://documents/{served.alarms}{rest}"
            (content,) = (await client.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
            assert QUOTE in content.text
        for uri in ("quire://documents/none", "https://example.org/"):
            with pytest.raises(MCPError, match="There is no passage or document"):
                await client.read_resource(uri)


@WAYS
async def test_a_key_of_one_collection_sees_nothing_of_another(served: Served, way: str) -> None:
    async with served.client(way, served.narrow) as client:
        told: list[Any] = [
            await call(client, "search", query="salary code of the foreign team"),
            await call(client, "ask", question="What is the salary code of the foreign team?"),
            await call(client, "list_documents"),
        ]
        assert "FOREIGN-7731" not in str(told)
        assert served.salaries not in str(told)
        assert [each["id"] for each in told[2]["documents"]] == [served.alarms]
        uris = {each.uri for each in (await client.list_resources()).resources}
        assert uris == {f"quire://documents/{served.alarms}"}
        document = {"document_id": served.salaries}
        for tool, arguments in (
            ("fetch", {"id": served.salaries}),
            ("document_status", document),
            ("get_page_image", document | {"page": 1}),
        ):
            assert (await refused(client, tool, **arguments))[1] == "not_found"
        with pytest.raises(MCPError):
            await client.read_resource(f"quire://documents/{served.salaries}")


async def test_a_host_that_allows_writes_still_needs_the_right_of_its_key(served: Served) -> None:
    async with over_stdio(served.address, served.narrow, "--allow-writes") as client:
        for document_id, code in ((served.alarms, "forbidden"), (served.salaries, "not_found")):
            told = await refused(client, "delete_document", document_id=document_id)
            assert told[1] == code
        note = {"file_name": "a.md", "text": "# Note", "collection": "cold"}
        assert (await refused(client, "upload_document", **note))[1] == "not_found"


async def test_a_wrong_key_gets_no_connection_over_http(served: Served) -> None:
    for key in ("wrong", ""):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            answer = await http.post(f"{served.address}/mcp", json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        with pytest.raises(ExceptionGroup) as caught:
            async with served.client("http", key):
                pass
        assert caught.group_contains(MCPError)


async def test_a_wrong_key_is_an_error_of_each_tool_over_stdio(served: Served) -> None:
    async with served.client("stdio", "wrong") as client:
        told = await refused(client, "search", query="alarm")
        with pytest.raises(MCPError, match="The API key is not valid"):
            await client.list_resources()
    assert told == ("The API key is not valid.", "unauthorized")


async def test_arguments_are_checked_and_named(served: Served) -> None:
    async with served.client("http") as client:
        sentence, code = await refused(client, "search", question="alarm")
        assert (sentence.partition(":")[0], code) == ("query", "invalid_request")
        assert (await refused(client, "search", query=" "))[1] == "invalid_request"
        for id_ in ("", "../keys", f"{served.alarms}/../../keys", f"{served.alarms}/x"):
            assert (await refused(client, "fetch", id=id_))[1] == "not_found"
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("upload_document", {"file_name": "a.md", "text": "x"})


async def test_only_messages_are_answered(served: Served) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=served.address) as http:
        http.headers["Authorization"] = f"Bearer {ROOT}"
        for method in ("GET", "DELETE"):
            answer = await http.request(method, "/mcp")
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        foreign = await http.post("/mcp", json={}, headers={"Origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "cross_origin")
        large = b'{"a": "' + b"x" * 2_000_000 + b'"}'
        kind = {"Content-Type": "application/json", "Accept": "application/json"}
        assert (await http.post("/mcp", content=large, headers=kind)).status_code == 413
