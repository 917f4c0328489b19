"""Seeds a data folder, then asks the system in this process, without a socket."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bench.load import WARM_UP
from bench.measure import milliseconds
from bench.seed_index import seed
from services.embedded import System, open_stores, running
from shared.settings import Settings

# Seconds between looks at the read models, and looks: two minutes.
_POLL_EVERY_S, _LOOKS = 0.2, 600


def main(data_dir: Path, chunks: int) -> int:
    """Run the `in-process` part: questions on standard input, figures on standard output."""
    questions = json.loads(sys.stdin.read())
    figures = asyncio.run(measure(Settings(data_dir=data_dir), questions, chunks))
    print(json.dumps(figures))
    return 0


async def measure(settings: Settings, questions: Sequence[str], chunks: int) -> dict[str, Any]:
    """Return the number of chunks and the latencies of questions among them."""
    async with open_stores(settings) as stores:
        held = await seed(stores.database, stores.index, stores.encoder.name, chunks=chunks)
    async with running(settings) as system:
        await _caught_up(system)
        return {"chunks": held, "in_process": milliseconds(await _ask(system.app, questions))}


async def _caught_up(system: System) -> None:
    """Return when the read models have the seeded chunks, which they apply after the start."""
    for _ in range(_LOOKS):
        if not await system.operations.read_models():
            return
        await asyncio.sleep(_POLL_EVERY_S)
    raise RuntimeError("The read models did not apply the seeded chunks.")


async def _ask(app: FastAPI, questions: Sequence[str]) -> list[float]:
    """Return the seconds of each answer, one question after another."""
    taken, warm_up = [], questions[:WARM_UP]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        for question in [*warm_up, *questions]:
            begun = time.perf_counter()
            reply = await http.post("/api/v1/query/retrieve", json={"query": question})
            reply.raise_for_status()
            taken.append(time.perf_counter() - begun)
    return taken[len(warm_up) :]
