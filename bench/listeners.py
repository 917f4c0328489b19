"""Clients that follow documents while these are processed: how late they hear, and what each costs.

The clients speak HTTP over plain sockets, because a library would take more CPU than the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.api import API, Api
from bench.measure import CpuClock, milliseconds
from bench.server import serving
from bench.sizes import Sizes
from deploy.local.polling import NotUp

SETTINGS = {"QUIRE_LISTENERS_PER_CALLER": "0"}
_PROSE = "The duty manager approves every deviation report before the cold room is opened again. "
_ENDED = frozenset({"completed", "completed_empty", "failed"})
# Seconds without an event after which the run has failed.
_SILENT_S = 120.0
# Listeners that connect at the same time.
_AT_ONCE = 100
_KB = 1024


@dataclass
class Heard:
    """What the listeners heard: seconds from a change to its arrival, and the ended documents."""

    delays: list[float] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


def measure(sizes: Sizes, folder: Path) -> dict[str, Any]:
    """Follow small documents while they go in: each by its own listeners, and all by some.

    NotUp: the listeners hear nothing more before all documents have ended.
    """
    paths = _documents(sizes.followed_documents, folder / "documents")
    with serving(folder / "server", SETTINGS) as server, Api(server.url) as api:
        memory = asyncio.run(_memory_of_one(server.url, server.pid, sizes.listeners))
        with CpuClock(server.pid) as clock:
            own, all_ = asyncio.run(_follow(server.url, api, paths, sizes))
        return {
            "documents": len(paths),
            "listeners of one document each": sizes.listeners,
            "listeners of all": sizes.listeners_of_all,
            "memory of one, kB": memory / _KB,
            "delay to those of one": milliseconds(own.delays),
            "delay to those of all": milliseconds(all_.delays),
            "server CPU, s": clock.cpu_s,
        }


def _documents(count: int, folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.md" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"# Report {number}\n\n{_PROSE * 3}It has the number {number}.\n")
    return paths


async def _memory_of_one(url: str, pid: int, listeners: int) -> float:
    """Return by how many bytes the server grows for each listener that hears nothing."""
    process = psutil.Process(pid)
    before = process.memory_info().rss
    async with contextlib.AsyncExitStack() as stack:
        await _listen_all(stack, url, ["collection=nothing"] * listeners, Heard())
        return float(process.memory_info().rss - before) / listeners


async def _follow(url: str, api: Api, paths: Sequence[Path], sizes: Sizes) -> tuple[Heard, Heard]:
    """Return what the listeners of one document each heard, and what one of all heard."""
    own, all_ = Heard(), Heard()
    async with contextlib.AsyncExitStack() as stack:
        await _listen_all(stack, url, [""] * sizes.listeners_of_all, all_)
        for path in paths:
            document_id = await asyncio.to_thread(api.send, path)
            queries = [f"document_id={document_id}"] * (sizes.listeners // len(paths))
            await _listen_all(stack, url, queries, own)
        await _until_ended(all_, len(paths) * sizes.listeners_of_all)
    return own, all_


async def _listen_all(
    stack: contextlib.AsyncExitStack, url: str, queries: Sequence[str], heard: Heard
) -> None:
    """Let a listener for each query listen until the stack is left."""
    for start in range(0, len(queries), _AT_ONCE):
        some = (_listening(url, query, heard) for query in queries[start : start + _AT_ONCE])
        await asyncio.gather(*map(stack.enter_async_context, some))


async def _until_ended(heard: Heard, count: int) -> None:
    seen, since = -1, time.monotonic()
    while len(heard.ends) < count:
        if len(heard.delays) != seen:
            seen, since = len(heard.delays), time.monotonic()
        elif time.monotonic() - since > _SILENT_S:
            raise NotUp(f"Only {len(heard.ends)} of {count} ends of documents were heard.")
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _listening(url: str, query: str, heard: Heard) -> AsyncIterator[None]:
    """Listen in the background, from the answer of the server on, until the context is left."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"GET {API}/events?{query} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
    writer.write(head.encode())
    while not (line := await reader.readline()).startswith(b"event: subscribed"):
        if not line:
            raise NotUp("The server takes no more listeners.")
    listening = asyncio.create_task(_listen(reader, heard))
    try:
        yield
    finally:
        listening.cancel()
        writer.close()


async def _listen(reader: asyncio.StreamReader, heard: Heard) -> None:
    while line := await reader.readline():
        if line.startswith(b'data: {"type":"processing_update"'):
            now, told = time.time(), json.loads(line.removeprefix(b"data: "))
            heard.delays.append(now - datetime.fromisoformat(told["at"]).timestamp())
            if told["status"] in _ENDED:
                heard.ends.append(told["document_id"])
