"""The index process: `python -m shared.vectors.local.server WRITES READS`.

Chroma's local client holds the interpreter lock for tens of milliseconds while it writes, and in
this time the service could not answer requests; so it runs in a separate interpreter. The arguments
are the descriptors of two sockets, one for requests that change the index and one for requests that
read it. The process ends when they close.
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
from shared.system.privacy import keep_private
from shared.vectors.base import VectorRow
from shared.vectors.chroma_collections import Collections
from shared.vectors.local.protocol import Channel
from shared.vectors.memory import MAX_VECTORS

Reply = tuple[Any, bytes]


class IndexServer:
    """One method for each operation; arguments and results are JSON values and bytes."""

    def __init__(self, path: str, identity: dict[str, Any] | None, discard_foreign: bool) -> None:
        client = chromadb.PersistentClient(path, Settings(anonymized_telemetry=False))
        self._collections = Collections(client, identity, discard_foreign)

    def upsert(
        self, data: bytes, kind: str, ids: list[str], document_ids: list[str], encoder: str
    ) -> Reply:
        vectors = np.frombuffer(data, np.float32).reshape(len(ids), -1)
        self._collections.upsert(
            kind,
            [
                VectorRow(chunk_id, kind, document_id, vector, encoder)
                for chunk_id, document_id, vector in zip(ids, document_ids, vectors, strict=True)
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
        rows = self._collections.rows(kind, MAX_VECTORS)
        if rows is None:
            return None, b""
        names = [(row.chunk_id, row.document_id) for row in rows]
        return names, b"".join(row.vector.tobytes() for row in rows)

    def recreate(self, data: bytes) -> Reply:
        self._collections.recreate()
        return None, b""


def serve(channel: Channel, index: IndexServer) -> None:
    """Answer requests until the other side closes."""
    while (request := channel.receive()) is not None:
        asked, data = request
        try:
            operation: Callable[..., Reply] = getattr(index, asked.pop("do"))
            value, answer = operation(data, **asked)
            channel.send({"value": value}, answer)
        except Exception as error:
            message = error.message if isinstance(error, QuireError) else str(error)
            channel.send({"error": type(error).__name__, "message": message})


def main(writes: int, reads: int) -> None:
    """Open the index that the first message names, then serve both sockets."""
    keep_private()
    channels = [Channel(os.dup(fd)) for fd in (writes, reads)]
    opening = channels[0].receive()
    if opening is None:
        return
    try:
        index = IndexServer(**opening[0])
    except QuireError as error:
        channels[0].send({"error": type(error).__name__, "message": error.message})
        return
    channels[0].send({"value": None})
    reader = threading.Thread(target=serve, args=(channels[1], index), daemon=True)
    reader.start()
    serve(channels[0], index)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
