"""The index of vectors: ids and vectors only. What may be shown, the database decides.

Chroma's local index bears exactly one process, so its folder is locked while it is open. Writes go
through one thread; callers that wait while it works are written together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.errors import SettingsError, Unavailable
from shared.vectors_lock import FolderLock

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")
Vector = NDArray[np.float32]

COLLECTIONS = {
    "text": "text_chunks",
    "table": "table_chunks",
    "image": "image_chunks",
    "composite": "composite_chunks",
}
# `get_max_batch_size()` of the local client is 5,461 rows.
_BATCH = 5_000
_SEARCHERS = 2
_CONFIGURATION = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 100, "max_neighbors": 16}
}


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One chunk's vector: (dimension,) float32, L2-normalised."""

    chunk_id: str
    chunk_type: str
    document_id: str
    vector: Vector

    @classmethod
    def stored(
        cls, chunk_id: str, chunk_type: str, document_id: str, vector: bytes | None
    ) -> VectorRow:
        """From the columns of a chunk that has its vector."""
        return cls(chunk_id, chunk_type, document_id, np.frombuffer(vector or b"", dtype="<f4"))


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk that was found; `score` is its cosine similarity, higher is nearer."""

    chunk_id: str
    score: float


class Vectors(Protocol):
    """What services know of the index. Open with `open_vectors`, close when done."""

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        """Write rows by chunk id. ValueError: a vector has another dimension."""

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        """Take chunks out; those that are not there are no error."""

    async def delete_document(self, document_id: str) -> None:
        """Take out every chunk of a document."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        """The `k` chunks of these types nearest to `vector`, nearest first."""

    async def ids(self, chunk_type: str) -> set[str]:
        """Every chunk id of one type."""

    async def count(self) -> dict[str, int]:
        """Chunks in the index by type."""

    async def reset(self) -> None:
        """Drop everything and begin anew."""

    async def close(self) -> None:
        """Let go of the folder once what was begun is written."""


def open_vectors(
    path: Path, *, dimension: int, encoder: str, discard_foreign: bool = False
) -> Vectors:
    """The index in the folder `path`, made if it is not there.

    SettingsError: another process has it open, or it holds vectors of another encoder; with
    `discard_foreign` such vectors are dropped instead, for whoever is about to write them anew.
    """
    lock = FolderLock(path)
    try:
        identity = {"encoder": encoder, "dimension": dimension}
        return ChromaVectors(_local_client(path), identity, discard_foreign, lock.release)
    except BaseException:
        lock.release()
        raise


def _local_client(path: Path) -> ClientAPI:
    # Importing chromadb takes most of a second: only who opens an index pays for it.
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(path), Settings(anonymized_telemetry=False))


@dataclass
class _Upsert:
    rows: Sequence[VectorRow]
    future: Future[None] = field(default_factory=Future)


class ChromaVectors:
    """`Vectors` in Chroma, one collection for each type of chunk."""

    def __init__(
        self,
        client: ClientAPI,
        identity: Mapping[str, Any],
        discard_foreign: bool,
        on_close: Callable[[], None],
    ) -> None:
        self._client = client
        self._identity = dict(identity)
        self._on_close = on_close
        self._collections = self._open_collections(discard_foreign)
        self._filled = {kind for kind, each in self._collections.items() if each.count()}
        self._waiting: deque[_Upsert] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vectors-write")
        self._searchers = ThreadPoolExecutor(_SEARCHERS, thread_name_prefix="vectors-search")

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        check_dimension(rows, self._identity["dimension"])
        if rows:
            mine = _Upsert(rows)
            self._waiting.append(mine)
            self._submit(self._writer, self._write_waiting)
            await asyncio.wrap_future(mine.future)

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        await self._run(self._writer, lambda: self._delete_chunks(ids_by_type))

    async def delete_document(self, document_id: str) -> None:
        await self._run(self._writer, lambda: self._delete_document(document_id))

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        kinds = [kind for kind in types if kind in self._filled]
        if not kinds or k < 1:
            return []
        return await self._run(self._searchers, lambda: self._search(vector, kinds, k))

    async def ids(self, chunk_type: str) -> set[str]:
        collection = self._collections[chunk_type]
        return await self._run(self._searchers, lambda: set(collection.get(include=[])["ids"]))

    async def count(self) -> dict[str, int]:
        collections = self._collections
        return await self._run(
            self._searchers, lambda: {kind: each.count() for kind, each in collections.items()}
        )

    async def reset(self) -> None:
        await self._run(self._writer, self._reset)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._submit(pool, work))

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        try:
            return pool.submit(work)
        except RuntimeError:
            raise Unavailable("The index is closed.") from None

    def _write_waiting(self) -> None:
        callers = []
        while self._waiting:
            caller = self._waiting.popleft()
            if caller.future.set_running_or_notify_cancel():
                callers.append(caller)
        try:
            self._write([row for caller in callers for row in caller.rows])
        except Exception:
            # One caller's rows must not fail another's.
            for caller in callers:
                self._write_alone(caller)
        else:
            for caller in callers:
                caller.future.set_result(None)

    def _write_alone(self, caller: _Upsert) -> None:
        try:
            self._write(caller.rows)
        except Exception as error:
            caller.future.set_exception(error)
        else:
            caller.future.set_result(None)

    def _write(self, rows: Sequence[VectorRow]) -> None:
        for kind, of_kind in _by_type(rows).items():
            for part in _parts(list(of_kind.values())):
                self._collections[kind].upsert(
                    ids=[row.chunk_id for row in part],
                    embeddings=np.stack([row.vector for row in part]),
                    metadatas=[{"document_id": row.document_id} for row in part],
                )
            self._filled.add(kind)

    def _delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        for kind, ids in ids_by_type.items():
            for part in _parts(ids):
                self._collections[kind].delete(ids=list(part))

    def _delete_document(self, document_id: str) -> None:
        for kind in self._filled:
            self._collections[kind].delete(where={"document_id": document_id})

    def _search(self, vector: Vector, kinds: Sequence[str], k: int) -> list[Hit]:
        hits: list[Hit] = []
        for kind in kinds:
            hits += self._nearest(self._collections[kind], vector, k)
        hits.sort(key=lambda hit: -hit.score)
        return hits[:k]

    def _nearest(self, collection: Collection, vector: Vector, k: int) -> Iterable[Hit]:
        try:
            found = collection.query(
                query_embeddings=vector[np.newaxis], n_results=k, include=["distances"]
            )
        except Exception as error:
            raise Unavailable("The index can't be searched right now.") from error
        assert found["distances"] is not None
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return (Hit(chunk_id, 1.0 - distance) for chunk_id, distance in pairs)

    def _reset(self) -> None:
        self._filled = set()
        for name in COLLECTIONS.values():
            self._client.delete_collection(name)
        self._collections = {kind: self._create(name) for kind, name in COLLECTIONS.items()}

    def _open_collections(self, discard_foreign: bool) -> dict[str, Collection]:
        known = {each.name for each in self._client.list_collections()}
        return {
            kind: self._open(name, discard_foreign) if name in known else self._create(name)
            for kind, name in COLLECTIONS.items()
        }

    def _open(self, name: str, discard_foreign: bool) -> Collection:
        collection = self._client.get_collection(name, embedding_function=None)
        if collection.metadata == self._identity:
            return collection
        if collection.count() and not discard_foreign:
            maker = (collection.metadata or {}).get("encoder", "an unknown encoder")
            raise SettingsError(
                f"The index was made by {maker}, but {self._identity['encoder']} is set. Set the"
                " encoder back, or let `quire rebuild-index` process the documents again."
            )
        self._client.delete_collection(name)
        return self._create(name)

    def _create(self, name: str) -> Collection:
        return self._client.create_collection(
            name,
            configuration=_CONFIGURATION,  # type: ignore[arg-type]
            metadata=self._identity,
            embedding_function=None,
        )

    def _close(self) -> None:
        self._writer.shutdown(wait=True)
        self._searchers.shutdown(wait=True)
        self._client.close()  # type: ignore[attr-defined]
        self._on_close()


def check_dimension(rows: Iterable[VectorRow], dimension: int) -> None:
    """ValueError: a vector is not of this dimension."""
    for row in rows:
        if row.vector.shape != (dimension,):
            raise ValueError(f"{row.chunk_id}: its vector is {row.vector.shape}, not {dimension}")


def _by_type(rows: Iterable[VectorRow]) -> dict[str, dict[str, VectorRow]]:
    """Rows by type and id; Chroma refuses an id that comes twice in a batch."""
    grouped: dict[str, dict[str, VectorRow]] = {}
    for row in rows:
        grouped.setdefault(row.chunk_type, {})[row.chunk_id] = row
    return grouped


def _parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
