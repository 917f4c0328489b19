"""The HTTP client of tests: uploads, waits for the end of processing, asks questions."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.support.wait import until

API = "/api/v1"
TERMINAL = {"completed", "completed_empty", "failed", "cancelled"}
# The fields of a processing status that change while a document is worked on.
_PROGRESS = ("status", "progress", "revision", "pages_read", "total_chunks", "stages")
# Seconds for one request on a busy machine; verification takes longest, because it reads every row.
_REQUEST_TIMEOUT_S = 120.0


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[Client]:
    """Yield a client of the gateway at this address."""
    async with httpx.AsyncClient(base_url=url, timeout=_REQUEST_TIMEOUT_S, trust_env=False) as http:
        yield Client(http)


class Client:
    """A client of a gateway, over a socket or in process.

    `send`, `status`, `all_ended`, `passages` and `sound` repeat requests that a fault interrupts.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def try_upload(
        self, name: str, data: bytes, *, key: str = "", **fields: str
    ) -> httpx.Response:
        return await self.http.post(
            f"{API}/documents/upload",
            files={"file": (name, data)},
            data=fields,
            headers={"Idempotency-Key": key} if key else {},
        )

    async def upload(self, path: Path, **fields: str) -> dict[str, Any]:
        """Return the response to an accepted upload."""
        response = await self.try_upload(path.name, path.read_bytes(), **fields)
        assert response.status_code in (200, 202), response.text
        return dict(response.json())

    async def send(self, path: Path, *, key: str = "") -> str:
        """Upload until the file is accepted; return the document's id."""
        accepted: list[str] = []

        async def is_accepted() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                response = await self.try_upload(path.name, path.read_bytes(), key=key)
                if response.status_code in (200, 202):
                    accepted.append(response.json()["document_id"])
                assert accepted or response.status_code >= 500, response.text
            return bool(accepted)

        await until(is_accepted, otherwise=lambda: f"{path.name} was not accepted")
        return accepted[0]

    async def send_all(self, paths: Iterable[Path]) -> list[str]:
        return [await self.send(path) for path in paths]

    async def status(self, document_id: str) -> dict[str, Any]:
        """Return the processing status; an empty one while the gateway does not respond."""
        with contextlib.suppress(httpx.HTTPError):
            response = await self.http.get(f"{API}/processing/status/{document_id}")
            if response.status_code == 200:
                return dict(response.json())
        return {}

    async def ended(self, document_id: str) -> dict[str, Any]:
        """Return the document's processing status once it is terminal."""
        return (await self.all_ended([document_id]))[0]

    async def all_ended(self, document_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return the terminal statuses, in order; TimeoutError names the documents that stall."""
        found: dict[str, dict[str, Any]] = {}

        def waiting() -> list[str]:
            return [each for each in document_ids if each not in found]

        async def are_terminal() -> bool:
            # Stop at the first document that is not terminal, to send few requests.
            for document_id in waiting():
                status = await self.status(document_id)
                if status.get("status") not in TERMINAL:
                    return False
                found[document_id] = status
            return True

        async def progress() -> list[Any]:
            statuses = [await self.status(each) for each in waiting()]
            return [{name: status.get(name) for name in _PROGRESS} for status in statuses]

        await until(are_terminal, progress=progress, otherwise=progress)
        return [found[document_id] for document_id in document_ids]

    async def ingest(self, paths: Iterable[Path]) -> list[dict[str, Any]]:
        """Upload all files, then wait for all of them; return their statuses."""
        accepted = [await self.upload(path) for path in paths]
        return await self.all_ended([one["document_id"] for one in accepted])

    async def retrieve(self, question: str, **body: object) -> list[dict[str, Any]]:
        """Return the ten passages nearest to a question."""
        response = await self.http.post(
            f"{API}/query/retrieve", json={"query": question, "top_k": 10, **body}
        )
        assert response.status_code == 200, response.text
        return list(response.json()["passages"])

    async def passages(self, question: str) -> list[dict[str, Any]]:
        """Return what a question finds, asking again while the response is 503."""
        found: list[dict[str, Any]] = []

        async def is_answered() -> bool:
            response = await self.http.post(f"{API}/query/retrieve", json={"query": question})
            assert response.status_code in (200, 503), response.text
            if response.status_code == 200:
                found.extend(response.json()["passages"])
            return response.status_code == 200

        await until(is_answered)
        return found

    async def sound(self) -> None:
        """Wait until verification finds no problem: a sweep may have to clear up a fault first."""
        reports: list[dict[str, Any]] = []

        async def is_sound() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                response = await self.http.post(f"{API}/ops/verify")
                if response.status_code == 200:
                    reports.append(response.json())
                    return clean(reports[-1])
            return False

        await until(is_sound, otherwise=lambda: reports[-1:])


def clean(report: dict[str, Any]) -> bool:
    """Return whether a verification found no problem."""
    return bool(report["ok"]) and not any(check["problems"] for check in report["checks"])
