"""A process that is killed while it makes documents of an archive's files loses none of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.archives import zipped
from tests.support.encoders import SmallModel
from tests.support.http_client import API, connect
from tests.support.serve import Server
from tests.support.wait import until

pytestmark = pytest.mark.usefixtures("warm_starts")

FILES = 16


@pytest.fixture
def killed(tmp_path: Path, warm_parent: str, small_model: SmallModel) -> Iterator[Server]:
    server = Server(tmp_path / "killed", warm_parent, **small_model.environment)
    yield server
    with contextlib.suppress(AssertionError, ProcessLookupError):
        server.stop()


async def test_every_file_of_an_archive_becomes_one_document(
    killed: Server, tmp_path: Path
) -> None:
    texts = {f"{n:02}.md": f"# Sheet {n}\n\nSheet {n} is here.\n".encode() for n in range(FILES)}
    path = tmp_path / "sheets.zip"
    path.write_bytes(zipped(texts))
    async with connect(killed.url) as client:
        killed.start()
        document_id = await client.send(path)

        async def made() -> list[dict[str, str]]:
            with contextlib.suppress(httpx.HTTPError):
                query: dict[str, str | int] = {"parent_id": document_id, "limit": 200}
                response = await client.http.get(f"{API}/documents", params=query)
                if response.status_code == 200:
                    return list(response.json()["documents"])
            return []

        for count in (1, FILES // 2):

            async def has_made(count: int = count) -> bool:
                return len(await made()) >= count

            await until(has_made)
            killed.kill()
            killed.start()
        assert (await client.ended(document_id))["status"] == "completed"
        documents = await made()
        assert sorted(one["member_path"] for one in documents) == sorted(texts)
        ended = await client.all_ended([one["document_id"] for one in documents])
        assert {one["status"] for one in ended} == {"completed"}
        for one in documents:
            original = await client.http.get(f"{API}/documents/{one['document_id']}/file")
            assert original.content == texts[one["member_path"]]
        await client.sound()
