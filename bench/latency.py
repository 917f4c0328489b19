"""Latencies of uploads and questions under load, and of a long file's first page."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import load
from bench.api import Api, Asker, Unreadable
from bench.measure import milliseconds
from bench.server import serving
from deploy.local.polling import NotUp

# Seconds between actions of one client; so slow that the ingest itself remains the load.
UPLOAD_EVERY_S = 0.5
ASK_EVERY_S = 0.1
QUESTIONS = (
    "Who is responsible for this?",
    "What are the main results?",
    "Which amount was paid in the last year?",
    "How is the method defined?",
)
_POLL_EVERY_S = 0.02


def while_ingesting(paths: Sequence[Path], busy_s: float, folder: Path) -> dict[str, Any]:
    """Measure uploads and questions, one client each, while documents are read and encoded."""
    with (
        serving(folder) as server,
        Api(server.url) as api,
        contextlib.closing(Asker(server.url)) as asker,
    ):
        load.upload_all(api, paths)
        questions, files = new_questions(), new_files(paths, folder)
        with (
            repeating(lambda: asker.ask(next(questions)), ASK_EVERY_S) as asked,
            repeating(lambda: api.send(next(files)), UPLOAD_EVERY_S) as sent,
            contextlib.suppress(NotUp),
        ):
            load.wait_for_all(api, at_most_s=busy_s)
        return {
            "ready_s": server.ready_s,
            "upload": milliseconds(sent),
            "query": milliseconds(asked),
        }


def first_page(long_pdf: Path, folder: Path) -> dict[str, Any]:
    """Measure how soon a new server finds a passage of a long PDF, and how far it has read by then.

    Unreadable: it finds none.
    """
    with (
        serving(folder) as server,
        Api(server.url) as api,
        contextlib.closing(Asker(server.url)) as asker,
    ):
        begun = time.perf_counter()
        document_id = api.send(long_pdf)
        accepted_s = time.perf_counter() - begun
        while not asker.ask(QUESTIONS[0], top_k=1, document_ids=[document_id]):
            if api.status(document_id)["status"] not in load.UNFINISHED:
                raise Unreadable(f"{long_pdf.name}: processing ended and no passage was found.")
            time.sleep(_POLL_EVERY_S)
        searchable_s = time.perf_counter() - begun
        state = api.status(document_id)
        return {
            "ready_s": server.ready_s,
            "accepted_s": accepted_s,
            "searchable_s": searchable_s,
            **{key: state[key] for key in ("status", "pages_read", "page_count")},
        }


def new_questions() -> Iterator[str]:
    """Yield questions, none twice."""
    for number, question in enumerate(itertools.cycle(QUESTIONS)):
        yield f"{question} (case {number})"


def new_files(paths: Sequence[Path], folder: Path) -> Iterator[Path]:
    """Yield new files: copies of the PDF of median size, each with a different last line."""
    pdfs = sorted(
        (path.read_bytes() for path in paths if path.suffix.lower() == ".pdf"), key=len
    ) or [b"% A text file.\n"]
    for number in itertools.count():
        copy = folder / f"copy-{number}"
        copy.write_bytes(pdfs[len(pdfs) // 2] + f"\n% {number}\n".encode())
        yield copy


@contextlib.contextmanager
def repeating(action: Callable[[], object], every_s: float) -> Iterator[list[float]]:
    """Repeat an action in a thread and yield the list of seconds it took; raise its errors."""
    ended = threading.Event()
    taken: list[float] = []

    def repeat() -> None:
        while not ended.wait(every_s):
            taken.append(load.timed(action)[0])

    with ThreadPoolExecutor(1) as pool:
        repetition = pool.submit(repeat)
        try:
            yield taken
        finally:
            ended.set()
    repetition.result()
