"""The service's side of a local index: starts the index process and sends it requests.

The process inherits the folder's lock, so that the folder stays locked while it still writes. If it
dies, the call that notices raises `Unavailable` and the next one starts it again.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import IndexFailed, SettingsError, Unavailable
from shared.vectors.base import COLLECTIONS, Hit, VectorRow
from shared.vectors.local.folder_lock import FolderLock
from shared.vectors.local.protocol import Channel
from shared.vectors.memory import InMemoryCollection

_RESTARTING = "The index is being started again. Try again in a moment."
# Seconds for Chroma to finish its current write; one that takes longer hangs.
_END_WITHIN_S = 20.0


class IndexProcess:
    """Implements `CollectionStore` for a folder. Blocking; safe for any thread."""

    def __init__(
        self, path: Path, lock: FolderLock, identity: dict[str, Any] | None, discard_foreign: bool
    ) -> None:
        self._lock = lock
        self._opening = {"path": str(path), "identity": identity}
        self._starting = threading.Lock()
        self._connection: _Connection | None = _Connection(
            lock, self._opening | {"discard_foreign": discard_foreign}
        )
        self.dimension: int | None = self._read("dimension")[0]
        # Kept here, because only this process writes.
        self._filled: set[str] = set(self._read("filled", among=list(COLLECTIONS))[0])

    def filled(self, among: Sequence[str] = tuple(COLLECTIONS)) -> list[str]:
        return [kind for kind in among if kind in self._filled]

    def upsert(self, kind: str, rows: Sequence[VectorRow]) -> None:
        self._write(
            "upsert",
            np.stack([row.vector for row in rows]).astype(np.float32).tobytes(),
            kind=kind,
            ids=[row.chunk_id for row in rows],
            document_ids=[row.document_id for row in rows],
            encoder=rows[0].encoder,
        )
        self._filled.add(kind)

    def delete(self, kind: str, **which: Any) -> None:
        self._write("delete", kind=kind, which=which)

    def query(self, kind: str, vectors: NDArray[np.float32], k: int) -> list[Hit]:
        found, _ = self._read("query", vectors.astype(np.float32).tobytes(), kind=kind, k=k)
        return [Hit(chunk_id, score) for chunk_id, score in found]

    def ids(self, kind: str) -> set[str]:
        return set(self._read("ids", kind=kind)[0])

    def count(self) -> dict[str, int]:
        counted: dict[str, int] = self._read("count")[0]
        return counted

    def recreate(self) -> None:
        self._write("recreate")
        self._filled.clear()

    def read_small(self) -> dict[str, InMemoryCollection]:
        """Return copies of the small collections; current, because only this process writes."""
        small = {}
        for kind in COLLECTIONS:
            names, data = self._read("small", kind=kind)
            if names is not None:
                vectors = np.frombuffer(data, np.float32).reshape(len(names) or 1, -1)
                small[kind] = InMemoryCollection(
                    VectorRow(chunk_id, kind, document_id, vectors[at])
                    for at, (chunk_id, document_id) in enumerate(names)
                )
        return small

    def close(self) -> None:
        """Let the process finish its requests and end."""
        with self._starting:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _write(self, do: str, data: bytes = b"", **given: Any) -> tuple[Any, bytes]:
        connection = self._running()
        return self._ask(connection, connection.writes, connection.writing, do, data, given)

    def _read(self, do: str, data: bytes = b"", **given: Any) -> tuple[Any, bytes]:
        connection = self._running()
        return self._ask(connection, connection.reads, connection.reading, do, data, given)

    def _ask(
        self,
        connection: _Connection,
        channel: Channel,
        turn: threading.Lock,
        do: str,
        data: bytes,
        given: dict[str, Any],
    ) -> tuple[Any, bytes]:
        with turn:
            try:
                channel.send({"do": do, **given}, data)
                answer = channel.receive()
            except (OSError, ValueError):
                answer = None
        if answer is None:
            self._forget(connection)
            raise Unavailable(_RESTARTING)
        return _value(*answer)

    def _running(self) -> _Connection:
        with self._starting:
            if self._connection is None:
                self._connection = _Connection(
                    self._lock, self._opening | {"discard_foreign": False}
                )
            return self._connection

    def _forget(self, connection: _Connection) -> None:
        with self._starting:
            if self._connection is connection:
                self._connection = None
        connection.close()


class _Connection:
    """A running index process and the sockets to it, one for writes and one for reads."""

    def __init__(self, lock: FolderLock, opening: dict[str, Any]) -> None:
        pairs = [socket.socketpair() for _ in range(2)]
        theirs = [their.fileno() for _, their in pairs]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shared.vectors.local.server", *map(str, theirs)],
            pass_fds=(*theirs, lock.fileno()),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,  # Keeps Ctrl-C away from it: the service ends it after its own work.
        )
        self.writes, self.reads = (Channel(our.detach()) for our, _ in pairs)
        for _, their in pairs:
            their.close()
        self.writing, self.reading = threading.Lock(), threading.Lock()
        self.writes.send(opening)
        answer = self.writes.receive()
        if answer is None:
            self.close()
            raise Unavailable("The index could not be opened. The server's log has the cause.")
        _value(*answer)

    def close(self) -> None:
        self.writes.close()
        self.reads.close()
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _value(answer: dict[str, Any], data: bytes) -> tuple[Any, bytes]:
    """Return the value and bytes of an answer, or raise the error that it carries."""
    match answer.get("error"):
        case None:
            return answer["value"], data
        case "SettingsError":
            raise SettingsError(answer["message"])
        case "IndexFailed":
            raise IndexFailed(answer["message"])
        case _:
            raise IndexFailed
