"""A process that is killed while it recognises pages loses none of them and doubles none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import scans
from tests.support.encoders import SmallModel
from tests.support.http_client import API, connect
from tests.support.serve import Server
from tests.support.wait import until

pytestmark = [scans.needs_tesseract, pytest.mark.usefixtures("warm_starts")]
# Figures alone are misread now and then.
TREES = ("apple", "birch", "cedar", "elder", "maple")
PAGES = len(TREES)


@pytest.fixture
def killed(tmp_path: Path, warm_parent: str, small_model: SmallModel) -> Iterator[Server]:
    server = Server(tmp_path / "killed", warm_parent, **small_model.environment)
    yield server
    with contextlib.suppress(AssertionError, ProcessLookupError):
        server.stop()


async def test_pages_that_were_recognised_before_a_kill_are_kept(
    killed: Server, tmp_path: Path
) -> None:
    pages = [scans.picture(f"The sheet about the {tree} tree is in the folder.") for tree in TREES]
    path = tmp_path / "folder.pdf"
    path.write_bytes(scans.pdf(pages))
    async with connect(killed.url) as client:
        killed.start()
        document_id = await client.send(path)

        async def has_recognised(count: int) -> bool:
            status = await client.status(document_id)
            return bool(status) and status["stages"]["recognising"]["done"] >= count

        for count in (1, 3):
            await until(lambda count=count: has_recognised(count))  # type: ignore[misc]
            killed.kill()
            killed.start()
        ended = await client.ended(document_id)
        assert ended["status"] == "completed"
        assert ended["stages"]["recognising"] == {"done": PAGES, "total": PAGES}
        response = await client.http.get(f"{API}/documents/{document_id}/chunks")
        found = [(chunk["page"], chunk["content"]) for chunk in response.json()["chunks"]]
        assert [page for page, _ in found] == list(range(1, PAGES + 1))
        for tree, (_, content) in zip(TREES, found, strict=True):
            assert f"the {tree} tree" in content
        await client.sound()
