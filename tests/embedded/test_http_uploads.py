"""Uploads over HTTP: accepted files are stored once, refused ones leave no data."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from services.gateway.uploads import store
from shared.blobs.base import original_key
from shared.database.base import Database
from shared.domain.events import Event
from shared.repositories import blob_removals, documents
from tests.support.gateway import PDF, UPLOAD, Gateway, gateway
from tests.support.http_client import API

MIB = 1024 * 1024
GIF = b"GIF89a\1\0\1\0\x80\0\0"
PDF_KEY = original_key(hashlib.sha256(PDF).hexdigest())


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path, max_upload_mb=1, max_files_per_upload=3) as started:
        yield started


async def count(gate: Gateway) -> int:
    return await gate.deps.database.read(documents.count)


async def test_an_upload_returns_its_document(gate: Gateway) -> None:
    response = await gate.upload(title="Handbook", metadata='{"year": 2024}', collection="hr")
    document = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"{API}/processing/status/{document['document_id']}"
    assert (document["title"], document["collection"], document["metadata"]) == (
        "Handbook",
        "hr",
        {"year": 2024},
    )
    assert (document["status"], document["file_type"], document["file_size"]) == (
        "pending",
        "pdf",
        len(PDF),
    )
    assert document["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert gate.deps.blobs.path(original_key(document["sha256"])).read_bytes() == PDF
    assert not gate.incoming


async def test_an_upload_opens_and_announces_an_extract_task(gate: Gateway) -> None:
    announced: list[Event] = []

    async def hear(event: Event) -> None:
        announced.append(event)

    gate.deps.bus.subscribe_all(hear)
    document = (await gate.upload()).json()
    await gate.deps.announced()
    tasks = (await gate.http.get(f"{API}/documents/{document['document_id']}/tasks")).json()
    assert [(task["task_id"], task["task_type"]) for task in tasks["tasks"]] == [
        (document["task_id"], "extract")
    ]
    assert [event.name for event in announced] == ["document.uploaded.v1"]


async def test_a_document_without_title_gets_the_file_name(gate: Gateway) -> None:
    assert (await gate.upload(name="Leave policy.pdf")).json()["title"] == "Leave policy"


async def test_several_files_are_returned_in_their_order(gate: Gateway) -> None:
    files = [("files", ("a.pdf", PDF)), ("file", ("b.md", b"# b")), ("file", ("c.pdf", PDF))]
    response = await gate.http.post(UPLOAD, files=files)
    found = response.json()["documents"]
    assert response.status_code == 202
    assert [(one["file_name"], one["file_type"]) for one in found[:2]] == [
        ("a.pdf", "pdf"),
        ("b.md", "md"),
    ]
    assert found[2]["duplicate_of"] == found[0]["document_id"]
    assert await count(gate) == 2


async def test_uploading_the_same_file_again_returns_the_existing_document(gate: Gateway) -> None:
    first = (await gate.upload()).json()
    again = await gate.upload(name="renamed.pdf", title="Other")
    assert again.status_code == 200
    assert again.json()["duplicate_of"] == again.json()["document_id"] == first["document_id"]
    assert again.json()["title"] == first["title"]
    assert (await gate.upload(collection="other")).status_code == 202


async def test_a_deleted_file_can_be_uploaded_again(gate: Gateway) -> None:
    first = (await gate.upload()).json()
    await gate.http.delete(f"{API}/documents/{first['document_id']}")
    again = await gate.upload()
    assert again.status_code == 202
    assert again.json()["document_id"] != first["document_id"]


async def test_concurrent_uploads_of_one_file_make_one_document(gate: Gateway) -> None:
    answers = await asyncio.gather(*(gate.upload() for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len({answer.json()["document_id"] for answer in answers}) == 1
    assert not gate.incoming


async def test_the_same_idempotency_key_gets_the_same_response(gate: Gateway) -> None:
    first = await gate.upload(key="k1")
    again = await gate.upload(key="k1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["location"] == first.headers["location"]


async def test_concurrent_requests_with_one_key_are_executed_once(gate: Gateway) -> None:
    answers = await asyncio.gather(*(gate.upload(key="k1") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert await count(gate) == 1


@pytest.mark.parametrize(
    "other",
    [{"data": PDF + b"x"}, {"name": "other.pdf"}, {"title": "Other"}, {"collection": "other"}],
)
async def test_a_key_of_another_request_is_refused(gate: Gateway, other: dict[str, Any]) -> None:
    await gate.upload(key="k1")
    refused = await gate.upload(key="k1", **other)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_conflict")
    assert await count(gate) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü"])
async def test_an_invalid_key_is_refused(gate: Gateway, key: str) -> None:
    response = await gate.http.post(
        UPLOAD, files={"file": ("a.pdf", PDF)}, headers={b"Idempotency-Key": key.encode()}
    )
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([("file", ("a.pdf", b""))], 422, "empty_file"),
        ([("file", ("a.gif", b"GIF89a\1\0\1\0\x80\0\0"))], 415, "unsupported_type"),
        (
            [("file", ("a.gif", b"GIF89a\1\0\1\0\x80\0\0")), ("file", ("b.md", b""))],
            415,
            "unsupported_type",
        ),
        ([("file", ("a.pdf", PDF + b"x" * (MIB + 1)))], 413, "too_large"),
        ([("file", (f"{n}.pdf", PDF)) for n in range(4)], 422, "too_many_files"),
        ([("other", ("a.pdf", PDF))], 400, "invalid_multipart"),
        ([("title", (None, "only a title"))], 422, "missing_file"),
    ],
)
async def test_a_refused_upload_leaves_no_rows_and_files(
    gate: Gateway, files: list[Any], status: int, code: str
) -> None:
    response = await gate.http.post(UPLOAD, files=files)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await count(gate) == 0
    assert not gate.incoming
    assert list(gate.deps.blobs.keys()) == []


async def test_a_refused_file_does_not_stop_the_others(gate: Gateway) -> None:
    files = [("file", ("a.exe", b"MZ\0\0")), ("file", ("b.pdf", PDF)), ("file", ("c.md", b""))]
    for status in (202, 200):
        response = await gate.http.post(UPLOAD, files=files)
        found = response.json()
        assert response.status_code == status
        assert [one["file_name"] for one in found["documents"]] == ["b.pdf"]
        assert [(one["file"], one["status"], one["code"]) for one in found["refused"]] == [
            ("a.exe", 415, "unsupported_type"),
            ("c.md", 422, "empty_file"),
        ]
        assert "Windows program" in found["refused"][0]["detail"]
    assert await count(gate) == 1
    assert not gate.incoming


async def test_a_repeated_key_gets_the_refused_files_too(gate: Gateway) -> None:
    files = [("file", ("a.exe", b"MZ\0\0")), ("file", ("b.pdf", PDF))]
    headers = {"Idempotency-Key": "k1"}
    answers = [await gate.http.post(UPLOAD, files=files, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    files[0] = ("file", ("a.exe", b"MZ\0\1"))
    assert (await gate.http.post(UPLOAD, files=files, headers=headers)).status_code == 422


async def test_the_problem_of_several_refused_files_lists_them(gate: Gateway) -> None:
    files = [("file", ("a.exe", b"MZ\0\0")), ("file", ("c.md", b""))]
    problem = (await gate.http.post(UPLOAD, files=files)).json()
    assert problem["file"] == "a.exe"
    assert [one["file"] for one in problem["refused"]] == ["a.exe", "c.md"]


async def test_the_problem_names_the_refused_file(gate: Gateway) -> None:
    response = await gate.upload(GIF, name="../holiday.gif")
    assert response.json()["file"] == "holiday.gif"


async def test_a_file_of_exactly_the_limit_is_accepted(gate: Gateway) -> None:
    assert (await gate.upload(PDF.ljust(MIB))).status_code == 202
    assert (await gate.upload(PDF.ljust(MIB + 1))).status_code == 413


@pytest.mark.parametrize(
    "name",
    ["../../x.pdf", "/etc/x.pdf", "C:\\x.pdf", "x\u202e.pdf", "x" * 4096, 'x".pdf', "é;.pdf"],
)
async def test_a_malicious_file_name_does_not_affect_paths(
    gate: Gateway, name: str, tmp_path: Path
) -> None:
    document = (await gate.upload(name=name)).json()
    response = await gate.http.get(f"{API}/documents/{document['document_id']}/file")
    disposition = response.headers["content-disposition"]
    assert response.content == PDF
    assert disposition.startswith("attachment; filename")
    assert not {"\u202e", "/", "\\"} & set(document["file_name"])
    stored = {path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert stored == {document["sha256"]}


@dataclass
class Interleaved:
    """A database that runs `before` ahead of each transaction and records whether one is open."""

    database: Database
    before: Callable[[], Awaitable[None]]
    is_open: bool = False
    url: URL = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.database.url

    async def transact(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        def run(session: Any) -> Any:
            self.is_open = True
            try:
                return fn(session, *args, **kwargs)
            finally:
                self.is_open = False

        await self.before()
        return await self.database.transact(run)

    async def read(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await self.database.read(fn, *args, **kwargs)

    def version(self) -> int | None:
        return self.database.version()

    async def close(self) -> None:
        await self.database.close()


def interleave(gate: Gateway, before: Callable[[], Awaitable[None]]) -> Interleaved:
    """Have `before` run ahead of each transaction of the gateway's routes."""
    database = Interleaved(gate.deps.database, before)
    gate.app.state.deps = replace(gate.deps, database=database)
    return database


