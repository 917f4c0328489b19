"""What MCP clients are told where the API answers with something unexpected."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import orjson
import pytest

from shared.mcp import open_mcp
from shared.mcp.base import Reply, Request

SECRET = "the formula of the varnish"


class Fixed:
    """An API whose answer is always the same; `asked` are the requests."""

    address = "http://quire"

    def __init__(self, status: int, body: bytes) -> None:
        self._reply = Reply(status, body)
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.asked.append(request)
        return self._reply


async def told(api: Fixed, method: str, **params: Any) -> dict[str, Any]:
    """Return the JSON-RPC answer to a message."""
    server = open_mcp(api, writes=False)
    transport = httpx.ASGITransport(app=server.serve_http)
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    async with httpx.AsyncClient(transport=transport, base_url="http://quire") as http:
        answer = await http.post("/mcp", json=message, headers={"Accept": "application/json"})
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


async def searched(api: Fixed) -> tuple[bool, str, str]:
    """Return whether a search failed, its text and the code of its problem."""
    made = (await told(api, "tools/call", name="search", arguments={"query": "x"}))["result"]
    return made["isError"], made["content"][0]["text"], made["_meta"]["problem"]["code"]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, b'{"detail": "No such thing.", "code": "not_found"}', "No such thing. (not_found)"),
        (502, b"<html>Bad gateway</html>", "The server answered 502. (http_error)"),
        (503, b'["down"]', "The server answered 503. (http_error)"),
    ],
)
async def test_a_refusal_is_told_with_its_sentence_and_code(
    status: int, body: bytes, expected: str
) -> None:
    failed, text, code = await searched(Fixed(status, body))
    assert failed
    assert text == expected
    assert text.endswith(f"({code})")
    resources = await told(Fixed(status, body), "resources/list")
    assert resources["error"]["message"] == expected.rpartition(" (")[0]
    assert resources["error"]["data"] == {"code": code}


async def test_an_answer_of_another_shape_is_neither_told_nor_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    passage = {"title": [SECRET], "source": "", "page": 0, "document_id": "d", "chunk_id": "c"}
    api = Fixed(200, orjson.dumps({"passages": [passage], "documents": [SECRET]}))
    with caplog.at_level(logging.DEBUG):
        failed, text, code = await searched(api)
        listed = await told(api, "resources/list")
    assert (failed, code) == (True, "internal")
    assert listed["error"]["data"] == {"code": "internal"}
    assert "an MCP tool failed" in caplog.text
    assert SECRET not in f"{text}{listed}{caplog.text}"


@pytest.mark.parametrize(
    "id_", ["", "/", "x", "../keys", "3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10/../../../keys", "@"]
)
async def test_ids_of_another_form_lead_to_no_route(id_: str) -> None:
    api = Fixed(200, b"{}")
    made = await told(api, "tools/call", name="document_status", arguments={"document_id": id_})
    assert made["result"]["_meta"]["problem"]["code"] == "not_found"
    assert api.asked == []
