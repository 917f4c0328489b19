"""Files in archives and e-mails become documents of their own, and share their parent's fate."""

from __future__ import annotations

from typing import Any

import pytest

from shared.settings import Settings
from tests.support import system as kit
from tests.support.archives import mail, zipped
from tests.support.system import API, SystemClient

pytestmark = pytest.mark.usefixtures("warm_starts")

PUMP = b"# Pump\n\nThe pump of the cellar runs at five bar.\n"
OVEN = b"# Oven\n\nThe oven of the bakery reaches 280 degrees.\n"
LAMP = b"# Lamp\n\nThe lamp of the tower needs 60 watts.\n"


async def sent(client: SystemClient, name: str, data: bytes, **fields: str) -> dict[str, Any]:
    """Upload a file, wait for it and all made of files in it; return it."""
    response = await client.try_upload(name, data, **fields)
    assert response.status_code == 202, response.text
    document_id = response.json()["document_id"]
    await client.ended(document_id)
    for child in await children(client, document_id):
        await client.ended(child["document_id"])
        for one in await children(client, child["document_id"]):
            await client.ended(one["document_id"])
    return await shown(client, document_id)


async def shown(client: SystemClient, document_id: str) -> dict[str, Any]:
    response = await client.http.get(f"{API}/documents/{document_id}")
    assert response.status_code == 200, response.text
    return dict(response.json())


async def children(client: SystemClient, document_id: str) -> list[dict[str, Any]]:
    response = await client.http.get(f"{API}/documents", params={"parent_id": document_id})
    return sorted(response.json()["documents"], key=lambda one: str(one["member_path"]))


async def test_an_archive_becomes_documents_that_are_found_moved_and_deleted_with_it(
    settings: Settings,
) -> None:
    inner = zipped({"deep/lamp.md": LAMP, "again.md": PUMP})
    files = {
        "machines/pump.md": PUMP,
        "kitchen/word/oven.md": OVEN,
        "mail.eml": mail("plan", {"offer.md": b"# Offer\n\nThe offer costs 900 euros.\n"}),
        "more.zip": inner,
        "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "script.py": b"print('hello')\n",
        "empty.md": b"",
        "../up.md": b"# Up\n\nOne folder up.\n",
        "__MACOSX/._pump.md": b"\0\5\x16\7",
        "twice.md": OVEN,
    }
    async with kit.system(settings) as client:
        parent = await sent(client, "all.zip", zipped(files), metadata='{"year": 2024}')
        assert (parent["status"], parent["file_type"], parent["error"]) == (
            "completed",
            "zip",
            None,
        )
        unread = {one["path"]: one["code"] for one in parent["members_unread"]["members"]}
        assert unread == {
            "old.doc": "unsupported_type",
            "script.py": "unsupported_type",
            "empty.md": "empty_file",
            "../up.md": "unsupported_type",
            "twice.md": "duplicate",
        }
        assert parent["members_unread"]["count"] == len(unread)

        made = await children(client, parent["document_id"])
        assert [one["member_path"] for one in made] == [
            "kitchen/word/oven.md",
            "machines/pump.md",
            "mail.eml",
            "more.zip",
        ]
        assert {one["status"] for one in made} == {"completed"}
        oven, pump, letter, more = made
        assert (pump["file_name"], pump["title"], pump["file_type"]) == ("pump.md", "pump", "md")
        assert pump["parent_id"] == parent["document_id"]
        assert pump["metadata"] == {"year": 2024}
        original = await client.http.get(f"{API}/documents/{pump['document_id']}/file")
        assert original.content == PUMP
        [offer] = await children(client, letter["document_id"])
        assert offer["member_path"] == "offer.md"
        [lamp] = await children(client, more["document_id"])
        assert lamp["member_path"] == "deep/lamp.md"
        [again] = more["members_unread"]["members"]
        assert (again["code"], again["document_id"]) == ("duplicate", pump["document_id"])

        for question, document in (("pressure of the pump", pump), ("watts of the lamp", lamp)):
            passages = await client.retrieve(question)
            assert passages[0]["document_id"] == document["document_id"]

        # Read again, nothing is doubled, and what was deleted alone does not come back.
        await client.http.delete(f"{API}/documents/{letter['document_id']}")
        assert await children(client, letter["document_id"]) == []
        await client.http.post(f"{API}/documents/{parent['document_id']}/reprocess")
        await client.ended(parent["document_id"])
        kept = [one["document_id"] for one in await children(client, parent["document_id"])]
        assert kept == [one["document_id"] for one in (oven, pump, more)]

        one = f"{API}/documents/{pump['document_id']}"
        refused = await client.http.patch(one, json={"collection": "other"})
        assert refused.status_code == 409 and "moves with" in refused.json()["detail"]
        await client.http.patch(
            f"{API}/documents/{parent['document_id']}", json={"collection": "archive"}
        )
        for document in (parent, pump, lamp):
            assert (await shown(client, document["document_id"]))["collection"] == "archive"
        await client.sound()

        deleted = await client.http.delete(f"{API}/documents/{parent['document_id']}")
        assert deleted.status_code == 202
        for document in (pump, oven, more, lamp):
            gone = await client.http.get(f"{API}/documents/{document['document_id']}")
            assert gone.status_code == 410
        receipt = f"{API}/documents/{parent['document_id']}/receipt"

        async def is_erased() -> bool:
            return (await client.http.get(receipt)).status_code == 200

        await kit.until(is_erased)
        assert (await client.http.get(receipt)).json()["children"] == 6
        await client.sound()
        assert list(client.system.stores.blobs.keys("originals")) == []


async def test_the_last_number_of_a_name_is_no_ending(settings: Settings) -> None:
    async with kit.system(settings) as client:
        parent = await sent(client, "a.zip", zipped({"Minutes v1.2": PUMP, "run.sh": b"ls\n"}))
        assert [one["member_path"] for one in await children(client, parent["document_id"])] == [
            "Minutes v1.2"
        ]
        assert [one["path"] for one in parent["members_unread"]["members"]] == ["run.sh"]


async def test_an_archive_without_documents_says_so(settings: Settings) -> None:
    async with kit.system(settings) as client:
        parent = await sent(client, "a.zip", zipped({"b.exe": b"MZ\0\0", "c.zip": zipped({})}))
        assert parent["status"] == "completed"
        [empty] = await children(client, parent["document_id"])
        assert empty["status"] == "completed_empty", empty["error"]
        assert "No file that can be read" in empty["error"]["message"]
        broken = await sent(client, "d.zip", b"PK\x03\x04 and no more")
        assert (broken["status"], broken["error"]["code"]) == ("failed", "corrupt")
