"""Actions for tests of the query service: store chunks as the pipeline does, and ask."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from services.query.answers.llm import open_model
from services.query.app import build_app
from services.query.dependencies import QueryDeps
from services.query.read_models.follower import Follower
from services.query.read_models.keywords import KeywordModel
from services.query.read_models.vectors import VectorModel
from services.query.streams.memory import MemoryStreams
from shared.blobs.base import Blobs
from shared.bus.in_process import InProcessBus
from shared.database import migrate, open_database
from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.domain.caller import LOCAL, administrator
from shared.domain.events import DocumentChanged
from shared.encoders.pictures import PictureEncoder
from shared.encoders.rescoring import Rescorer
from shared.http.middleware import App, Receive, Scope, Send, header
from shared.keywords import open_keywords
from shared.repositories import events
from shared.settings import Settings, sqlite_url
from shared.vectors.base import VectorIndex, VectorRow
from shared.vectors.exact import ExactIndex
from tests.support.callers import working_for
from tests.support.fakes import AsyncEncoder

_CAUGHT_UP_WITHIN_S = 60.0  # seconds; only a hang reaches it


@dataclass
class Library:
    """Indexed documents and the service that answers from them."""

    database: Database
    index: VectorIndex
    vectors: VectorModel
    follower: Follower
    encoder: AsyncEncoder
    client: httpx.AsyncClient
    streams: MemoryStreams

    async def add(
        self, *chunks: str | Mapping[str, Any], indexed: bool = True, **document: Any
    ) -> str:
        """Store a document of these chunks (texts or columns) and return its id."""
        document_id = str(uuid.uuid4())
        rows = [_chunk(document_id, ordinal, chunk) for ordinal, chunk in enumerate(chunks)]
        vectors = await self.encoder.encode([row["content"] for row in rows])
        for row, vector in zip(rows, vectors, strict=True):
            row |= {"embedding_vector": vector.tobytes(), "encoder": self.encoder.name}
            row |= {"is_indexed": indexed}
        await self.database.transact(_store, _document(document_id, len(rows), document), rows)
        if indexed:
            await self.index.upsert(
                [
                    VectorRow(row["chunk_id"], row["chunk_type"], document_id, vector)
                    for row, vector in zip(rows, vectors, strict=True)
                ]
            )
        await self._followed()
        return document_id

    async def set(self, document_id: str, **values: Any) -> None:
        """Change columns of a document."""

        def run(session: Session) -> None:
            session.execute(
                update(Document).where(Document.document_id == document_id).values(**values)
            )
            events.record(session, [DocumentChanged(document_id=document_id)])

        await self.database.transact(run)
        await self._followed()

    async def _followed(self) -> None:
        """Return when questions find the change: a busy machine may need longer than they wait."""
        await self.follower.caught_up(_CAUGHT_UP_WITHIN_S)

    async def retrieve(self, query: str, **body: Any) -> list[dict[str, Any]]:
        response = await self.client.post("/api/v1/query/retrieve", json={"query": query, **body})
        assert response.status_code == 200, response.text
        passages: list[dict[str, Any]] = response.json()["passages"]
        return passages

    async def contents(self, query: str, **body: Any) -> list[str]:
        return [passage["content"] for passage in await self.retrieve(query, **body)]

    async def ask(self, query: str, **body: Any) -> dict[str, Any]:
        response = await self.client.post("/api/v1/query", json={"query": query, **body})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@asynccontextmanager
async def small_library(folder: Path, **settings: Any) -> AsyncIterator[Library]:
    """Yield a library on SQLite with an exact index."""
    url = sqlite_url(folder / "quire.db")
    await asyncio.to_thread(migrate.upgrade, url)
    database = open_database(url)
    async with library(database, ExactIndex(AsyncEncoder().dimension), **settings) as opened:
        yield opened
    await database.close()


async def _ready() -> dict[str, bool]:
    return {"query": True}


@asynccontextmanager
async def library(
    database: Database,
    index: VectorIndex,
    *,
    rescorer: Rescorer | None = None,
    pictures: PictureEncoder | None = None,
    blobs: Blobs | None = None,
    **settings: Any,
) -> AsyncIterator[Library]:
    """Yield the service on these stores with an HTTP client."""
    encoder, streams = AsyncEncoder(), MemoryStreams()
    options = Settings(_env_file=None, **settings)
    vectors = VectorModel(
        database, encoder=encoder.name, dimension=encoder.dimension, limit=options.exact_chunks
    )
    keywords = open_keywords(None)
    follower = Follower(database, InProcessBus(), [KeywordModel(database, keywords), vectors])
    deps = QueryDeps(
        options,
        database,
        index,
        vectors,
        encoder,
        _ready,
        keywords,
        follower,
        rescorer,
        pictures,
        blobs,
        open_model(options),
        streams,
    )
    app = build_app(deps)
    transport = httpx.ASGITransport(_as_caller(app), raise_app_exceptions=False)
    async with (
        _followed(follower),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://quire") as client,
    ):
        yield Library(database, index, vectors, follower, encoder, client, streams)
    keywords.close()


def _as_caller(app: App) -> App:
    """Return the app for a caller who may do everything; the header `x-caller` names another."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        name = header(scope, b"x-caller") if scope["type"] == "http" else None
        caller = administrator(name.decode(), name.decode()) if name else LOCAL
        await working_for(caller, app)(scope, receive, send)

    return call


@asynccontextmanager
async def _followed(follower: Follower) -> AsyncIterator[None]:
    await follower.start()
    yield
    await follower.stop()


def _document(document_id: str, chunks: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "file_name": "a.pdf",
        "file_type": "pdf",
        "sha256": hashlib.sha256(document_id.encode()).hexdigest(),
        "status": "completed",
        "total_chunks": chunks,
        **values,
    }


def _chunk(document_id: str, ordinal: int, chunk: str | Mapping[str, Any]) -> dict[str, Any]:
    columns = {"content": chunk} if isinstance(chunk, str) else dict(chunk)
    return {
        "chunk_id": str(uuid.uuid4()),
        "document_id": document_id,
        "revision": 1,
        "batch": 0,
        "ordinal": ordinal,
        "chunk_type": "text",
        "token_count": 1,
        "page_num": 1,
        "text_hash": hashlib.sha256(columns["content"].encode()).hexdigest(),
        **columns,
    }


def _store(session: Session, document: dict[str, Any], chunks: Sequence[dict[str, Any]]) -> None:
    metadata = document.pop("metadata", {})
    session.execute(insert(Document).values(metadata_=metadata, **document))
    for chunk in chunks:
        session.execute(insert(Chunk).values(**chunk))
    events.record(session, [DocumentChanged(document_id=document["document_id"])])
