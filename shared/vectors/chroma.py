"""Chroma as the index: in a folder of this process alone, or on a server that many share.

A folder bears exactly one process, so it is locked while it is open. Writes go through one thread;
callers that wait while it works are written together.
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

# `get_max_batch_size()` is 5,461 rows.
_BATCH = 5_000
# The local client does one thing at a time: as many rows as a question can wait for; more, which
# costs less, while nobody asks.
_WRITTEN_AT_ONCE = 32
_LEISURE = 4
_LEISURE_AFTER_S = 2.0
_SENT_AT_ONCE = 256
_SEARCHERS = 4
_CLOSED = "The index is closed."
_AWAY = "The index can't be reached right now."


class CollectionStore(Protocol):
    """The collections, wherever they are. Blocking; may be called from any thread."""

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
    """The index in a folder. SettingsError: another process has it, or another encoder made it."""
    lock = FolderLock(path)
    try:
        known = dict(identity) if identity else None
        shelf = IndexProcess(path, lock, known, discard_foreign)
        return ChromaIndex(shelf, written_at_once=_WRITTEN_AT_ONCE, lock=lock)
    except BaseException:
        lock.release()
        raise


def open_server(url: str, identity: Identity | None, discard_foreign: bool) -> ChromaIndex:
    """The index on a server. SettingsError: another encoder made it. Unavailable: it is away."""
    # Only here is chromadb needed in this process.
    from shared.vectors.chroma_collections import Collections, connect

    try:
        shelf = Collections(connect(url), identity, discard_foreign)
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(_AWAY) from error
    return ChromaIndex(shelf, written_at_once=_SENT_AT_ONCE)


@dataclass
class _Upsert:
    rows: Sequence[VectorRow]
    future: Future[None] = field(default_factory=Future)


class ChromaIndex:
    """`VectorIndex` in Chroma, one collection for each type of chunk.

    With a `lock` this process is the only writer, and keeps what is small in memory too.
    """

    def __init__(
        self,
        collections: CollectionStore,
        *,
        written_at_once: int,
        lock: FolderLock | None = None,
    ) -> None:
        self._collections = collections
        self._written_at_once = written_at_once
        self._lock = lock
        self._small: dict[str, InMemoryCollection] = collections.read_small() if lock else {}
        self._closed = False
        self._asked_at = time.monotonic()
        self._waiting: deque[_Upsert] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vectors-write")
        self._searchers = ThreadPoolExecutor(_SEARCHERS, thread_name_prefix="vectors-search")

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
        # The local client searches one at a time, whoever asks; a server several.
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
        return await asyncio.wrap_future(self._submit(pool, lambda: _reached(work)))

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
            # One caller's rows must not fail another's.
            for caller in callers:
                self._write_alone(caller)
        else:
            for caller in callers:
                caller.future.set_result(None)

    def _write_alone(self, caller: _Upsert) -> None:
        try:
            _reached(lambda: self._write(caller.rows))
        except Exception as error:
            caller.future.set_exception(error)
        else:
            caller.future.set_result(None)

    def _write(self, rows: Sequence[VectorRow]) -> None:
        for kind, of_kind in _by_type(rows).items():
            for part in self._shares(list(of_kind.values())):
                self._collections.upsert(kind, part)
                if kind in self._small:
                    self._small[kind].put(part)

    def _shares(self, rows: Sequence[VectorRow]) -> Iterable[Sequence[VectorRow]]:
        """Rows in parts; the size is chosen anew for each, as questions may begin meanwhile."""
        at = 0
        while at < len(rows):
            idle = time.monotonic() - self._asked_at > _LEISURE_AFTER_S
            most = self._written_at_once * (_LEISURE if idle and self._lock else 1)
            yield rows[at : at + most]
            at += most

    def _delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        for kind, ids in ids_by_type.items():
            for part in _parts(ids, _BATCH):
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
            raise Unavailable("The index can't be searched right now.") from error

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


def _reached(work: Callable[[], T]) -> T:
    """Run `work`. Unavailable: the server was not there to do it."""
    try:
        return work()
    except QuireError:
        raise
    except httpx.HTTPError as error:
        raise Unavailable(_AWAY) from error


def _by_type(rows: Iterable[VectorRow]) -> dict[str, dict[str, VectorRow]]:
    """Rows by type and id; Chroma refuses an id that comes twice in a batch."""
    grouped: dict[str, dict[str, VectorRow]] = {}
    for row in rows:
        grouped.setdefault(row.chunk_type, {})[row.chunk_id] = row
    return grouped


def _parts(items: Sequence[T], most: int) -> Iterable[Sequence[T]]:
    return (items[start : start + most] for start in range(0, len(items), most))
