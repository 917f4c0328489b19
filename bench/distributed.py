"""Measures a cluster: each service as a process, on real servers."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import load
from bench.api import Api, Unreadable
from bench.measure import milliseconds
from bench.sizes import Sizes
from deploy.local.cluster import Cluster
from deploy.local.polling import until
from deploy.local.services import SERVICES

# Uploads per second: more than two cores can process at the same time.
BURST_PER_S = 50
# Sections of a file for the scaled workers; Markdown is read fast, so workers are the bottleneck.
SCALED_SECTIONS = 40
# Seconds; short compared with the 70 ms of a small document.
_POLL_EVERY_S = 0.005


@contextlib.contextmanager
def cluster(folder: Path, **counts: int) -> Iterator[Cluster]:
    """Yield a cluster of one process of each kind, except for `counts`."""
    folder.mkdir(parents=True, exist_ok=True)
    with Cluster(folder, counts=counts) as running:
        yield running


def ingest(paths: Sequence[Path], folder: Path) -> dict[str, Any]:
    """Ingest the documents that the server and the baseline ingested."""
    with cluster(folder) as running, Api(running.gateway_url) as api:
        begun = time.perf_counter()
        sent = load.upload_all(api, paths)
        load.wait_for_all(api)
        wall_s = time.perf_counter() - begun
        states = [api.status(document_id) for document_id in dict.fromkeys(sent.ids)]
        chunks = sum(state["total_chunks"] or 0 for state in states)
        return {
            "wall_s": wall_s,
            "documents_per_s": len(states) / wall_s,
            "chunks_per_s": chunks / wall_s,
            "upload_burst": milliseconds(sent.seconds),
        }


def latency(long_pdf: Path | None, sizes: Sizes, folder: Path) -> dict[str, Any]:
    """Measure small documents from upload to index, idle and beside a long one, and uploads."""
    numbers = itertools.count()
    with cluster(folder) as running, Api(running.gateway_url) as api:
        idle = [
            _until_indexed(api, _note(folder, next(numbers))) for _ in range(sizes.small_documents)
        ]
        figures: dict[str, Any] = {
            "small, idle": milliseconds(idle),
            "uploads": _burst(api, sizes.burst_s, folder, numbers),
        }
        load.wait_for_all(api)
        if long_pdf is not None:
            try:
                small = (_note(folder, each) for each in numbers)
                busy = _while_in_work(api, long_pdf, small, sizes.small_documents)
                figures["small, beside a long one"] = milliseconds(busy)
            except Unreadable as reason:
                figures["small, beside a long one"] = str(reason)
        return figures


def scaling(sizes: Sizes, folder: Path) -> dict[str, Any]:
    """Measure chunks a second with several workers whose encoders sleep instead of computing."""
    rates: dict[str, Any] = {}
    services = [
        replace(each, module="bench.sleeping_worker") if each.name == "embedder-worker" else each
        for each in SERVICES
        # Without the interactive worker, which computes for real.
        if each.name != "embedder-interactive"
    ]
    settings = {"QUIRE_EMBEDDER_CONCURRENCY": "1", "QUIRE_ENCODER_THREADS": "1"}
    for workers in sizes.workers:
        place = folder / f"{workers}-workers"
        place.mkdir(parents=True)
        made = Cluster(place, counts={"EMBEDDERS": workers}, services=services, settings=settings)
        with made as running, Api(running.gateway_url) as api:
            paths = [_long_note(place, number) for number in range(sizes.scaled_files)]
            begun = time.perf_counter()
            sent = load.upload_all(api, paths)
            load.wait_for_all(api)
            chunks = sum(api.status(document_id)["total_chunks"] for document_id in sent.ids)
            rates[f"{workers} workers, chunks/s"] = chunks / (time.perf_counter() - begun)
    first, *_, last = rates.values()
    return rates | {f"{sizes.workers[-1]} workers to one": last / first}


def _while_in_work(api: Api, long_pdf: Path, small: Iterator[Path], count: int) -> list[float]:
    document_id = api.send(long_pdf)
    taken: list[float] = []
    while api.status(document_id)["status"] in load.UNFINISHED and len(taken) < count:
        taken.append(_until_indexed(api, next(small)))
    return taken


def _burst(api: Api, seconds: float, folder: Path, numbers: Iterator[int]) -> dict[str, Any]:
    """Measure the seconds until each upload, sent at a steady rate, is accepted."""
    files = [_note(folder, next(numbers)) for _ in range(int(BURST_PER_S * seconds))]
    begun = time.perf_counter()

    def send(place: int) -> float:
        time.sleep(max(0.0, begun + place / BURST_PER_S - time.perf_counter()))
        return load.timed(api.send, files[place])[0]

    with ThreadPoolExecutor(16) as pool:
        return milliseconds(list(pool.map(send, range(len(files)))))


def _until_indexed(api: Api, path: Path) -> float:
    begun = time.perf_counter()
    document_id = api.send(path)
    until(
        lambda: api.status(document_id)["status"] not in load.UNFINISHED,
        seconds=load.INGEST_WITHIN_S,
        otherwise=lambda: f"{path.name} was not finished within an hour.",
        every_s=_POLL_EVERY_S,
    )
    return time.perf_counter() - begun


def _note(folder: Path, number: int) -> Path:
    path = folder / f"note-{os.getpid()}-{number}.md"
    path.write_text(f"# Note {number}\n\nValve {number} is inspected every {number + 2} days.\n")
    return path


def _long_note(folder: Path, number: int) -> Path:
    path = folder / f"long-{number}.md"
    sections = (
        f"## Part {part}\n\n" + f"Pump {number}.{part} is inspected in turn {part}. " * 40
        for part in range(SCALED_SECTIONS)
    )
    path.write_text(f"# Long note {number}\n\n" + "\n\n".join(sections) + "\n")
    return path
