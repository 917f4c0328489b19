"""A data folder of an earlier version is opened with all its content."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services import embedded
from shared.database import migrate
from shared.domain.errors import SettingsError
from shared.settings import Settings
from tests.support import backups, upgrades
from tests.support import system as kit

pytestmark = pytest.mark.usefixtures("warm_starts")


@pytest.fixture(params=upgrades.VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def expected(version: str) -> dict[str, Any]:
    return upgrades.expected(version)


@pytest.fixture
def earlier(version: str, tmp_path: Path) -> Settings:
    """Return default settings with the data folder of a version."""
    data_dir = upgrades.unpack(version, tmp_path)
    return Settings(_env_file=None, data_dir=data_dir)  # type: ignore[call-arg]


@pytest.fixture
async def rebuilt(earlier: Settings) -> Settings:
    """Return the settings after `quire rebuild-index`, because the encoder has another name now."""
    await embedded.rebuild_offline(earlier)
    return earlier


async def test_vectors_of_an_earlier_encoder_ask_for_a_rebuild(
    earlier: Settings, expected: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError, match="quire rebuild-index"):
        async with kit.system(earlier):
            pass
    report = await embedded.rebuild_offline(earlier)
    read = [each for each in expected["documents"] if each.get("chunks")]
    assert report == {"vectors": 0, "reprocessed": len(read)}


def test_all_rows_are_kept_and_verified(earlier: Settings, expected: dict[str, Any]) -> None:
    def stored(session: Session) -> tuple[str | None, list[dict[str, Any]], dict[str, int]]:
        return (
            migrate.current(session.connection()),
            upgrades.documents(session, expected["documents"]),
            upgrades.rows(session, list(expected["rows"])),
        )

    assert migrate.upgrade(earlier.resolved_database_url())
    schema, documents, rows = backups.change(earlier.data_dir, stored)
    assert schema == migrate.HEAD
    assert documents == expected["documents"]
    assert rows == expected["rows"]


async def test_a_folder_of_a_newer_version_is_refused_unchanged(earlier: Settings) -> None:
    with contextlib.closing(sqlite3.connect(earlier.data_dir / "quire.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = bytes_by_name(earlier.data_dir)
    with pytest.raises(SettingsError, match="newer version"):
        async with kit.system(earlier):
            pass
    assert bytes_by_name(earlier.data_dir) == before


def bytes_by_name(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


async def test_questions_are_answered_from_old_documents(
    rebuilt: Settings, expected: dict[str, Any]
) -> None:
    question = expected["question"]
    async with kit.system(rebuilt) as client:
        for document in expected["documents"]:
            if document["status"] != "gone":
                await client.ended(document["document_id"])
        assert kit.clean(await client.verify())
        asked = await client.http.post(f"{kit.API}/query", json={"query": question["query"]})
        citation = asked.json()["citations"][0]
        told = {name: question[name] for name in ("document_id", "quote")}
        assert told == {name: citation[name] for name in told}
        for document in expected["documents"]:
            found = await client.http.get(f"{kit.API}/documents/{document['document_id']}")
            assert found.status_code == (410 if document["status"] == "gone" else 200)


async def test_old_documents_can_be_reprocessed_and_deleted(
    rebuilt: Settings, expected: dict[str, Any]
) -> None:
    alive = [each for each in expected["documents"] if each["status"] == "completed"]
    async with kit.system(rebuilt) as client:
        for document in alive:
            await client.ended(document["document_id"])
            url = f"{kit.API}/documents/{document['document_id']}"
            assert (await client.http.post(f"{url}/reprocess")).status_code == 202
            ended = await client.ended(document["document_id"])
            assert ended["status"] == "completed", ended
        removed = alive[0]["document_id"]
        assert (await client.http.delete(f"{kit.API}/documents/{removed}")).status_code == 202

        async def settled() -> bool:
            return kit.clean(await client.verify())

        await kit.until(settled)