async def remove_blob(gate: Gateway) -> None:
    """Remove the blob of `PDF` as a deletion of another document does."""
    database = gate.deps.database
    if await database.transact(blob_removals.mark_unreferenced, PDF_KEY, "test"):
        gate.deps.blobs.remove(PDF_KEY)
        await database.transact(blob_removals.clear, PDF_KEY, "test")


async def test_an_upload_waits_until_a_removal_of_its_bytes_ends(gate: Gateway) -> None:
    attempts = 0

    async def remove_at_the_second_attempt() -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            gate.deps.blobs.remove(PDF_KEY)
            await gate.deps.database.transact(blob_removals.clear, PDF_KEY, "test")

    await gate.deps.database.transact(blob_removals.mark, PDF_KEY, "test")
    interleave(gate, remove_at_the_second_attempt)
    assert (await gate.upload()).status_code == 202
    assert attempts == 2
    assert gate.deps.blobs.path(PDF_KEY).read_bytes() == PDF


async def test_a_blob_removed_before_the_commit_is_stored_again(gate: Gateway) -> None:
    interleave(gate, lambda: remove_blob(gate))
    assert (await gate.upload()).status_code == 202
    assert gate.deps.blobs.path(PDF_KEY).read_bytes() == PDF


async def test_a_blob_is_not_removed_after_the_commit(gate: Gateway) -> None:
    await gate.upload()
    await remove_blob(gate)
    assert gate.deps.blobs.exists(PDF_KEY)


