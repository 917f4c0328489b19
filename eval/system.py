"""Uploads a set of documents to a server and asks it questions, all over HTTP."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.load import INGEST_WITHIN_S, UPLOADERS, timed
from deploy.local.polling import until
from services.cli.client import Client
from services.cli.exits import Refused
from services.cli.local_server import local_server
from shared.domain.status import WORKING

_POLL_EVERY_S = 0.2


@dataclass(frozen=True)
class Document:
    """A file to upload; `key` is its name in the test set."""

    key: str
    path: Path
    title: str = ""


@dataclass
class System:
    """A server that holds the documents of one set in one collection.

    `unread` has the reasons for documents that the server refused or could not process, by key.
    """

    client: Client
    collection: str
    filters: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def upload(self, documents: Iterable[Document]) -> None:
        """Send the documents and return when all are processed. NotUp: they take too long."""
        with ThreadPoolExecutor(UPLOADERS) as pool:
            for _ in pool.map(self._send, documents):
                pass
        until(
            lambda: not any(self._listed(status, 1) for status in sorted(WORKING)),
            seconds=INGEST_WITHIN_S,
            otherwise=lambda: f"The documents were not finished within {INGEST_WITHIN_S:.0f} s.",
            every_s=_POLL_EVERY_S,
        )
        keys = {document_id: key for key, document_id in self.ids.items()}
        for each in self._listed("failed", len(keys)):
            if each["document_id"] in keys:
                self.unread[keys[each["document_id"]]] = str(each["error"]["message"])

    def answer(self, question: str, keys: Sequence[str] = ()) -> dict[str, Any]:
        """Return the answer from the documents with these keys; without keys from all."""
        asked = {"query": question} | self.filters | self._narrowed(keys)
        return self._timed(partial(self.client.ask, asked))

    def passages(
        self, question: str, top_k: int, keys: Sequence[str] = (), *, explain: bool = False
    ) -> list[dict[str, Any]]:
        """Return the passages found in the documents with these keys, best first."""
        asked = {"query": question, "top_k": top_k, "explain": explain}
        asked |= self.filters | self._narrowed(keys)
        found: list[dict[str, Any]] = self._timed(partial(self.client.search, asked))["passages"]
        return found

    def delete(self) -> None:
        """Delete the documents that were uploaded."""
        for document_id in set(self.ids.values()):
            self.client.delete(document_id)

    def _narrowed(self, keys: Sequence[str]) -> dict[str, list[str]]:
        # An empty list means all documents, so an unread one leaves its key, which finds nothing.
        return {"document_ids": [self.ids.get(key, key) for key in keys]}

    def _send(self, document: Document) -> None:
        fields = {"title": document.title[:500], "collection": self.collection}
        try:
            self.ids[document.key] = self.client.upload(document.path, fields)["document_id"]
        except Refused as refusal:
            if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            self.unread[document.key] = str(refusal)

    def _listed(self, status: str, limit: int) -> list[dict[str, Any]]:
        filters = {"status": status, "collection": self.collection}
        return list(self.client.documents(filters, limit=limit))

    def _timed(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        seconds, reply = timed(ask)
        self.seconds.append(seconds)
        return reply


@contextlib.contextmanager
def opened(target: str | None) -> Iterator[System]:
    """Yield an empty server of its own, or a new collection of the server at `target`.

    CommandError: the server does not start or answer. Documents at a target are deleted at the end.
    """
    if target is None:
        with (
            tempfile.TemporaryDirectory(prefix="quire-eval-") as folder,
            local_server(Path(folder)) as url,
            Client(url) as client,
        ):
            yield System(client, "default")
        return
    with Client(target, os.environ.get("QUIRE_API_KEY", "")) as client:
        collection = f"eval-{uuid4().hex[:8]}"
        system = System(client, collection, {"filters": {"collection": [collection]}})
        try:
            yield system
        finally:
            system.delete()
