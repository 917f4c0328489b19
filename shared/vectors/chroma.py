"""`VectorIndex` on Chroma: in a folder that one process owns, or on a server that many share.

A folder is locked while it is open, because a second writer would corrupt it. One thread writes;
rows of callers that wait for it are written together.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import QuireError, Unavailable
from shared.vectors.base import Hit, Vector, VectorRow, check_dimension
from shared.vectors.local.client import IndexProcess
from shared.vectors.local.folder_lock import FolderLock
from shared.vectors.memory import InMemoryCollection

T = TypeVar("T")
Identity = Mapping[str, Any]

# Rows of one request: Chroma's `get_max_batch_size()` is 5,461.
_MAX_BATCH = 5_000
# Rows of one local write. Chroma's local client handles one call at a time, so a question may wait
# for one write. Larger writes cost less per row; they are used after 2 s without a question.
_LOCAL_WRITE_ROWS = 32
_IDLE_FACTOR = 4
_IDLE_AFTER_S = 2.0
# Rows of one request to a server, which answers questions at the same time.
_SERVER_WRITE_ROWS = 256
# Searches at the same time: one for each type of chunk.
_SEARCH_THREADS = 4
_CLOSED = "The index is closed."
_UNREACHABLE = "The index can't be reached right now. Try again in a moment."


class CollectionStore(Protocol):
    """The four collections of an index, local or on a server. Blocking; safe for any thread."""

    @property
    def dimension(self) -> int | None: ...

    def filled(self, among: Sequence[str] = ...) -> list[str]: ...

    def upsert(self, kind: str, rows: Sequence[VectorRow]) -> None: ...

    def delete(self, kind: str, **which: Any) -> None: ...

    def query(self, kind: str, vectors: NDArray[np.float32], k: int) -> list[Hit]: ...

    def ids(self, kind: str) -> set[str]: ...

    def count(self) -> dict[str, int]: ...

    def recreate(self) -> None: ...

    def read_small(self) -> dict[str, InMemoryCollection]: ...

    def close(self) -> None: ...


def open_folder(path: Path, identity: Identity | None, discard_foreign: bool) -> ChromaIndex:
    """Open a folder. SettingsError: another process has it, or another encoder made the index."""
    lock = FolderLock(path)
    try:
        known = dict(identity) if identity else None
        collections = IndexProcess(path, lock, known, discard_foreign)
        return ChromaIndex(collections, write_rows=_LOCAL_WRITE_ROWS, lock=lock)
    except BaseException:
        lock.release()
        raise


def open_server(url: str, identity: Identity | None, discard_foreign: bool) -> ChromaIndex:
    """Open a server's index. SettingsError: another encoder made it. Unavailable: no answer."""
    # Imported here: with a local index, only its own process needs chromadb.
    from shared.vectors.chroma_collections import Collections, connect

    try:
        collections = Collections(connect(url), identity, discard_foreign)
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(_UNREACHABLE) from error
    return ChromaIndex(collections, write_rows=_SERVER_WRITE_ROWS)


@dataclass
class _Upsert:
    rows: Sequence[VectorRow]
    future: Future[None] = field(default_factory=Future)


