"""Runs the embedded system with a client, and compares what two systems stored."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

import httpx
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.embedded import System, running
from shared.bus.base import Bus
from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.encoders import EncoderOptions, TextEncoder, open_encoder
from shared.encoders.options import options_from
from shared.settings import Settings
from tests.support.http_client import API, TERMINAL, Client, clean
from tests.support.wait import until

__all__ = ["API", "TERMINAL", "SystemClient", "clean", "until"]


@contextlib.asynccontextmanager
async def system(settings: Settings, bus: Bus | None = None) -> AsyncIterator[SystemClient]:
    """Yield a client of an embedded system that runs with these settings."""
    async with running(settings, bus=bus, open_encoder=_open_once) as started:
        transport = httpx.ASGITransport(app=started.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=120
        ) as http:
            yield SystemClient(started, http)


def _open_once(settings: Settings) -> TextEncoder:
    return _opened(options_from(settings))


@lru_cache
def _opened(options: EncoderOptions) -> TextEncoder:
    """Open an encoder that remains open for the next system: opening it computes for a second."""
    encoder = open_encoder(options)
    encoder.close = lambda: None  # type: ignore[method-assign]
    return encoder


class SystemClient(Client):
    """A client of the embedded system, with access to its stores."""

    def __init__(self, started: System, http: httpx.AsyncClient) -> None:
        super().__init__(http)
        self.system = started

    @property
    def database(self) -> Database:
        return self.system.stores.database

    async def verify(self, repair: bool = False) -> dict[str, Any]:
        return await self.system.operations.verify(repair)


async def snapshot(database: Database) -> dict[str, dict[str, Any]]:
    """Return the stored content of each document by file name, without random ids and times."""
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
    """Assert that rows are equal, and vectors up to float noise (1e-5)."""
    assert sorted(found) == sorted(expected)
    for name, document in expected.items():
        for key in ("status", "error_code", "counts", "chunks"):
            assert found[name][key] == document[key], (name, key)
        assert found[name]["vectors"].shape == document["vectors"].shape
        assert np.allclose(found[name]["vectors"], document["vectors"], atol=1e-5), name
