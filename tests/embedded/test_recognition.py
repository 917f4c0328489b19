"""Scanned pages are recognised beside printed ones: in order, once, and found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.database.schema import Document, UnreadPage
from shared.maintenance.audit import count
from shared.settings import Settings
from tests.support import scans
from tests.support import system as kit
from tests.support.system import API, SystemClient

pytestmark = scans.needs_tesseract

LEASE = (
    "The lease of the warehouse in Rotterdam ends on the last day of March. The tenant pays for"
    " the repair of the roof, and the owner pays for the paint of the gates."
)
PARKING = (
    "Employees park their bicycles behind the canteen. Visitors leave their cars in the second"
    " row near the fountain, and show the yellow card at the gate."
)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[SystemClient]:
    async with kit.system(settings) as started:
        yield started


async def ingest(client: SystemClient, name: str, data: bytes, **fields: str) -> dict[str, Any]:
    """Upload a file and return its processing status at the end."""
    response = await client.try_upload(name, data, **fields)
    assert response.status_code == 202, response.text
    return await client.ended(response.json()["document_id"])


def expect_another_page(session: Session, document_id: str) -> None:
    session.execute(
        update(Document).where(Document.document_id == document_id).values(pages_to_recognise=3)
    )


async def chunks(client: SystemClient, document_id: str) -> list[dict[str, Any]]:
    response = await client.http.get(f"{API}/documents/{document_id}/chunks?sentences=true")
    found: list[dict[str, Any]] = response.json()["chunks"]
    return found


async def document(client: SystemClient, document_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.http.get(f"{API}/documents/{document_id}")).json()
    return found


async def test_scanned_pages_of_a_mixed_file_are_read_in_the_order_of_its_pages(
    client: SystemClient,
) -> None:
    pages: list[str | bytes] = [
        "The first page is printed.",
        scans.picture(LEASE),
        "The third page is printed.",
    ]
    ended = await ingest(client, "mixed.pdf", scans.pdf([*pages, scans.picture(PARKING)]))
    assert ended["status"] == "completed"
    assert ended["stages"]["recognising"] == {"done": 2, "total": 2}
    found = await chunks(client, ended["document_id"])
    assert [chunk["page"] for chunk in found] == [1, 2, 3, 4]
    assert "warehouse in Rotterdam" in found[1]["content"]
    assert "second row near the fountain" in found[3]["content"]
    assert [chunk["ocr_confidence"] is None for chunk in found] == [True, False, True, False]
    shown = await document(client, ended["document_id"])
    assert shown["pages_unread"] is None
    assert shown["pages_recognised"] == 2
    listed = await client.http.get(f"{API}/documents/{ended['document_id']}/unread-pages")
    assert [
        (page["page"], page["state"], page["engine"].split()[0], page["languages"])
        for page in listed.json()["pages"]
    ] == [(2, "read", "tesseract", "eng"), (4, "read", "tesseract", "eng")]
    assert all(page["confidence"] > 0.8 for page in listed.json()["pages"])
    assert (await client.verify())["ok"]
    await client.database.transact(expect_another_page, ended["document_id"])
    [rows] = [check for check in (await client.verify())["checks"] if not check["ok"]]
    assert rows["examples"] == [f"{ended['document_id']}: 2 of 3 pages passed text recognition"]


async def test_a_citation_of_a_scan_has_the_place_of_its_line(client: SystemClient) -> None:
    ended = await ingest(client, "lease.pdf", scans.pdf([scans.picture(LEASE, degrees=2.0)]))
    [chunk] = await chunks(client, ended["document_id"])
    for sentence in chunk["sentences"]:
        for box in sentence["boxes"]:
            assert 40 < box["x0"] < box["x1"] < 560
            assert 40 < box["y0"] < box["y1"] < 200


@pytest.mark.parametrize("kind", ["png", "jpeg"])
async def test_a_picture_file_is_read(client: SystemClient, kind: str) -> None:
    ended = await ingest(client, f"lease.{kind}", scans.picture(LEASE, kind=kind))
    assert (ended["status"], ended["page_count"]) == ("completed", 1)
    [chunk] = await chunks(client, ended["document_id"])
    assert "warehouse in Rotterdam" in chunk["content"]


async def test_a_picture_without_text_says_that_nothing_was_recognised(
    client: SystemClient,
) -> None:
    ended = await ingest(client, "blank.png", scans.picture(""))
    assert ended["status"] == "completed_empty"
    assert "also not by text recognition" in ended["error"]["message"]
    shown = await document(client, ended["document_id"])
    assert shown["pages_unread"]["reasons"] == {"nothing_recognised": 1}


async def test_without_an_engine_unread_pages_say_what_to_do(settings: Settings) -> None:
    off = settings.model_copy(update={"ocr": "off"})
    async with kit.system(off) as client:
        mixed = scans.pdf(["Printed text.", scans.picture(LEASE)])
        ended = await ingest(client, "mixed.pdf", mixed)
        assert (ended["status"], ended["total_chunks"]) == ("completed", 1)
        unread = (await document(client, ended["document_id"]))["pages_unread"]
        assert unread["reasons"] == {"no_text": 1}
        assert "install" in unread["message"]
        assert (await client.verify())["ok"]


async def test_a_deleted_scan_leaves_no_rows(client: SystemClient) -> None:
    ended = await ingest(client, "lease.pdf", scans.pdf([scans.picture(LEASE)]))
    await client.http.delete(f"{API}/documents/{ended['document_id']}")

    async def is_gone() -> bool:
        return (await client.status(ended["document_id"]))["status"] == "gone"

    await kit.until(is_gone)
    assert await client.database.read(count, UnreadPage) == 0
    assert (await client.verify())["ok"]


@pytest.fixture
def corpus_scans(corpus: Path) -> list[Path]:
    names = ("docling__ocr_test_rotated_90.pdf", "docling__ocr_test_rotated_180.pdf")
    return [corpus / "documents" / name for name in names]


async def test_pages_on_their_side_and_upside_down_are_read(
    client: SystemClient, corpus_scans: list[Path]
) -> None:
    for path in corpus_scans:
        ended = await ingest(client, path.name, path.read_bytes())
        content = " ".join(chunk["content"] for chunk in await chunks(client, ended["document_id"]))
        assert "document conversion to JSON and Markdown" in content
