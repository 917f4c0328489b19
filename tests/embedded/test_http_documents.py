"""Documents over HTTP: list, show, describe, reprocess, cancel, delete, and invalid input."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from shared.database.schema import Chunk
from shared.repositories import documents, tasks
from shared.text import chunk_sentences
from shared.text.chunk_sentences import LineBox, Sentence
from tests.support.gateway import PDF, Gateway, gateway
from tests.support.http_client import API

DOCUMENTS = f"{API}/documents"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


async def uploaded(gate: Gateway, number: int = 0, **fields: str) -> str:
    response = await gate.upload(PDF + b"%d" % number, name=f"{number}.pdf", **fields)
    return str(response.json()["document_id"])


def add_chunks(session: Session, document_id: str, count: int, revision: int = 1) -> list[str]:
    rows: list[dict[str, Any]] = [
        {
            "chunk_id": str(uuid.uuid4()),
            "document_id": document_id,
            "revision": revision,
            "batch": 0,
            "ordinal": ordinal,
            "content": f"passage {ordinal}",
            "chunk_type": "text",
            "token_count": 2,
            "text_hash": "0" * 64,
            "page_num": 1,
            "box": {"x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0},
        }
        for ordinal in range(count)
    ]
    session.execute(insert(Chunk), rows)
    return [row["chunk_id"] for row in rows]


async def test_a_list_is_paged_newest_first_without_gaps(gate: Gateway) -> None:
    made = [await uploaded(gate, number) for number in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await gate.http.get(DOCUMENTS, params=query)).json()
        seen += [one["document_id"] for one in page["documents"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == 5
    assert set(seen) == set(made)


async def test_a_list_is_filtered(gate: Gateway) -> None:
    first = await uploaded(gate, 1, collection="hr")
    second = await uploaded(gate, 2)
    await gate.http.post(f"{DOCUMENTS}/{second}/cancel")
    for query, expected in (
        ({"collection": "hr"}, [first]),
        ({"status": "cancelled"}, [second]),
        ({"collection": "hr", "status": "cancelled"}, []),
    ):
        page = (await gate.http.get(DOCUMENTS, params=query)).json()
        assert [one["document_id"] for one in page["documents"]] == expected


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "-1"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "1e9"},
        {"limit": "9" * 400},
        {"cursor": "made-up"},
        {"cursor": "x" * 1000},
        # The first moment of the calendar, in a time zone where it lies before that in UTC.
        {"cursor": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiYSJd"},
        {"status": "nice"},
        {"status": "completed' OR 1=1 --"},
        {"collection": "a'; DROP TABLE documents; --"},
        {"collection": "\0"},
    ],
)
async def test_invalid_list_parameters_are_refused(gate: Gateway, query: dict[str, str]) -> None:
    response = await gate.http.get(DOCUMENTS, params=query)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


ROUTES = [
    ("GET", f"{DOCUMENTS}/{{}}"),
    ("PATCH", f"{DOCUMENTS}/{{}}"),
    ("DELETE", f"{DOCUMENTS}/{{}}"),
    ("GET", f"{DOCUMENTS}/{{}}/chunks"),
    ("GET", f"{DOCUMENTS}/{{}}/tasks"),
    ("GET", f"{DOCUMENTS}/{{}}/file"),
    ("GET", f"{DOCUMENTS}/{{}}/chunks/00000000-0000-4000-8000-000000000000/picture"),
    ("POST", f"{DOCUMENTS}/{{}}/reprocess"),
    ("POST", f"{DOCUMENTS}/{{}}/cancel"),
    ("GET", f"{API}/events?document_id={{}}"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
async def test_unknown_is_404_and_deleted_is_410_everywhere(
    gate: Gateway, method: str, route: str
) -> None:
    body = {"title": "x"} if method == "PATCH" else None
    unknown = await gate.http.request(method, route.format(uuid.uuid4()), json=body)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    document_id = await uploaded(gate)
    await gate.http.delete(f"{DOCUMENTS}/{document_id}")
    gone = await gate.http.request(method, route.format(document_id), json=body)
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")


@pytest.mark.parametrize("document_id", ["x", "..%2f..%2fetc", "%00", "1' OR '1'='1", "a" * 5000])
async def test_an_invalid_id_is_not_found(gate: Gateway, document_id: str) -> None:
    for _, route in (ROUTES[0], ("GET", f"{API}/processing/status/{{}}")):
        assert (await gate.http.get(route.format(document_id))).status_code == 404


async def test_only_descriptive_fields_can_be_changed(gate: Gateway) -> None:
    address = f"{DOCUMENTS}/{await uploaded(gate)}"
    sent = {"title": "New", "metadata": {"year": 2024}, "collection": "manuals"}
    changed = (await gate.http.patch(address, json=sent)).json()
    assert changed | sent == changed
    assert changed["description"] == ""
    assert (await gate.http.patch(address, json={"metadata": {}})).json()["metadata"] == {}
    for body in (
        {},
        {"title": None},
        {"status": "completed"},
        {"title": "a\0b"},
        {"title": 1},
        {"collection": "Not A Name"},
        {"metadata": {"a": [1]}},
        {"metadata": {"a": "x" * 16_384}},
        {"metadata": {"": 1}},
        {"metadata": "{}"},
    ):
        refused = await gate.http.patch(address, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), body
    assert (await gate.http.get(address)).json()["title"] == "New"


async def test_a_document_does_not_move_to_a_collection_that_has_its_file(gate: Gateway) -> None:
    address = f"{DOCUMENTS}/{await uploaded(gate, collection='drafts')}"
    await uploaded(gate, collection="manuals")
    refused = await gate.http.patch(address, json={"title": "New", "collection": "manuals"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await gate.http.get(address)).json()["collection"] == "drafts"


async def test_a_deleted_document_is_hidden_at_once_and_its_removal_can_be_followed(
    gate: Gateway,
) -> None:
    document_id = await uploaded(gate)
    response = await gate.http.delete(f"{DOCUMENTS}/{document_id}")
    assert response.status_code == 202
    assert (await gate.http.get(DOCUMENTS)).json()["documents"] == []
    status = (await gate.http.get(response.headers["location"])).json()
    assert (status["status"], status["current_step"]) == ("deleting", "removing")


async def test_a_document_can_be_cancelled_and_reprocessed(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    address = f"{DOCUMENTS}/{document_id}"
    too_early = await gate.http.post(f"{address}/reprocess")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "conflict")
    assert (await gate.http.post(f"{address}/cancel")).json()["status"] == "cancelled"
    assert (await gate.http.post(f"{address}/cancel")).status_code == 409
    headers = {"Idempotency-Key": "again"}
    first = await gate.http.post(f"{address}/reprocess", headers=headers)
    second = await gate.http.post(f"{address}/reprocess", headers=headers)
    assert (first.status_code, first.json()["revision"]) == (202, 2)
    assert (second.status_code, second.json()) == (202, first.json())


async def test_the_processing_status_is_returned(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    status = (await gate.http.get(f"{API}/processing/status/{document_id}")).json()
    assert (status["status"], status["progress"], status["current_step"]) == (
        "pending",
        0,
        "waiting",
    )
    assert status["total_steps"] == 4
    assert status["stages"]["reading"] == {"done": 0, "total": None}
    assert (status["eta_seconds"], status["error"]) == (None, None)


async def test_chunks_are_paged_in_reading_order(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    await gate.deps.database.transact(add_chunks, document_id, 5)
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "") is not None:
        page = (await gate.http.get(f"{DOCUMENTS}/{document_id}/chunks", params=query)).json()
        seen += [one["ordinal"] for one in page["chunks"]]
        query["cursor"] = page["next_cursor"]
    assert seen == [0, 1, 2, 3, 4]
    assert page["chunks"][0]["bbox"] == {"x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0}


async def test_sentences_of_chunks_are_returned_if_asked_for(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    (chunk_id, _) = await gate.deps.database.transact(add_chunks, document_id, 2)
    place = (LineBox(2, 1.5, 2.0, 3.0, 4.0),)
    sentence = Sentence(0, 7, "list_item", 2, place, struck=True, page_label="ii")
    columns = {"sentences": chunk_sentences.encode([sentence])}
    await gate.deps.database.transact(change_chunk, chunk_id, columns)
    address = f"{DOCUMENTS}/{document_id}/chunks"
    plain = (await gate.http.get(address)).json()["chunks"]
    assert [each["sentences"] for each in plain] == [None, None]
    first, second = (await gate.http.get(f"{address}?sentences=true")).json()["chunks"]
    assert second["sentences"] == []
    assert first["sentences"] == [
        {
            "sentence_id": f"{chunk_id}#0",
            "start": 0,
            "end": 7,
            "kind": "list_item",
            "page": 2,
            "page_label": "ii",
            "boxes": [{"page": 2, "x0": 1.5, "y0": 2.0, "x1": 3.0, "y1": 4.0}],
            "hidden": False,
            "struck": True,
        }
    ]


def change_chunk(session: Session, chunk_id: str, columns: dict[str, Any]) -> None:
    session.execute(update(Chunk).where(Chunk.chunk_id == chunk_id).values(columns))


async def test_a_picture_is_found_through_its_own_document_only(gate: Gateway) -> None:
    mine, other = await uploaded(gate, 1), await uploaded(gate, 2)
    (chunk_id, plain) = await gate.deps.database.transact(add_chunks, mine, 2)
    gate.deps.blobs.put("pictures/x.png", b"\x89PNG")
    await gate.deps.database.transact(
        lambda session: session.get_one(Chunk, chunk_id).__setattr__("image_path", "pictures/x.png")
    )
    picture = await gate.http.get(f"{DOCUMENTS}/{mine}/chunks/{chunk_id}/picture")
    assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert "sandbox" in picture.headers["content-security-policy"]
    for address in (f"{other}/chunks/{chunk_id}", f"{mine}/chunks/{plain}"):
        assert (await gate.http.get(f"{DOCUMENTS}/{address}/picture")).status_code == 404


async def test_the_original_file_is_returned_unchanged(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    response = await gate.http.get(f"{DOCUMENTS}/{document_id}/file")
    assert response.content == PDF + b"0"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    part = await gate.http.get(f"{DOCUMENTS}/{document_id}/file", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"%PDF")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [("bytes=900-", 416, "range_not_satisfiable"), ("bytes=x", 400, "bad_request")],
)
async def test_a_range_that_can_not_be_served_is_answered_with_a_problem(
    gate: Gateway, given: str, status: int, code: str
) -> None:
    document_id = await uploaded(gate)
    response = await gate.http.get(f"{DOCUMENTS}/{document_id}/file", headers={"Range": given})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    size = f"bytes */{len(PDF) + 1}" if status == 416 else None
    assert response.headers.get("content-range") == size


async def test_a_missing_original_is_answered_with_a_problem(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    found = await gate.deps.database.read(documents.get, document_id)
    assert found is not None
    gate.deps.blobs.remove(found.file_path)
    assert (await gate.http.get(f"{DOCUMENTS}/{document_id}/file")).status_code == 404


async def test_a_list_returns_the_number_of_matching_documents(gate: Gateway) -> None:
    for number in range(3):
        await uploaded(gate, number)
    await gate.upload(PDF + b"other", collection="other")
    for query, total in (
        ({"limit": 1}, 4),
        ({"collection": "other"}, 1),
        ({"status": "failed"}, 0),
    ):
        page = (await gate.http.get(DOCUMENTS, params=query)).json()
        assert page["total"] == total


async def test_a_task_is_found_by_its_celery_id(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    task_id = (await gate.http.get(f"{DOCUMENTS}/{document_id}")).json()["task_id"]
    await gate.deps.database.transact(tasks.set_celery_id, task_id, "c-1")
    address = f"{API}/processing/tasks"
    found = (await gate.http.get(address, params={"celery_task_id": "c-1"})).json()
    assert found["document_id"] == document_id
    assert [task["task_id"] for task in found["tasks"]] == [task_id]
    for unknown, status in (("c-2", 404), ("\0", 422)):
        response = await gate.http.get(address, params={"celery_task_id": unknown})
        assert response.status_code == status


async def described(gate: Gateway) -> list[str]:
    """Upload three files of different names, sizes and types; return their ids in that order."""
    files = [("Beta.pdf", PDF + b"x" * 9), ("alpha.txt", b"short"), ("gamma 100%.md", b"# medium")]
    sent = [await gate.upload(data, name=name) for name, data in files]
    return [str(each.json()["document_id"]) for each in sent]


async def listed(gate: Gateway, **query: Any) -> list[str]:
    """Return the names of all listed files, read one by one with cursors."""
    names: list[str] = []
    while True:
        page = (await gate.http.get(DOCUMENTS, params={"limit": 1, **query})).json()
        names += [each["file_name"] for each in page["documents"]]
        if page["next_cursor"] is None:
            assert page["total"] == len(names)
            return names
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("created_at", ["Beta.pdf", "alpha.txt", "gamma 100%.md"]),
        ("file_name", ["Beta.pdf", "alpha.txt", "gamma 100%.md"]),
        ("file_size", ["alpha.txt", "gamma 100%.md", "Beta.pdf"]),
        ("file_type", ["gamma 100%.md", "Beta.pdf", "alpha.txt"]),
    ],
)
async def test_a_list_is_sorted_both_ways_without_gaps(
    gate: Gateway, sort: str, first: list[str]
) -> None:
    await described(gate)
    assert await listed(gate, sort=sort, order="asc") == first
    assert await listed(gate, sort=sort, order="desc") == first[::-1]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"name": "ALPHA"}, ["alpha.txt"]),
        ({"name": "100%"}, ["gamma 100%.md"]),
        ({"name": "%"}, ["gamma 100%.md"]),
        ({"name": "_"}, []),
        ({"file_type": "pdf"}, ["Beta.pdf"]),
        ({"file_type": "pdf", "name": "alpha"}, []),
    ],
)
async def test_a_list_is_filtered_by_name_and_type(
    gate: Gateway, query: dict[str, str], names: list[str]
) -> None:
    await described(gate)
    assert await listed(gate, **query) == names


async def test_a_cursor_of_another_order_is_refused(gate: Gateway) -> None:
    await described(gate)
    page = await gate.http.get(DOCUMENTS, params={"limit": 1, "sort": "file_size"})
    cursor = page.json()["next_cursor"]
    for other in ("file_name", "created_at"):
        answer = await gate.http.get(DOCUMENTS, params={"sort": other, "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_one_chunk_is_shown_with_its_sentences(gate: Gateway) -> None:
    document_id = await uploaded(gate)
    (chunk_id,) = await gate.deps.database.transact(add_chunks, document_id, 1)
    found = await gate.http.get(f"{DOCUMENTS}/{document_id}/chunks/{chunk_id}")
    assert found.json()["content"] == "passage 0"
    assert found.json()["sentences"] == []
    other = await uploaded(gate, 1)
    assert (await gate.http.get(f"{DOCUMENTS}/{other}/chunks/{chunk_id}")).status_code == 404
