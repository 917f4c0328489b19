"""Measures how fast a question finds its passages, in process and over HTTP, and its answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import load
from bench.api import Api
from bench.server import data_dir, serving, start
from bench.sizes import Sizes


def measure(paths: Sequence[Path], sizes: Sizes, folder: Path) -> dict[str, Any]:
    """Ingest, grow the index to `sizes.chunks`, then ask in process and over HTTP.

    Answers are asked for with other questions, so that their passages are not remembered.
    """
    asked = _ingest(paths, 2 * sizes.questions, folder)
    questions, to_answer = asked[::2], asked[1::2] or asked
    in_process = _in_process(questions, folder, sizes.chunks)
    with serving(folder) as server:
        over_http = load.queries(server, questions, sizes.crowd_s)
        answers = load.answers(server, to_answer)
        return {
            **in_process,
            "over_http": over_http,
            "answers_over_http": answers,
            "ready_s": server.ready_s,
        }


def _ingest(paths: Sequence[Path], questions: int, folder: Path) -> list[str]:
    with serving(folder) as server, Api(server.url) as api:
        sent = load.upload_all(api, paths)
        load.wait_for_all(api)
        return load.questions_about(api, sent.ids, questions)


def _in_process(questions: Sequence[str], folder: Path, chunks: int) -> dict[str, Any]:
    """Ask in a new process: only one process can open the index."""
    with start(
        "bench", "in-process", str(data_dir(folder)), str(chunks), folder=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        answer, _ = process.communicate(json.dumps(questions))
    if process.returncode:
        raise RuntimeError("Seeding the index failed.")
    result: dict[str, Any] = json.loads(answer)
    return result
