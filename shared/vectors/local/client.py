"""A local index from the service's side: its collections, in a process that is started for them.

The process inherits the folder's lock, so that nobody opens the folder while it still writes. If it
dies it is started again at the next call, which fails with `Unavailable`: work is tried again.
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

_GONE = "The index is being started again."
_END_WITHIN_S = 20.0


class IndexProcess:
    """The collections of a folder. Blocking; safe for any number of threads."""

    def __init__(
        self, path: Path, lock: FolderLock, identity: dict[str, Any] | None, discard_foreign: bool
    ) -> None:
        self._lock = lock
        self._opening = {"path": str(path), "identity": identity}
        self._starting = threading.Lock()
        self._ends: _Ends | None = _Ends(lock, self._opening | {"discard_foreign": discard_foreign})
        self.dimension: int | None = self._read("dimension")[0]
        # Nobody else writes, so it need not be asked for again.
        self._filled: set[str] = set(self._read("filled", among=list(COLLECTIONS))[0])

    def filled(self, among: Sequence[str] = tuple(COLLECTIONS)) -> list[str]:
        return [kind for kind in among if kind in self._filled]

    def upsert(self, kind: str, rows: Sequence[VectorRow]) -> None:
        self._write(
            "upsert",
            np.stack([row.vector for row in rows]).astype(np.float32).tobytes(),
            kind=kind,
            ids=[row.chunk_id for row in rows],
            owners=[row.document_id for row in rows],
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
        """What is small enough to be kept in this process as well: nobody else writes."""
        small = {}
        for kind in COLLECTIONS:
            names, data = self._read("small", kind=kind)
            if names is not None:
                vectors = np.frombuffer(data, np.float32).reshape(len(names) or 1, -1)
                small[kind] = InMemoryCollection(
                    VectorRow(chunk_id, kind, owner, vectors[at])
                    for at, (chunk_id, owner) in enumerate(names)
                )
        return small

    def close(self) -> None:
        """Let the process finish what it has in hand, and end."""
        with self._starting:
            ends, self._ends = self._ends, None
        if ends is not None:
            ends.close()

    def _write(self, do: str, data: bytes = b"", **given: Any) -> tuple[Any, bytes]:
        ends = self._running()
        return self._ask(ends, ends.writes, ends.writing, do, data, given)

    def _read(self, do: str, data: bytes = b"", **given: Any) -> tuple[Any, bytes]:
        ends = self._running()
        return self._ask(ends, ends.reads, ends.reading, do, data, given)

    def _ask(
        self,
        ends: _Ends,
        channel: Channel,
        alone: threading.Lock,
        do: str,
        data: bytes,
        given: dict[str, Any],
    ) -> tuple[Any, bytes]:
        with alone:
            try:
                channel.send({"do": do, **given}, data)
                answer = channel.receive()
            except (OSError, ValueError):
                answer = None
        if answer is None:
            self._forget(ends)
            raise Unavailable(_GONE)
        return _value(*answer)

    def _running(self) -> _Ends:
        with self._starting:
            if self._ends is None:
                self._ends = _Ends(self._lock, self._opening | {"discard_foreign": False})
            return self._ends

    def _forget(self, ends: _Ends) -> None:
        with self._starting:
            if self._ends is ends:
                self._ends = None
        ends.close()


class _Ends:
    """A running process and our ends of its two sockets."""

    def __init__(self, lock: FolderLock, opening: dict[str, Any]) -> None:
        pairs = [socket.socketpair() for _ in range(2)]
        theirs = [their.fileno() for _, their in pairs]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shared.vectors.local.server", *map(str, theirs)],
            pass_fds=(*theirs, lock.fileno()),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,  # Ctrl-C is for the service, which ends it in its turn.
        )
        self.writes, self.reads = (Channel(our.detach()) for our, _ in pairs)
        for _, their in pairs:
            their.close()
        self.writing, self.reading = threading.Lock(), threading.Lock()
        self.writes.send(opening)
        answer = self.writes.receive()
        if answer is None:
            self.close()
            raise Unavailable("The index could not be opened; the log says why.")
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
    match answer.get("error"):
        case None:
            return answer["value"], data
        case "SettingsError":
            raise SettingsError(answer["message"])
        case _:
            raise IndexFailed
