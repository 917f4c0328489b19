"""Pictures and words of pages over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pymupdf
import pytest
import pytest_asyncio

from services.extractor.document import ReaderLimits
from services.extractor.page_views import PageViews
from services.extractor.sandbox.sandbox import Sandbox
from services.gateway.page_client import PageClient
from shared.blobs.base import page_prefix
from shared.blobs.folder import FolderBlobs
from shared.domain.page_views import PATH
from shared.http.app import health_app
from shared.settings import Settings
from tests.support.encoders import SmallModel
from tests.support.gateway import gateway
from tests.support.system import API, SystemClient, system, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCES = ("The valve opens at 4.2 bar.", "It closes at 3.9 bar.")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory, small_model: SmallModel
) -> AsyncIterator[SystemClient]:
    data = tmp_path_factory.mktemp("pages") / "data"
    async with system(Settings(_env_file=None, data_dir=data, **small_model.settings)) as started:
        yield started


def pdf(folder: Path, name: str = "valves", rotation: int = 90) -> Path:
    """Write a rotated page with two sentences, and an empty page."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    for at, text in enumerate((name, *SENTENCES)):
        page.insert_text((50, 100 + 40 * at), text)
    page.set_rotation(rotation)
    document.new_page()
    path = folder / f"{name}.pdf"
    document.save(path)
    return path


async def ingested(client: SystemClient, path: Path) -> str:
    (status,) = await client.ingest([path])
    return str(status["document_id"])


async def get(client: SystemClient, document_id: str, rest: str, **more: Any) -> httpx.Response:
    return await client.http.get(f"{API}/documents/{document_id}/pages/{rest}", **more)


async def sentences(client: SystemClient, document_id: str) -> dict[str, dict[str, Any]]:
    found = await client.http.get(
        f"{API}/documents/{document_id}/chunks", params={"sentences": True}
    )
    return {
        chunk["content"][each["start"] : each["end"]]: each
        for chunk in found.json()["chunks"]
        for each in chunk["sentences"]
    }


async def gone(client: SystemClient, document_id: str) -> bool:
    return (await client.status(document_id)).get("status") == "gone"


async def test_a_sentence_is_marked_on_its_words(client: SystemClient, tmp_path: Path) -> None:
    document_id = await ingested(client, pdf(tmp_path))
    words = (await get(client, document_id, "1/text")).json()
    assert (words["rotation"], words["width"], words["height"]) == (90, 400, 600)
    found = await sentences(client, document_id)
    sentence = next(found[text] for text in found if "closes" in text)
    plain = await get(client, document_id, "1.png")
    marked = await get(client, document_id, "1.png", params={"highlight": sentence["sentence_id"]})
    assert marked.headers["content-type"] == "image/png"
    before, after = pymupdf.Pixmap(plain.content), pymupdf.Pixmap(marked.content)
    scale = after.width / 600

    def is_marked(word: dict[str, Any]) -> bool:
        """Return whether a row of pixels through a word changed; a quarter turn to the right."""
        x0, y0, x1, y1 = word["box"]
        x = int((600 - (y0 + y1) / 2) * scale)
        rows = range(int(x0 * scale), int(x1 * scale))
        return any(before.pixel(x, y) != after.pixel(x, y) for y in rows)

    assert [word["text"] for word in words["words"] if is_marked(word)] == SENTENCES[1].split()


async def test_a_page_is_drawn_once_and_kept(client: SystemClient, tmp_path: Path) -> None:
    document_id = await ingested(client, pdf(tmp_path, "kept"))
    first = await get(client, document_id, "1.png")
    (key,) = client.system.stores.blobs.keys(page_prefix(document_id))
    client.system.stores.blobs.put(key, b"kept")
    assert (await get(client, document_id, "1.png")).content == b"kept"
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await get(client, document_id, "1.png", headers=etag)).status_code == 304
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("rest", "status", "code"),
    [
        ("3.png", 404, "not_found"),
        ("3/text", 404, "not_found"),
        ("0.png", 422, "invalid_request"),
        ("1.png?highlight=nonsense", 422, "invalid_request"),
        ("1.png?highlight=00000000-0000-4000-8000-000000000000", 404, "not_found"),
        ("1.png?other=1", 400, "unknown_parameter"),
    ],
)
async def test_what_is_not_there_is_refused(
    client: SystemClient, tmp_path: Path, rest: str, status: int, code: str
) -> None:
    document_id = await ingested(client, pdf(tmp_path, "refused"))
    response = await get(client, document_id, rest)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_passage_is_not_marked_on_another_page(
    client: SystemClient, tmp_path: Path
) -> None:
    document_id = await ingested(client, pdf(tmp_path, "elsewhere"))
    sentence = next(iter((await sentences(client, document_id)).values()))
    for number in (sentence["sentence_id"], f"{sentence['sentence_id'].split('#')[0]}#99"):
        page = "2.png" if number == sentence["sentence_id"] else "1.png"
        response = await get(client, document_id, page, params={"highlight": number})
        assert (response.status_code, response.json()["code"]) == (404, "not_on_page")


