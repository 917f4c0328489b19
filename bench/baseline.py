"""The baseline: the same parts without services, database, HTTP and sandbox.

Files are read in a process pool, largest first; texts are encoded by length, in one stream for each
core; vectors are upserted in large batches. It can't resume after a crash, and one bad file can end
it. It runs as a separate process: prints `loaded`, reads a JSON list of paths from standard input
and prints its result as JSON.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bench.reading import read, warm
from services.extractor.document import ChunkDraft
from shared.encoders import EncoderOptions, open_encoder
from shared.encoders.base import TextEncoder
from shared.encoders.options import tokenizer_path
from shared.encoders.padding import plan_batches
from shared.settings import Settings
from shared.vectors import open_index
from shared.vectors.base import VectorIndex, VectorRow

# Rows of one upsert; their texts are sorted by length and encoded together.
ROWS_AT_ONCE = 256


@dataclass
class Result:
    """The result. Seconds of `extract` are CPU, the others wall time of the main process."""

    documents: int = 0
    failed: int = 0
    pages: int = 0
    chunks: int = 0
    stages: dict[str, float] = field(
        default_factory=lambda: {"extract": 0.0, "embed": 0.0, "index": 0.0}
    )


class Streams:
    """Encodes batches of texts of similar length, in one thread for each stream."""

    def __init__(self, encoder: TextEncoder, options: EncoderOptions) -> None:
        self._encoder = encoder
        self._budget = options.batch_tokens
        self._pool = ThreadPoolExecutor(options.stream_count)
        self._known: dict[str, NDArray[np.float32]] = {}

    def vectors(self, drafts: Sequence[ChunkDraft]) -> list[NDArray[np.float32]]:
        """Return a vector for each draft; like the server, encode no text twice."""
        fresh = [draft for draft in drafts if draft.content not in self._known]
        tokens = {draft.content: draft.token_count for draft in fresh}
        texts = list(tokens)
        plan = plan_batches(list(tokens.values()), self._budget)
        batches = [[texts[index] for index in batch] for batch in plan]
        for batch, rows in zip(batches, self._pool.map(self._encoder.encode, batches), strict=True):
            self._known.update(zip(batch, rows, strict=True))
        return [self._known[draft.content] for draft in drafts]


async def ingest(
    paths: Sequence[str], readers: Executor, tokenizer: str, streams: Streams, vectors: VectorIndex
) -> Result:
    """Read, encode and index; a batch is indexed while the next one is encoded."""
    done, indexing = Result(documents=len(paths)), asyncio.create_task(asyncio.sleep(0))
    async for drafts in _filled(_read_all(paths, readers, tokenizer, done)):
        begun = time.perf_counter()
        rows = await asyncio.to_thread(streams.vectors, drafts)
        done.stages["embed"] += time.perf_counter() - begun
        done.chunks += len(drafts)
        await indexing
        indexing = asyncio.create_task(_index(vectors, drafts, rows, done))
    await indexing
    return done


async def _read_all(
    paths: Sequence[str], readers: Executor, tokenizer: str, done: Result
) -> AsyncIterator[list[ChunkDraft]]:
    loop = asyncio.get_running_loop()
    largest_first = sorted(paths, key=lambda path: -Path(path).stat().st_size)
    reads = [loop.run_in_executor(readers, read, path, tokenizer) for path in largest_first]
    for finished in asyncio.as_completed(reads):
        result = await finished
        done.stages["extract"] += result.cpu_s
        done.failed += result.drafts is None
        done.pages += result.pages
        yield result.drafts or []


async def _filled(parts: AsyncIterator[list[ChunkDraft]]) -> AsyncIterator[list[ChunkDraft]]:
    held: list[ChunkDraft] = []
    async for part in parts:
        held += part
        while len(held) >= ROWS_AT_ONCE:
            yield held[:ROWS_AT_ONCE]
            held = held[ROWS_AT_ONCE:]
    if held:
        yield held


async def _index(
    vectors: VectorIndex,
    drafts: Sequence[ChunkDraft],
    rows: Sequence[NDArray[np.float32]],
    done: Result,
) -> None:
    begun = time.perf_counter()
    await vectors.upsert(
        [
            VectorRow(str(uuid.uuid4()), draft.chunk_type, "", row)
            for draft, row in zip(drafts, rows, strict=True)
        ]
    )
    done.stages["index"] += time.perf_counter() - begun


def main() -> int:
    """Run the `baseline` part of `python -m bench`."""
    asyncio.run(run(Settings()))
    return 0


async def run(settings: Settings) -> None:
    """Load everything, print `loaded`, then ingest the paths from standard input."""
    options = _encoder_options(settings)
    encoder, tokenizer = open_encoder(options), str(tokenizer_path(options))
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="quire-bench-") as folder,
        ProcessPoolExecutor(options.thread_count, mp_context=context) as readers,
    ):
        vectors = open_index(Path(folder), dimension=encoder.dimension, encoder=encoder.name)
        list(readers.map(warm, [tokenizer] * options.thread_count))
        encoder.encode(["warm"])
        print("loaded", flush=True)
        paths = cast(list[str], json.loads(sys.stdin.readline()))
        done = await ingest(paths, readers, tokenizer, Streams(encoder, options), vectors)
        print(json.dumps(asdict(done)), flush=True)
        await vectors.close()


def _encoder_options(settings: Settings) -> EncoderOptions:
    """Return the server's encoder options without importing the server."""
    return EncoderOptions(
        engine=settings.encoder_engine,
        precision=settings.encoder_precision,
        model=settings.encoder_model,
        threads=settings.encoder_threads or None,
        batch_tokens=settings.encoder_batch_tokens,
        cache_dir=settings.cache_dir.expanduser(),
    )
