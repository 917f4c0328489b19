"""Ingests the same documents with the server and with the baseline, in alternating rounds."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import load
from bench.api import Api
from bench.measure import Meter, Usage, milliseconds
from bench.server import serving, start
from bench.sizes import Sizes


@dataclass(frozen=True)
class Ingest:
    """One system's ingest, from the first document sent to the last one done.

    `stages` are summed seconds. `failed` includes `refused`, because the baseline refuses no file.
    `unread` names the documents that the server accepted and could not read, with the reasons.
    """

    system: str
    documents: int
    failed: int
    pages: int
    chunks: int
    refused: list[str]
    unread: list[str]
    usage: Usage
    stages: dict[str, float]
    extra: dict[str, Any]

    def record(self) -> dict[str, Any]:
        """Return all fields and the rates, for JSON."""
        rates = {
            f"{name}_per_s": getattr(self, name) / self.usage.wall_s
            for name in ("documents", "pages", "chunks")
        }
        return asdict(self) | rates


def alternate(paths: Sequence[Path], sizes: Sizes, folder: Path) -> list[Ingest]:
    """Run both systems in every round, alternating which is first."""
    done: list[Ingest] = []
    for number in range(sizes.rounds):
        place = folder / f"round-{number}"
        systems = (with_server, with_baseline)
        for system in systems if number % 2 == 0 else reversed(systems):
            done.append(system(paths, sizes, place))
    return done


def with_server(paths: Sequence[Path], sizes: Sizes, folder: Path) -> Ingest:
    """Ingest into a new server, then ask the idle server questions."""
    with serving(folder) as server, Api(server.url) as api:
        with Meter(server.pid) as meter:
            sent = load.upload_all(api, paths)
            load.wait_for_all(api)
        return Ingest(
            system="server",
            usage=meter.usage,
            stages=api.metrics("quire_task_seconds_sum", "task_type"),
            extra={
                "ready_s": server.ready_s,
                "upload_burst": milliseconds(sent.seconds),
                "encoder_texts": api.metrics("quire_encoder_texts_total", "source"),
                "queries": load.queries(
                    server, load.questions_about(api, sent.ids, sizes.questions), sizes.crowd_s
                ),
            },
            **_totals(api, sent),
        )


def with_baseline(paths: Sequence[Path], _: Sizes, folder: Path) -> Ingest:
    """Ingest with the baseline, which like the server is loaded before the clock starts."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with start("bench", "baseline", folder=folder, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with Meter(process.pid) as meter, contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps([str(path) for path in paths]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
    if not answer:
        raise RuntimeError("The baseline ended before its work was done.")
    return Ingest(
        system="baseline", usage=meter.usage, refused=[], unread=[], extra={}, **json.loads(answer)
    )


def _totals(api: Api, sent: load.Sent) -> dict[str, Any]:
    states = [api.status(document_id) for document_id in dict.fromkeys(sent.ids)]
    failed = [state for state in states if state["status"] not in load.COMPLETED]
    return {
        "documents": len(states) + len(sent.refused),
        "failed": len(failed) + len(sent.refused),
        "refused": sent.refused,
        "unread": [_why(api, state) for state in failed],
        "pages": sum(state["page_count"] or 0 for state in states),
        "chunks": sum(state["total_chunks"] or 0 for state in states),
    }


def _why(api: Api, state: Mapping[str, Any]) -> str:
    name = api.document(state["document_id"])["file_name"]
    error = state["error"] or {}
    return f"{name}: {error.get('message') or state['status']}"
