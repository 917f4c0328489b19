"""Words for tests of the whole system: upload, wait for the end, look at what is stored."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.embedded import System, running
from shared.bus.base import Bus
from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.settings import Settings

TERMINAL = {"completed", "completed_empty", "failed", "cancelled"}
API = "/api/v1"


@contextlib.asynccontextmanager
async def system(settings: Settings, bus: Bus | None = None) -> AsyncIterator[Client]:
    """The embedded system with an HTTP client on it."""
    async with running(settings, bus=bus) as started:
        transport = httpx.ASGITransport(app=started.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://quire", timeout=120
        ) as http:
            yield Client(started, http)


class Client:
    """A user of the system."""

    def __init__(self, started: System, http: httpx.AsyncClient) -> None:
        self.system = started
        self.http = http

    @property
    def database(self) -> Database:
        return self.system.stores.database

    async def upload(self, path: Path, **fields: str) -> dict[str, Any]:
        """The answer to an accepted upload."""
        response = await self.try_upload(path.name, path.read_bytes(), **fields)
        assert response.status_code in (200, 202), response.text
        return dict(response.json())

    async def try_upload(self, name: str, data: bytes, **fields: str) -> httpx.Response:
        return await self.http.post(
            f"{API}/documents/upload", files={"file": (name, data)}, data=fields
        )

    async def ended(self, document_id: str, seconds: float = 120) -> dict[str, Any]:
        """The document's processing status once it is terminal."""
        async with asyncio.timeout(seconds):
            while True:
                response = await self.http.get(f"{API}/processing/status/{document_id}")
                status = dict(response.json())
                if status["status"] in TERMINAL:
                    return status
                await asyncio.sleep(0.05)

    async def ingest(self, paths: Iterable[Path], seconds: float = 240) -> list[dict[str, Any]]:
        """Upload everything, then wait for everything."""
        accepted = [await self.upload(path) for path in paths]
        return [await self.ended(one["document_id"], seconds) for one in accepted]

    async def retrieve(self, query: str, **body: object) -> list[dict[str, Any]]:
        """The ten passages nearest to a question."""
        response = await self.http.post(
            f"{API}/query/retrieve", json={"query": query, "top_k": 10, **body}
        )
        assert response.status_code == 200, response.text
        return list(response.json()["passages"])

    async def verify(self, repair: bool = False) -> dict[str, Any]:
        return await self.system.operations.verify(repair)


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until `holds()` is true. TimeoutError: it never was."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


def clean(report: dict[str, Any]) -> bool:
    """Whether a verification found nothing; what it found is shown by the failing assertion."""
    return bool(report["ok"]) and not any(check["problems"] for check in report["checks"])


async def snapshot(database: Database) -> dict[str, dict[str, Any]]:
    """What is stored of each document, by file name, free of random ids and times."""
    return await database.read(_snapshot)


def _snapshot(session: Session) -> dict[str, dict[str, Any]]:
    found = {}
    for document in session.scalars(select(Document)):
        rows = session.execute(
            select(
                Chunk.ordinal,
                Chunk.chunk_type,
                Chunk.page_num,
                Chunk.section,
                Chunk.content,
                Chunk.is_indexed,
                Chunk.embedding_vector,
            )
            .where(Chunk.document_id == document.document_id, Chunk.revision == document.revision)
            .order_by(Chunk.ordinal)
        ).all()
        found[document.file_name] = {
            "status": document.status,
            "error_code": document.error_code,
            "chunks": [tuple(row[:-1]) for row in rows],
            "vectors": np.array([np.frombuffer(row[-1] or b"", "<f4") for row in rows]),
            "counts": (document.total_chunks, document.indexed_chunks, document.extracted_chunks),
        }
    return found


def assert_same(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> None:
    """Rows equal, vectors equal to float noise."""
    assert sorted(found) == sorted(expected)
    for name, document in expected.items():
        for key in ("status", "error_code", "counts", "chunks"):
            assert found[name][key] == document[key], (name, key)
        assert found[name]["vectors"].shape == document["vectors"].shape
        assert np.allclose(found[name]["vectors"], document["vectors"], atol=1e-5), name
