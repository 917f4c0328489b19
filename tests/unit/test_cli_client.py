"""The HTTP client of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from services.cli.client import Client
from services.cli.exits import Refused, Unreachable

Answer = Callable[[httpx.Request], httpx.Response]


def client_of(answer: Answer, api_key: str = "") -> Client:
    return Client("http://quire/", api_key, transport=httpx.MockTransport(answer))


def test_a_problem_is_raised_with_its_sentence_and_code() -> None:
    problem = {"title": "Gone", "detail": "This document is deleted.", "code": "gone"}
    with pytest.raises(Refused, match="This document is deleted") as caught:
        client_of(lambda _: httpx.Response(410, json=problem)).document("d")
    assert (caught.value.code, caught.value.status) == ("gone", 410)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b""])
def test_an_error_without_a_problem_body_is_raised(body: bytes) -> None:
    with pytest.raises(Refused, match="502"):
        client_of(lambda _: httpx.Response(502, content=body)).document("d")


def test_the_error_names_an_unreachable_server() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unreachable, match="http://quire"):
        client_of(refuse).ready()
    with pytest.raises(Unreachable, match="http://quire"):
        list(client_of(refuse).lines("/audit/export"))


def test_the_key_is_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"key": request.headers.get("authorization")})

    assert client_of(answer, "secret").ready() == {"key": "Bearer secret"}
    assert client_of(answer).ready() == {"key": None}


def test_an_upload_carries_file_and_fields_and_counts_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-" + b"x" * 200_000)
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(202, json={"document_id": "d"})

    counts: list[int] = []
    with client_of(answer) as client:
        assert client.upload(path, {"collection": "c"}, counts.append) == {"document_id": "d"}
    assert sum(counts) == path.stat().st_size
    assert len(counts) > 2, "the file is read piece by piece"
    assert path.read_bytes() in bodies[0]
    assert b'name="collection"' in bodies[0]


def test_documents_are_read_over_several_pages() -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        first = len(asked) == 1
        rows = [{"document_id": f"{len(asked)}-{number}"} for number in range(200 if first else 5)]
        return httpx.Response(200, json={"documents": rows, "next_cursor": "n" if first else None})

    rows = list(client_of(answer).documents({"status": "failed"}, limit=250))
    assert len(rows) == 205
    assert asked[0] == {"status": "failed", "limit": "200"}
    assert asked[1] == {"status": "failed", "limit": "50", "cursor": "n"}


def test_verify_sends_repair() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"query": str(request.url.params)})

    assert client_of(answer).verify(repair=True) == {"query": "repair=true"}


def test_a_question_is_sent_as_it_is() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=json.loads(request.read()))

    assert client_of(answer).ask({"query": "Ünï“?"}) == {"query": "Ünï“?"}
