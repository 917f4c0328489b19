"""HTTP clients of the benchmark."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from services.cli.client import Client
from services.cli.exits import Refused

API = "/api/v1"


class Unreadable(Exception):
    """The server can't use this file; the message names it and says why."""


class Api(Client):
    """The command line's client, with passages and metrics."""

    def send(self, path: Path) -> str:
        """Upload one file and return its document's id. Unreadable: the server refuses the file."""
        try:
            return str(self.upload(path, {})["document_id"])
        except Refused as refusal:
            if refusal.status >= http.client.INTERNAL_SERVER_ERROR:
                raise
            raise Unreadable(f"{path.name}: {refusal}") from refusal

    def has_documents(self, status: str) -> bool:
        """Return whether a document is in this state."""
        return any(self.documents({"status": status}, limit=1))

    def texts(self, document_id: str, limit: int) -> list[str]:
        """Return the texts of a document's first chunks."""
        path = f"{API}/documents/{document_id}/chunks"
        return [
            chunk["content"] for chunk in self._call("GET", path, params={"limit": limit})["chunks"]
        ]

    def metrics(self, name: str, label: str) -> dict[str, float]:
        """Return the samples of one metric, summed by one label."""
        text = self._http.get("/metrics").raise_for_status().text
        families = text_string_to_metric_families(text)
        samples = itertools.chain.from_iterable(family.samples for family in families)
        sums: dict[str, float] = {}
        for sample in samples:
            if sample.name == name:
                key = sample.labels[label]
                sums[key] = sums.get(key, 0.0) + sample.value
        return sums


class Asker:
    """Asks over one connection with the standard library's client.

    It takes a quarter of httpx's CPU, which the measured server would lack.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=60
        )

    def ask(
        self, question: str, *, top_k: int = 10, document_ids: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Return the passages that a question finds, best first."""
        asked: dict[str, Any] = {"query": question, "top_k": top_k}
        if document_ids:
            asked["document_ids"] = list(document_ids)
        passages: list[dict[str, Any]] = self._post("/query/retrieve", asked)["passages"]
        return passages

    def answer(self, question: str) -> dict[str, Any]:
        """Return the answer to a question."""
        return self._post("/query", {"query": question})

    def close(self) -> None:
        self._connection.close()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", f"{API}{path}", json.dumps(body), headers)
        reply = self._connection.getresponse()
        received = reply.read()
        if reply.status != http.client.OK:
            raise http.client.HTTPException(f"{reply.status}: {received[:200]!r}")
        answer: dict[str, Any] = json.loads(received)
        return answer
