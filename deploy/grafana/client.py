"""What users do to a gateway, as far as a picture needs it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.api import API, Api


class Client(Api):
    """Sends, asks, and listens."""

    def ask(self, question: str) -> None:
        """For an answer."""
        self._http.post(f"{API}/query", json={"query": question})

    def look_up(self, question: str) -> None:
        """For passages alone."""
        self._http.post(f"{API}/query/retrieve", json={"query": question})

    @contextlib.contextmanager
    def following(self) -> Iterator[None]:
        """Somebody listens to events meanwhile."""

        def listen(ended: threading.Event) -> None:
            with self._http.stream("GET", f"{API}/events") as events:
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