async def test_a_format_without_pages_is_answered_with_a_reason(
    client: SystemClient, tmp_path: Path
) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\nThe valve opens at 4 bar.\n", encoding="utf-8")
    document_id = await ingested(client, path)
    for rest in ("1.png", "1/text"):
        response = await get(client, document_id, rest)
        assert (response.status_code, response.json()["code"]) == (404, "no_pages")
        assert "no fixed pages" in response.json()["detail"]


async def test_no_picture_of_a_deleted_document_remains(
    client: SystemClient, tmp_path: Path
) -> None:
    document_id = await ingested(client, pdf(tmp_path, "deleted"))
    await get(client, document_id, "1.png")
    await get(client, document_id, "1/text")
    await client.http.delete(f"{API}/documents/{document_id}")
    blobs = client.system.stores.blobs
    await until(lambda: gone(client, document_id))
    assert list(blobs.keys(page_prefix(document_id))) == []
    assert (await get(client, document_id, "1.png")).status_code == 410


async def test_kept_pages_are_no_fault_and_those_of_unknown_documents_are(
    client: SystemClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.maintenance.orphan_blobs.ORPHAN_AFTER_S", 0.0)
    document_id = await ingested(client, pdf(tmp_path, "verified"))
    await get(client, document_id, "1.png")
    stray = f"{page_prefix('00000000-0000-4000-8000-000000000000')}/1.png"
    client.system.stores.blobs.put(stray, b"x")
    report = await client.verify()
    assert [each["examples"] for each in report["checks"] if each["name"] == "blobs"] == [[stray]]
    await client.verify(repair=True)
    assert not client.system.stores.blobs.exists(stray)


async def test_a_gateway_asks_an_extractor_of_another_process(tmp_path: Path) -> None:
    """The extractor's own app, as it is served where each service is a process."""
    blobs = FolderBlobs(tmp_path / "blobs")
    sandbox = Sandbox(ReaderLimits())

    async def ready() -> dict[str, bool]:
        return {}

    app = health_app(ready, None, {PATH: PageViews(blobs, sandbox)})
    pages = PageClient("http://extractor", app=app)
    async with gateway(tmp_path, pages=pages) as gate:
        sent = await gate.upload(pdf(tmp_path).read_bytes(), name="valves.pdf")
        address = f"{API}/documents/{sent.json()['document_id']}/pages"
        found = await gate.http.get(f"{address}/1.png")
        assert (found.status_code, found.content[:4]) == (200, b"\x89PNG")
        assert (await gate.http.get(f"{address}/7.png")).status_code == 404
        broken = await gate.upload(name="broken.pdf")
        problem = await gate.http.get(f"{API}/documents/{broken.json()['document_id']}/pages/1.png")
        assert (problem.status_code, problem.json()["code"]) == (422, "corrupt")
    await pages.close()
    await sandbox.close()


async def test_a_cluster_without_an_address_of_the_extractor_says_so(tmp_path: Path) -> None:
    async with gateway(tmp_path) as gate:
        sent = await gate.upload()
        found = await gate.http.get(f"{API}/documents/{sent.json()['document_id']}/pages/1.png")
        assert (found.status_code, found.json()["code"]) == (404, "no_pages")


async def test_an_extractor_that_is_away_is_answered_with_503(tmp_path: Path) -> None:
    async with gateway(tmp_path, pages=PageClient("http://127.0.0.1:1")) as gate:
        sent = await gate.upload()
        found = await gate.http.get(f"{API}/documents/{sent.json()['document_id']}/pages/1.png")
        assert (found.status_code, found.json()["code"]) == (503, "unavailable")
        assert found.headers["retry-after"]