class ChromaIndex:
    """`VectorIndex` on Chroma, one collection for each type of chunk.

    With a `lock` this process is the only writer, so it also keeps small collections in memory.
    """

    def __init__(
        self,
        collections: CollectionStore,
        *,
        write_rows: int,
        lock: FolderLock | None = None,
    ) -> None:
        self._collections = collections
        self._write_rows = write_rows
        self._lock = lock
        self._small: dict[str, InMemoryCollection] = collections.read_small() if lock else {}
        self._closed = False
        self._asked_at = time.monotonic()
        self._waiting: deque[_Upsert] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vectors-write")
        self._searchers = ThreadPoolExecutor(_SEARCH_THREADS, thread_name_prefix="vectors-search")

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        if rows:
            check_dimension(rows, self._collections.dimension or len(rows[0].vector))
            mine = _Upsert(rows)
            self._waiting.append(mine)
            self._submit(self._writer, self._write_waiting)
            await asyncio.wrap_future(mine.future)

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        await self._run(self._writer, lambda: self._delete_chunks(ids_by_type))

    async def delete_document(self, document_id: str) -> None:
        await self._run(self._writer, lambda: self._delete_document(document_id))

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        if self._closed:
            raise Unavailable(_CLOSED)
        if k < 1:
            return []
        self._asked_at = time.monotonic()
        hits: list[Hit] = []
        asked: list[str] = []
        for kind in types:
            small = self._small.get(kind)
            found = small.search(vector, k) if small else None
            if found is None:
                asked.append(kind)
            else:
                hits += found
        # The local client searches one collection at a time, a server several at once.
        shares = [asked] if self._lock else [[kind] for kind in asked]
        searches = (
            self._run(self._searchers, partial(self._search, share, vector, k))
            for share in shares
            if share
        )
        hits += [hit for found in await asyncio.gather(*searches) for hit in found]
        hits.sort(key=lambda hit: -hit.score)
        return hits[:k]

    async def ids(self, chunk_type: str) -> set[str]:
        return await self._run(self._searchers, lambda: self._collections.ids(chunk_type))

    async def count(self) -> dict[str, int]:
        return await self._run(self._searchers, self._collections.count)

    async def reset(self) -> None:
        await self._run(self._writer, self._reset)

    async def is_ready(self) -> bool:
        try:
            await self.count()
        except QuireError:
            return False
        return True

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._close)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._submit(pool, lambda: _or_unavailable(work)))

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        try:
            return pool.submit(work)
        except RuntimeError:
            raise Unavailable(_CLOSED) from None

    def _write_waiting(self) -> None:
        callers = []
        while self._waiting:
            caller = self._waiting.popleft()
            if caller.future.set_running_or_notify_cancel():
                callers.append(caller)
        try:
            self._write([row for caller in callers for row in caller.rows])
        except Exception:
            # Written again one by one, so that one caller's rows fail only that caller.
            for caller in callers:
                self._write_alone(caller)
        else:
            for caller in callers:
                caller.future.set_result(None)

    def _write_alone(self, caller: _Upsert) -> None:
        try:
            _or_unavailable(lambda: self._write(caller.rows))
        except Exception as error:
            caller.future.set_exception(error)
        else:
            caller.future.set_result(None)

    def _write(self, rows: Sequence[VectorRow]) -> None:
        for kind, of_kind in _by_type(rows).items():
            for part in self._writes(list(of_kind.values())):
                self._collections.upsert(kind, part)
                if kind in self._small:
                    self._small[kind].put(part)

    def _writes(self, rows: Sequence[VectorRow]) -> Iterable[Sequence[VectorRow]]:
        """Cut rows into writes; each size depends on whether questions arrive at that moment."""
        at = 0
        while at < len(rows):
            idle = time.monotonic() - self._asked_at > _IDLE_AFTER_S
            size = self._write_rows * (_IDLE_FACTOR if idle and self._lock else 1)
            yield rows[at : at + size]
            at += size

    def _delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        for kind, ids in ids_by_type.items():
            for part in _slices(ids, _MAX_BATCH):
                self._collections.delete(kind, ids=list(part))
            if kind in self._small:
                self._small[kind].drop(ids)

    def _delete_document(self, document_id: str) -> None:
        for kind in self._collections.filled():
            self._collections.delete(kind, where={"document_id": document_id})
            if kind in self._small:
                self._small[kind].drop_document(document_id)

    def _search(self, kinds: Sequence[str], vector: Vector, k: int) -> list[Hit]:
        try:
            row = vector[np.newaxis]
            filled = self._collections.filled(kinds)
            return [hit for kind in filled for hit in self._collections.query(kind, row, k)]
        except Exception as error:
            raise Unavailable(
                "The index can't be searched right now. Try again in a moment."
            ) from error

    def _reset(self) -> None:
        self._collections.recreate()
        if self._lock:
            self._small = self._collections.read_small()

    def _close(self) -> None:
        self._writer.shutdown(wait=True)
        self._searchers.shutdown(wait=True)
        self._collections.close()
        if self._lock:
            self._lock.release()


def _or_unavailable(work: Callable[[], T]) -> T:
    """Return the result of `work`. Unavailable: the server can't be reached."""
    try:
        return work()
    except QuireError:
        raise
    except httpx.HTTPError as error:
        raise Unavailable(_UNREACHABLE) from error


def _by_type(rows: Iterable[VectorRow]) -> dict[str, dict[str, VectorRow]]:
    """Group rows by type and id; Chroma refuses a batch that has an id twice."""
    grouped: dict[str, dict[str, VectorRow]] = {}
    for row in rows:
        grouped.setdefault(row.chunk_type, {})[row.chunk_id] = row
    return grouped


def _slices(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
