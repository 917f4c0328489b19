"""The four collections of an index in Chroma.

Another process may have replaced them on a server: a handle whose collection no longer exists is
opened again once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection
from chromadb.api.types import Metadata
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from numpy.typing import NDArray

from shared.domain.errors import IndexFailed, SettingsError
from shared.vectors.base import COLLECTIONS, Hit, VectorRow, check_dimension
from shared.vectors.memory import InMemoryCollection

T = TypeVar("T")
Identity = Mapping[str, Any]

# Vectors that a search of the graph keeps in view. With Chroma's 100 it lost the nearest of 200,000
# vectors for 25 of 300 questions, with 800 for one; it takes 3 ms instead of 2
# (docs/decisions/0021-the-recall-of-the-index.md).
_IN_VIEW = 800
# The other sizes are Chroma's, written down so that an upgrade of Chroma keeps them.
CONFIGURATION = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": _IN_VIEW, "max_neighbors": 16}
}
# Seconds before an empty collection is counted again, because other processes may fill it.
_EMPTY_FOR_S = 0.1


def connect(url: str) -> ClientAPI:
    """Connect to the server at an http(s) address. ValueError, httpx.HTTPError: no answer."""
    address = urlsplit(url)
    secure = address.scheme == "https"
    return chromadb.HttpClient(
        address.hostname or "localhost",
        address.port or (443 if secure else 8000),
        ssl=secure,
        settings=Settings(anonymized_telemetry=False),
    )


class Collections:
    """Implements `CollectionStore` with a Chroma client.

    `identity` is the encoder's name and dimension; without it, both are learnt from the index.
    """

    def __init__(
        self, client: ClientAPI, identity: Identity | None, discard_foreign: bool = False
    ) -> None:
        self._client = client
        self._identity = dict(identity) if identity else None
        self._learns = identity is None
        self._open: dict[str, Collection] = {}
        if self._identity:
            self._open_all(discard_foreign)
        self._filled: set[str] = set()
        self._looked_at = 0.0
        self.filled()

    @property
    def dimension(self) -> int | None:
        """Return the length of every vector; None if it is learnt from the index."""
        return self._identity["dimension"] if self._identity and not self._learns else None

    def filled(self, among: Sequence[str] = tuple(COLLECTIONS)) -> list[str]:
        """Return the types that have vectors: querying an empty collection is an error."""
        unsure = COLLECTIONS.keys() - self._filled
        if unsure and time.monotonic() - self._looked_at > _EMPTY_FOR_S:
            self._looked_at = time.monotonic()
            if self._is_open():
                self._filled |= {kind for kind in unsure if self._on(kind, Collection.count)}
        return [kind for kind in among if kind in self._filled]

    def upsert(self, kind: str, rows: Sequence[VectorRow]) -> None:
        if not self._is_open():
            self._identity = {"encoder": rows[0].encoder, "dimension": len(rows[0].vector)}
            self._open_all(discard_foreign=False)
        if self._foreign(rows) and self._learns:
            self._learn()
        if foreign := self._foreign(rows):
            maker = (self._identity or {}).get("encoder")
            raise IndexFailed(
                f"The index was made by {maker}, these vectors by {foreign}."
                " Rebuild the index, then process the document again."
            )
        if self._learns and self._identity:
            check_dimension(rows, self._identity["dimension"])
        ids = [row.chunk_id for row in rows]
        vectors = np.stack([row.vector for row in rows])
        metadatas: list[Metadata] = [{"document_id": row.document_id} for row in rows]
        self._on(kind, lambda each: each.upsert(ids=ids, embeddings=vectors, metadatas=metadatas))
        self._filled.add(kind)

    def delete(self, kind: str, **which: Any) -> None:
        """Remove rows by `ids` or by a `where` filter on their metadata."""
        if self._is_open():
            self._on(kind, lambda each: each.delete(**which))

    def query(self, kind: str, vectors: NDArray[np.float32], k: int) -> list[Hit]:
        """Return the `k` rows nearest to the one row of `vectors`."""
        found = self._on(
            kind,
            lambda each: each.query(query_embeddings=vectors, n_results=k, include=["distances"]),
        )
        assert found["distances"] is not None
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Hit(chunk_id, 1.0 - distance) for chunk_id, distance in pairs]

    def ids(self, kind: str) -> set[str]:
        if not self._is_open():
            return set()
        return self._on(kind, lambda each: set(each.get(include=[])["ids"]))

    def count(self) -> dict[str, int]:
        if not self._is_open():
            return dict.fromkeys(COLLECTIONS, 0)
        return {kind: self._on(kind, Collection.count) for kind in COLLECTIONS}

    def rows(self, kind: str, limit: int) -> list[VectorRow] | None:
        """Return every row of a collection. None: there are more than `limit`, or it is missing."""
        if not self._is_open() or self._on(kind, Collection.count) > limit:
            return None
        found = self._on(kind, lambda each: each.get(include=["embeddings", "metadatas"]))
        vectors = np.asarray(found["embeddings"], np.float32)
        document_ids = [str((each or {})["document_id"]) for each in found["metadatas"] or ()]
        return [
            VectorRow(chunk_id, kind, document_id, vector)
            for chunk_id, document_id, vector in zip(
                found["ids"], document_ids, vectors, strict=True
            )
        ]

    def read_small(self) -> dict[str, InMemoryCollection]:
        """Return nothing: other processes may write, so a copy could be out of date."""
        return {}

    def recreate(self) -> None:
        """Delete the collections and create them empty."""
        if not self._is_open():
            return
        for name in COLLECTIONS.values():
            self._client.delete_collection(name)
        self._open = {kind: self._make(name) for kind, name in COLLECTIONS.items()}
        self._filled = set()

    def close(self) -> None:
        """Close the client."""
        self._client.close()  # type: ignore[attr-defined]

    def _is_open(self) -> bool:
        """Return whether collections are open; opens those that another process has created."""
        if not self._open:
            self._learn()
        return bool(self._open)

    def _learn(self) -> None:
        """Open the existing collections and take their encoder; opens nothing if one is missing."""
        self._open = {}
        known = {each.name: each for each in self._client.list_collections()}
        if COLLECTIONS.keys() <= {kind for kind, name in COLLECTIONS.items() if name in known}:
            self._identity = dict(known[COLLECTIONS["text"]].metadata or {})
            self._open_all(discard_foreign=False)

    def _foreign(self, rows: Sequence[VectorRow]) -> str:
        """Return the encoder of the first row that another encoder made; empty if there is none."""
        maker = (self._identity or {}).get("encoder")
        return next((row.encoder for row in rows if row.encoder not in ("", maker)), "")

    def _on(self, kind: str, act: Callable[[Collection], T]) -> T:
        try:
            return act(self._open[kind])
        except NotFoundError:
            if self._learns:
                self._learn()
            else:
                self._open_all(discard_foreign=False)
            if kind not in self._open:
                raise
            return act(self._open[kind])

    def _open_all(self, discard_foreign: bool) -> None:
        known = {each.name for each in self._client.list_collections()}
        self._open = {
            kind: self._take(name, discard_foreign) if name in known else self._make(name)
            for kind, name in COLLECTIONS.items()
        }

    def _take(self, name: str, discard_foreign: bool) -> Collection:
        collection = self._client.get_collection(name, embedding_function=None)
        if collection.metadata == self._identity:
            return _as_configured(collection)
        if collection.count() and not discard_foreign:
            maker = (collection.metadata or {}).get("encoder", "an unknown encoder")
            mine = (self._identity or {})["encoder"]
            raise SettingsError(
                f"The index was made by {maker}, but {mine} is set. Set the encoder back, or run"
                " `quire rebuild-index`, which processes the documents again."
            )
        self._client.delete_collection(name)
        return self._make(name)

    def _make(self, name: str) -> Collection:
        try:
            return self._client.create_collection(
                name,
                configuration=CONFIGURATION,  # type: ignore[arg-type]
                metadata=self._identity,
                embedding_function=None,
            )
        except ChromaError:
            # Another process may have created it first; any other cause fails here again.
            return self._client.get_collection(name, embedding_function=None)


def _as_configured(collection: Collection) -> Collection:
    """Give a collection of an earlier version the present view; its graph stays.

    A graph that a server has in memory is searched with the old one until it is loaded again.
    """
    found = collection.configuration_json.get("hnsw") or {}
    if found.get("ef_search") != _IN_VIEW:
        collection.modify(configuration={"hnsw": {"ef_search": _IN_VIEW}})
    return collection
