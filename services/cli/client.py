"""Blocking HTTP client of a Quire server: one method for each route, problems as exceptions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

import httpx

from services.cli.exits import Refused, Unreachable
from shared.settings import LOOPBACK

DEFAULT_URL = "http://127.0.0.1:8000"
PAGE = 200  # entries of one response; the most that the server returns
_API = "/api/v1"
# A check of a large index and an upload of a large file have no upper limit.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=None, write=None)


class Client:
    """Raises Refused if the server answers with a problem, Unreachable if it does not answer."""

    def __init__(
        self, url: str, api_key: str = "", *, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ready(self) -> dict[str, Any]:
        """Return the server's readiness; raise Refused while a part of it is not ready."""
        return self._call("GET", "/readyz")

    def upload(
        self, path: Path, fields: dict[str, str], on_bytes: Callable[[int], None] = lambda _: None
    ) -> dict[str, Any]:
        """Send one file from disk, piece by piece, and return its document."""
        with path.open("rb") as handle:
            part = (path.name, _CountedFile(handle, on_bytes), "application/octet-stream")
            return self._call("POST", f"{_API}/documents/upload", data=fields, files={"file": part})

    def status(self, document_id: str) -> dict[str, Any]:
        return self._call("GET", f"{_API}/processing/status/{document_id}")

    def document(self, document_id: str) -> dict[str, Any]:
        return self._call("GET", f"{_API}/documents/{document_id}")

    def documents(self, filters: dict[str, Any], *, limit: int) -> Iterator[dict[str, Any]]:
        """Yield documents, newest first, over as many pages as needed."""
        cursor: str | None = None
        while limit > 0:
            asked = filters | {"limit": min(limit, PAGE)} | ({"cursor": cursor} if cursor else {})
            page = self._call("GET", f"{_API}/documents", params=asked)
            yield from page["documents"]
            limit -= len(page["documents"])
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def delete(self, document_id: str) -> dict[str, Any]:
        return self._call("DELETE", f"{_API}/documents/{document_id}")

    def reprocess(self, document_id: str, ocr_languages: str | None = None) -> dict[str, Any]:
        asked = {"ocr_languages": ocr_languages} if ocr_languages else {}
        return self._call("POST", f"{_API}/documents/{document_id}/reprocess", params=asked)

    def cancel(self, document_id: str) -> dict[str, Any]:
        return self._call("POST", f"{_API}/documents/{document_id}/cancel")

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"{_API}/query", json=question)

    def search(self, question: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"{_API}/query/retrieve", json=question)

    def check_model(self) -> dict[str, Any]:
        return self._call("POST", f"{_API}/query/model/check")

    def verify(self, *, repair: bool) -> dict[str, Any]:
        params = {"repair": str(repair).lower()}
        return self._call("POST", f"{_API}/ops/verify", params=params)

    def rebuild_index(self) -> dict[str, Any]:
        return self._call("POST", f"{_API}/ops/rebuild-index")

    def request(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        """Call a route of the API by its path, such as `/keys`."""
        return self._call(method, f"{_API}{path}", **arguments)

    def pages(self, path: str, filters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list over all of its pages."""
        cursor: str | None = None
        while True:
            asked = filters | {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            page = self.request("GET", path, params=asked)
            yield from next(value for value in page.values() if isinstance(value, list))
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def lines(self, path: str) -> Iterator[str]:
        """Yield the lines of an export. Unreachable: there is no server, or it broke off."""
        with self._reaching(), self._http.stream("GET", f"{_API}{path}") as response:
            if not response.is_success:
                response.read()
                raise _refused(response)
            yield from response.iter_lines()

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        with self._reaching():
            response = self._http.request(method, path, **arguments)
        if response.is_success:
            body: dict[str, Any] = response.json() if response.content else {}
            return body
        raise _refused(response)

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        """Raise Unreachable if no server answers in the context."""
        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(
                f"No Quire server answers at {self.url} ({error or type(error).__name__})."
                " Start one with `quire serve`, or name another with --url."
            ) from error


class _CountedFile:
    """A file that reports the size of each piece that is read."""

    def __init__(self, handle: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._handle = handle
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        piece = self._handle.read(size)
        self._on_bytes(len(piece))
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)


def _refused(response: httpx.Response) -> Refused:
    try:
        problem = response.json()
        message = problem.get("detail") or problem["title"]
        code = str(problem.get("code", response.status_code))
    except (ValueError, KeyError, AttributeError):
        message, code = f"The server answered {response.status_code}.", str(response.status_code)
    return Refused(str(message), code=code, status=response.status_code)
