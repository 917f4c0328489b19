"""Documents that an older version read are listed, and read again where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.database.schema import Document
from shared.domain.versions import READER_VERSION
from shared.settings import Settings
from tests.support import system as kit
from tests.support.markdown import write_notes
from tests.support.system import API


def read_by(session: Session, document_id: str, version: int | None) -> None:
    session.execute(
        update(Document).where(Document.document_id == document_id).values(reader_version=version)
    )


async def test_stale_documents_are_listed_until_they_are_read_again(
    settings: Settings, tmp_path: Path
) -> None:
    async with kit.system(settings) as client:

        async def stale() -> list[str]:
            page = (await client.http.get(f"{API}/documents", params={"stale": True})).json()
            assert page["total"] == len(page["documents"])
            assert all(one["is_stale"] for one in page["documents"])
            return sorted(one["document_id"] for one in page["documents"])

        ended = await client.ingest(write_notes(tmp_path, 3, seed=3, sections=1))
        first, second, _ = [one["document_id"] for one in ended]
        assert await stale() == []
        await client.database.transact(read_by, first, READER_VERSION - 1)
        await client.database.transact(read_by, second, None)
        assert await stale() == sorted([first, second])
        response = await client.http.post(
            f"{API}/documents/{first}/reprocess", params={"ocr_languages": "deu+eng"}
        )
        assert response.status_code == 202
        await client.ended(first)
        assert await stale() == [second]
        shown: dict[str, Any] = (await client.http.get(f"{API}/documents/{first}")).json()
        assert (shown["reader_version"], shown["ocr_languages"]) == (READER_VERSION, "deu+eng")
        refused = await client.http.post(
            f"{API}/documents/{first}/reprocess", params={"ocr_languages": "German"}
        )
        assert refused.status_code == 422
