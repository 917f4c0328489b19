"""Files of an archive that are uploaded by themselves too, read again, or known already."""

from __future__ import annotations

import pytest

from shared.settings import Settings
from tests.embedded.test_members import LAMP, OVEN, PUMP, children, sent, shown
from tests.support import system as kit
from tests.support.archives import zipped
from tests.support.system import API, SystemClient

pytestmark = pytest.mark.usefixtures("warm_starts")


async def is_gone(client: SystemClient, document_id: str) -> bool:
    response = await client.http.get(f"{API}/documents/{document_id}")
    return response.status_code == 410


async def test_a_file_that_was_uploaded_by_itself_outlives_the_archive(settings: Settings) -> None:
    async with kit.system(settings) as client:
        parent = await sent(client, "all.zip", zipped({"pump.md": PUMP, "oven.md": OVEN}))
        oven, pump = await children(client, parent["document_id"])
        again = await client.try_upload("pump.md", PUMP)
        assert (again.status_code, again.json()["document_id"]) == (200, pump["document_id"])
        assert (await shown(client, pump["document_id"]))["parent_id"] is None

        deleted = await client.http.delete(f"{API}/documents/{parent['document_id']}")
        assert deleted.status_code == 202
        await kit.until(lambda: is_gone(client, oven["document_id"]))
        assert (await shown(client, pump["document_id"]))["status"] == "completed"
        found = await client.http.post(f"{API}/query/retrieve", json={"query": "pump cellar"})
        assert "five bar" in found.json()["passages"][0]["content"]
        await client.sound()


async def test_an_archive_of_files_that_are_known_says_so(settings: Settings) -> None:
    async with kit.system(settings) as client:
        await sent(client, "pump.md", PUMP)
        parent = await sent(client, "all.zip", zipped({"a.md": PUMP}))
        assert parent["status"] == "completed_empty"
        assert "does not have already" in parent["error"]["message"]
        assert [one["code"] for one in parent["members_unread"]["members"]] == ["duplicate"]


async def test_files_whose_work_was_cancelled_are_read_again_with_their_archive(
    settings: Settings,
) -> None:
    async with kit.system(settings) as client:
        parent = await sent(client, "all.zip", zipped({"pump.md": PUMP, "lamp.md": LAMP}))
        lamp, pump = await children(client, parent["document_id"])
        stopped = await client.http.post(f"{API}/documents/{lamp['document_id']}/reprocess")
        assert stopped.status_code == 202
        await client.http.post(f"{API}/documents/{lamp['document_id']}/cancel")
        if (await client.ended(lamp["document_id"]))["status"] != "cancelled":
            pytest.fail("the document was read before it could be cancelled")

        again = await client.http.post(f"{API}/documents/{parent['document_id']}/reprocess")
        assert again.status_code == 202
        await client.ended(parent["document_id"])
        assert (await client.ended(lamp["document_id"]))["status"] == "completed"
        assert (await shown(client, pump["document_id"]))["revision"] == 1
        await client.sound()
