"""How fast a question finds its passages among many, in process and over HTTP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import load
from bench.api import Api
from bench.server import data_dir, serving, start


def measure(paths: Sequence[Path], folder: Path, chunks: int) -> dict[str, Any]:
    """Ingest, grow the index to `chunks` chunks, then ask, in process first and over HTTP after."""
    questions = _ingest(paths, folder)
    inside = _in_process(questions, folder, chunks)
    with serving(folder) as server:
        over_http = load.queries(server.url, questions)
        return {**inside, "over_http": over_http, "ready_s": server.ready_s}


def _ingest(paths: Sequence[Path], folder: Path) -> list[str]:
    with serving(folder) as server, Api(server.url) as api:
        sent = load.upload_all(api, paths)
        load.wait_for_all(api)
        return load.questions_about(api, sent.ids)


def _in_process(questions: Sequence[str], folder: Path, chunks: int) -> dict[str, Any]:
    """In a process of its own: the index bears one process at a time."""
    with start(
        "bench", "inside", str(data_dir(folder)), str(chunks), folder=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        answer, _ = process.communicate(json.dumps(questions))
    if process.returncode:
        raise RuntimeError("Filling the index failed.")
    result: dict[str, Any] = json.loads(answer)
    return result
