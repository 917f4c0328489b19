"""The server's HTTP surface as far as the benchmark uses it."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

API = "/api/v1"


class Unreadable(Exception):
    """The server can't use this file; the message names it and says why."""


class Api:
    """Uploads, states, and metrics. httpx.HTTPError where the server says no."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def upload(self, path: Path) -> str:
        """Send one file; the id of its document. Unreadable where the server takes no such file."""
        with path.open("rb") as file:
            reply = self._http.post(f"{API}/documents/upload", files={"file": (path.name, file)})
        if reply.is_client_error:
            raise Unreadable(f"{path.name}: {reply.json()['detail']}")
        return str(reply.raise_for_status().json()["document_id"])

    def status(self, document_id: str) -> dict[str, Any]:
        return self._get(f"{API}/processing/status/{document_id}")

    def anything(self, status: str) -> bool:
        """Whether a document is in this state."""
        return bool(self._get(f"{API}/documents", status=status, limit=1)["documents"])

    def texts(self, document_id: str, limit: int) -> list[str]:
        """What the first chunks of a document say."""
        reply = self._get(f"{API}/documents/{document_id}/chunks", limit=limit)
        return [chunk["content"] for chunk in reply["chunks"]]

    def metrics(self, name: str, label: str) -> dict[str, float]:
        """The samples of one metric, summed by one label."""
        text = self._http.get("/metrics").raise_for_status().text
        families = text_string_to_metric_families(text)
        samples = itertools.chain.from_iterable(family.samples for family in families)
        sums: dict[str, float] = {}
        for sample in samples:
            if sample.name == name:
                key = sample.labels[label]
                sums[key] = sums.get(key, 0.0) + sample.value
        return sums

    def _get(self, path: str, **params: str | int) -> dict[str, Any]:
        body: dict[str, Any] = self._http.get(path, params=params).raise_for_status().json()
        return body


class Asker:
    """One client that asks over one connection.

    The standard library's: it takes a quarter of httpx's CPU, which the server would miss.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=60
        )

    def ask(
        self, question: str, *, top_k: int = 10, document_ids: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """The passages that a question finds, best first."""
        asked: dict[str, Any] = {"query": question, "top_k": top_k}
        if document_ids:
            asked["document_ids"] = list(document_ids)
        self._connection.request(
            "POST",
            f"{API}/query/retrieve",
            json.dumps(asked),
            {"Content-Type": "application/json"},
        )
        reply = self._connection.getresponse()
        body = reply.read()
        if reply.status != http.client.OK:
            raise http.client.HTTPException(f"{reply.status}: {body[:200]!r}")
        passages: list[dict[str, Any]] = json.loads(body)["passages"]
        return passages

    def close(self) -> None:
        self._connection.close()
