"""The process that has a local index open: `python -m shared.vectors.local.server WRITES READS`.

Chroma's local client holds the interpreter for as long as it writes, tens of milliseconds, in which
a service could answer nobody; so it has an interpreter of its own. Two sockets come in by their
descriptors: one for what changes the index, one for what reads it. When they close, it ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings

from shared.domain.errors import QuireError
from shared.vectors.base import VectorRow
from shared.vectors.chroma_collections import Collections
from shared.vectors.local.protocol import Channel
from shared.vectors.memory import MOST

Reply = tuple[Any, bytes]


class IndexServer:
    """The collections behind the two sockets: one method an operation, its arguments from JSON."""

    def __init__(self, path: str, identity: dict[str, Any] | None, discard_foreign: bool) -> None:
        client = chromadb.PersistentClient(path, Settings(anonymized_telemetry=False))
        self._collections = Collections(client, identity, discard_foreign)

    def upsert(
        self, data: bytes, kind: str, ids: list[str], owners: list[str], encoder: str
    ) -> Reply:
        vectors = np.frombuffer(data, np.float32).reshape(len(ids), -1)
        self._collections.upsert(
            kind,
            [
                VectorRow(chunk_id, kind, owner, vector, encoder)
                for chunk_id, owner, vector in zip(ids, owners, vectors, strict=True)
            ],
        )
        return None, b""

    def delete(self, data: bytes, kind: str, which: dict[str, Any]) -> Reply:
        self._collections.delete(kind, **which)
        return None, b""

    def query(self, data: bytes, kind: str, k: int) -> Reply:
        hits = self._collections.query(kind, np.frombuffer(data, np.float32)[np.newaxis], k)
        return [(hit.chunk_id, hit.score) for hit in hits], b""

    def filled(self, data: bytes, among: list[str]) -> Reply:
        return self._collections.filled(among), b""

    def ids(self, data: bytes, kind: str) -> Reply:
        return sorted(self._collections.ids(kind)), b""

    def count(self, data: bytes) -> Reply:
        return self._collections.count(), b""

    def dimension(self, data: bytes) -> Reply:
        return self._collections.dimension, b""

    def small(self, data: bytes, kind: str) -> Reply:
        rows = self._collections.rows(kind, MOST)
        if rows is None:
            return None, b""
        names = [(row.chunk_id, row.document_id) for row in rows]
        return names, b"".join(row.vector.tobytes() for row in rows)

    def recreate(self, data: bytes) -> Reply:
        self._collections.recreate()
        return None, b""


def serve(channel: Channel, served: IndexServer) -> None:
    """Answer until the other side is gone."""
    while (request := channel.receive()) is not None:
        asked, data = request
        try:
            operation: Callable[..., Reply] = getattr(served, asked.pop("do"))
            value, answer = operation(data, **asked)
            channel.send({"value": value}, answer)
        except Exception as error:
            known = error.message if isinstance(error, QuireError) else str(error)
            channel.send({"error": type(error).__name__, "message": known})


def main(writes: int, reads: int) -> None:
    """The first message says what to open; its answer is the first of all."""
    channels = [Channel(os.dup(fd)) for fd in (writes, reads)]
    opening = channels[0].receive()
    if opening is None:
        return
    try:
        served = IndexServer(**opening[0])
    except QuireError as error:
        channels[0].send({"error": type(error).__name__, "message": error.message})
        return
    channels[0].send({"value": None})
    reader = threading.Thread(target=serve, args=(channels[1], served), daemon=True)
    reader.start()
    serve(channels[0], served)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
