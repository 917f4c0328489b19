"""Makes the upgrade fixture of a release: `python -m tools.make_upgrade_fixture VERSION`.

It has a data folder, a PostgreSQL dump of the same library, and their expected content. It is made
once, by the code of its version, and never changed, because later versions must open it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tarfile
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services import embedded
from shared.database import migrate, open_database
from shared.database.schema import Base, Chunk, Document
from shared.settings import Settings, sqlite_url
from tools import upgrade_library as library
from tools.postgresql_dump import Rows, dump

FIXTURES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "upgrades"


def make(version: str) -> Path:
    """Make the fixture and return its folder. SystemExit: wrong version, or it exists already."""
    if version != installed_version("quire"):
        raise SystemExit(f"This is version {installed_version('quire')}, not {version}.")
    target = FIXTURES / version
    if target.exists():
        raise SystemExit(f"{target} exists already; the fixture of a release is never changed.")
    with tempfile.TemporaryDirectory() as folder:
        data, made = Path(folder) / "data", Path(folder) / "made"
        made.mkdir()
        encoder = asyncio.run(_make_data(data))
        expected, rows = asyncio.run(_read_data(data, version, encoder))
        _pack(data, made / "data.tar.gz")
        dump(Path(folder) / "postgresql", rows, made / "postgresql.sql.gz")
        found = json.dumps(expected, indent=2, ensure_ascii=False)
        (made / "expected.json").write_text(f"{found}\n", encoding="utf-8")
        shutil.copytree(made, target)
    return target


async def _make_data(data: Path) -> str:
    """Make the data folder with a running system; return the name of its encoder."""
    settings = Settings(_env_file=None, data_dir=data)
    async with embedded.running(settings) as system:
        transport = httpx.ASGITransport(app=system.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            await library.fill(http)
        report = await system.operations.verify(repair=False)
        encoder = system.stores.encoder.name
    offline = await embedded.verify_offline(settings, repair=False)
    assert report["ok"] and offline["ok"], (report, offline)
    return encoder


async def _read_data(data: Path, version: str, encoder: str) -> tuple[dict[str, Any], Rows]:
    database = open_database(sqlite_url(data / "quire.db"))
    rows = await database.read(_rows)
    documents = await database.read(_documents)
    await database.close()
    source = next(each["document_id"] for each in documents if each["file_name"] == library.NOTES)
    question = {"query": library.QUESTION, "quote": library.QUOTE, "document_id": source}
    expected = {
        "version": version,
        "schema": migrate.HEAD,
        "encoder": encoder,
        "rows": {name: len(found) for name, found in rows.items()},
        "documents": documents,
        "question": question,
    }
    return expected, rows


def _rows(session: Session) -> Rows:
    return {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
    }


def _documents(session: Session) -> list[dict[str, Any]]:
    stored = session.execute(
        select(Chunk.document_id, Chunk.chunk_type, func.count())
        .group_by(Chunk.document_id, Chunk.chunk_type)
        .order_by(Chunk.document_id, Chunk.chunk_type)
    ).all()
    names = (
        "document_id file_name title collection status revision live_revision error_code".split()
    )
    return [
        {name: getattr(document, name) for name in names}
        | {"metadata": document.metadata_}
        | {"chunks": {kind: count for id_, kind, count in stored if id_ == document.document_id}}
        for document in session.scalars(select(Document).order_by(Document.created_at))
    ]


def _pack(data: Path, archive: Path) -> None:
    """Pack the data folder of a stopped system without its lock file and without user names."""

    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return None if entry.name.endswith("/.lock") else entry

    assert not list(data.glob("*-wal")), "the database was not closed"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(data, "data", filter=kept)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    print(make(sys.argv[1]))
