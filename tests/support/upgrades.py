"""Reads the data of earlier versions, which this version must open (tests/fixtures/upgrades)."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.database.schema import Base, Chunk, Document

FIXTURES = Path(__file__).parents[1] / "fixtures" / "upgrades"
VERSIONS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def expected(version: str) -> dict[str, Any]:
    """Return the expected content of a version's data."""
    return dict(json.loads((FIXTURES / version / "expected.json").read_text(encoding="utf-8")))


def unpack(version: str, folder: Path) -> Path:
    """Unpack the data folder of a version into `folder` and return its path."""
    with tarfile.open(FIXTURES / version / "data.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "data"


def sql(version: str) -> str:
    """Return the PostgreSQL dump of a version: statements that create and fill its tables."""
    return gzip.decompress((FIXTURES / version / "postgresql.sql.gz").read_bytes()).decode()


def documents(session: Session, described: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stored documents with the columns and in the order of `described`."""
    order = [each["document_id"] for each in described]
    stored = sorted(session.scalars(select(Document)), key=lambda one: order.index(one.document_id))
    return [
        {name: _column(session, found, name) for name in asked}
        for found, asked in zip(stored, described, strict=True)
    ]


def rows(session: Session, names: list[str]) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = Base.metadata.tables
    return {
        name: session.scalar(select(func.count()).select_from(tables[name])) or 0 for name in names
    }


def _column(session: Session, document: Document, name: str) -> object:
    if name == "metadata":
        return document.metadata_
    if name == "chunks":
        kinds = select(Chunk.chunk_type).where(Chunk.document_id == document.document_id)
        return dict(Counter(session.scalars(kinds)))
    return getattr(document, name)
