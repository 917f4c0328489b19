"""Every service as a process of its own, on real servers: what that costs, and what it buys."""

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
from deploy.local.cluster import Cluster
from deploy.local.services import SERVICES

WORKERS = (1, 2, 4)
SMALL = 20
BURST_PER_S, BURST_S = 50, 4.0
# As many as keep four workers busy for a while, in files that are read in no time.
SCALED_FILES, SCALED_SECTIONS = 12, 40
_LOOK_EVERY_S = 0.005


@contextlib.contextmanager
def cluster(folder: Path, **counts: int) -> Iterator[Cluster]:
    """A cluster of one process of each kind, unless `counts` says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    with Cluster(folder, counts=counts) as running:
        yield running


def ingest(paths: Sequence[Path], folder: Path) -> dict[str, Any]:
    """The same documents as the server and the straight line had."""
    with cluster(folder) as running, Api(running.gateway_url) as api:
        begun = time.perf_counter()
        sent = load.upload_all(api, paths)
        if not load.wait_for_all(api):
            raise TimeoutError("The documents were not done within an hour.")
        wall_s = time.perf_counter() - begun
        states = [api.status(document_id) for document_id in dict.fromkeys(sent.ids)]
        chunks = sum(state["total_chunks"] or 0 for state in states)
        return {
            "wall_s": wall_s,
            "documents_per_s": len(states) / wall_s,
            "chunks_per_s": chunks / wall_s,
            "upload_burst": milliseconds(sent.seconds),
        }


def latency(long_pdf: Path | None, folder: Path) -> dict[str, Any]:
    """One small document from upload to index, in an idle system and while a long one is in work;
    and uploads alone, fifty a second."""
    numbers = itertools.count()
    with cluster(folder) as running, Api(running.gateway_url) as api:
        idle = [_until_indexed(api, _note(folder, next(numbers))) for _ in range(SMALL)]
        figures: dict[str, Any] = {
            "small, idle": milliseconds(idle),
            "uploads": _burst(api, folder, numbers),
        }
        load.wait_for_all(api)
        if long_pdf is not None:
            try:
                busy = _while_in_work(api, long_pdf, (_note(folder, each) for each in numbers))
                figures["small, beside a long one"] = milliseconds(busy)
            except Unreadable as reason:
                figures["small, beside a long one"] = str(reason)
        return figures


def scaling(folder: Path) -> dict[str, Any]:
    """Chunks a second with 1, 2 and 4 workers whose encoders sleep instead of computing."""
    rates: dict[str, Any] = {}
    services = [
        replace(each, module="bench.sleeping_worker") if each.name == "embedder-worker" else each
        for each in SERVICES
        # It computes for real, whatever comes first.
        if each.name != "embedder-interactive"
    ]
    settings = {"QUIRE_EMBEDDER_CONCURRENCY": "1", "QUIRE_ENCODER_THREADS": "1"}
    for workers in WORKERS:
        place = folder / f"{workers}-workers"
        place.mkdir(parents=True)
        made = Cluster(place, counts={"EMBEDDERS": workers}, services=services, settings=settings)
        with made as running, Api(running.gateway_url) as api:
            paths = [_long_note(place, number) for number in range(SCALED_FILES)]
            begun = time.perf_counter()
            sent = load.upload_all(api, paths)
            load.wait_for_all(api)
            chunks = sum(api.status(document_id)["total_chunks"] for document_id in sent.ids)
            rates[f"{workers} workers, chunks/s"] = chunks / (time.perf_counter() - begun)
    first, *_, last = rates.values()
    return rates | {f"{WORKERS[-1]} workers to one": last / first}


def _while_in_work(api: Api, long_pdf: Path, small: Iterator[Path]) -> list[float]:
    document_id = api.upload(long_pdf)
    taken: list[float] = []
    while api.status(document_id)["status"] in load.UNFINISHED and len(taken) < SMALL:
        taken.append(_until_indexed(api, next(small)))
    return taken


def _burst(api: Api, folder: Path, numbers: Iterator[int]) -> dict[str, Any]:
    """Seconds until each of many uploads, sent at a steady pace, is accepted."""
    files = [_note(folder, next(numbers)) for _ in range(int(BURST_PER_S * BURST_S))]
    begun = time.perf_counter()

    def send(place: int) -> float:
        time.sleep(max(0.0, begun + place / BURST_PER_S - time.perf_counter()))
        return load.timed(api.upload, files[place])[0]

    with ThreadPoolExecutor(16) as pool:
        return milliseconds(list(pool.map(send, range(len(files)))))


def _until_indexed(api: Api, path: Path) -> float:
    begun = time.perf_counter()
    document_id = api.upload(path)
    while api.status(document_id)["status"] in load.UNFINISHED:
        time.sleep(_LOOK_EVERY_S)
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