@pytest.mark.parametrize("key", [None, "k1"])
async def test_a_repeated_request_stores_the_blob_missing_after_a_crash(
    gate: Gateway, key: str | None
) -> None:
    first = await gate.upload(key="k1")
    gate.deps.blobs.remove(PDF_KEY)
    again = await gate.upload(key=key)
    assert again.json()["document_id"] == first.json()["document_id"]
    assert gate.deps.blobs.exists(PDF_KEY)


async def test_a_repeated_request_does_not_restore_deleted_bytes(gate: Gateway) -> None:
    document_id = (await gate.upload(key="k1")).json()["document_id"]

    def forget(session: Session) -> None:
        documents.get(session, document_id).file_path = ""  # type: ignore[union-attr]

    await gate.deps.database.transact(forget)
    await remove_blob(gate)
    assert (await gate.upload(key="k1")).status_code == 202
    assert not gate.deps.blobs.exists(PDF_KEY)


async def test_the_blob_store_is_not_called_inside_a_transaction(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    async def nothing() -> None:
        pass

    database = interleave(gate, nothing)
    for name in ("exists", "size", "path", "put", "put_file", "remove", "keys"):
        call = getattr(gate.deps.blobs, name)

        def checked(*args: Any, _name: str = name, _call: Any = call, **kwargs: Any) -> Any:
            calls.append(_name)
            assert not database.is_open, f"{_name} was called inside a transaction"
            return _call(*args, **kwargs)

        monkeypatch.setattr(gate.deps.blobs, name, checked)
    for collection in ("one", "two", "two"):
        assert (await gate.upload(collection=collection)).is_success
    assert "put_file" in calls


async def test_a_removal_that_does_not_end_is_reported(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PAUSES_S", (0.0,))
    await gate.deps.database.transact(blob_removals.mark, PDF_KEY, "test")
    response = await gate.upload()
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response.headers["retry-after"]


async def test_a_truncated_blob_is_stored_again(gate: Gateway) -> None:
    gate.deps.blobs.put(PDF_KEY, PDF[:5])
    await gate.upload()
    assert gate.deps.blobs.path(PDF_KEY).read_bytes() == PDF


async def test_equal_keys_of_different_callers_are_independent(tmp_path: Path) -> None:
    entries = ",".join(f"{n}:{hashlib.sha256(n.encode()).hexdigest()}" for n in ("anna", "ben"))
    async with gateway(tmp_path, api_keys=entries) as gate:
        for name in ("anna", "ben"):
            response = await gate.http.post(
                UPLOAD,
                files={"file": (f"{name}.pdf", PDF + name.encode())},
                headers={"Idempotency-Key": "same", "Authorization": f"Bearer {name}"},
            )
            assert response.status_code == 202
