"""What users do to a gateway, as far as a picture needs it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import httpx

_API = "/api/v1"
_UPLOADERS = 4
_UNFINISHED = ("pending", "processing")
# Longer than the server's silence between two signs of life.
_WITHIN_S = 60


class Client:
    """Uploads, questions, and listening. What the server refuses is for its own panels to show."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_WITHIN_S, trust_env=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def upload(self, path: Path) -> None:
        with path.open("rb") as file:
            self._http.post(f"{_API}/documents/upload", files={"file": (path.name, file)})

    def upload_all(self, paths: Sequence[Path]) -> None:
        """From a few clients at once."""
        with ThreadPoolExecutor(_UPLOADERS) as pool:
            list(pool.map(self.upload, paths))

    def ask(self, question: str) -> None:
        """For an answer."""
        self._http.post(f"{_API}/query", json={"query": question})

    def look_up(self, question: str) -> None:
        """For passages alone."""
        self._http.post(f"{_API}/query/retrieve", json={"query": question})

    def is_busy(self) -> bool:
        """Whether any document waits or is worked on."""
        return any(
            self._http.get(f"{_API}/documents", params={"status": status, "limit": 1}).json()[
                "documents"
            ]
            for status in _UNFINISHED
        )

    @contextlib.contextmanager
    def following(self) -> Iterator[None]:
        """Somebody listens to events meanwhile."""

        def listen(ended: threading.Event) -> None:
            with self._http.stream("GET", f"{_API}/events") as events:
                for _ in events.iter_raw():
                    if ended.is_set():
                        return

        with _meanwhile(listen):
            yield


@contextlib.contextmanager
def repeating(action: Callable[[], object], every_s: float) -> Iterator[None]:
    """It is done again and again meanwhile. Raises what it raised."""

    def repeat(ended: threading.Event) -> None:
        while not ended.wait(every_s):
            action()

    with _meanwhile(repeat):
        yield


@contextlib.contextmanager
def _meanwhile(action: Callable[[threading.Event], None]) -> Iterator[None]:
    ended = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(action, ended)
        try:
            yield
        finally:
            ended.set()
    running.result()
