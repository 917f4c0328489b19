"""Reads each file in a separate, confined process, so that no file can harm the service (Linux).

The reader blocks on its socket while the consumer is busy: memory stays bounded on both sides, and
only the time spent waiting for the reader counts against the file's limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.extractor.chunking.batches import Batcher
from services.extractor.document import (
    Batch,
    ChunkDraft,
    Member,
    ReaderLimits,
    ReadOptions,
    Totals,
    UnreadPage,
)
from services.extractor.sandbox import exit_status
from services.extractor.sandbox.forkserver_client import ForkserverClient, Reader
from services.extractor.sandbox.protocol import (
    HEADER,
    MAX_ERROR_BYTES,
    Frame,
    InvalidFrame,
    body_size,
    decode,
)
from shared.domain.errors import Bomb, ParserCrash, ReaderFailure, ReadTimeout

_MAX_RESTARTS = 20  # readers per file in strict mode, one for each page that crashes it
_EXIT_REPORT_S = 5.0  # the forkserver reports in milliseconds unless it has died too
_PROGRESS_S = 1.0  # between progress reports while no batch is full
_MARGIN_MB = 64  # of the frames around members, and of one that its archive states too small


class Sandbox:
    """Owns the forkserver; start it early, because readers are forked from it."""

    def __init__(
        self, limits: ReaderLimits, *, tokenizer_path: Path | None = None, required: bool = True
    ) -> None:
        self._limits = limits
        self._tokenizer_path = str(tokenizer_path or "")
        self._required = required
        self._client: ForkserverClient | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Start the forkserver unless it is running; its rules go to the log and the metrics.

        SettingsError: a required rule can't be set on this system.
        """
        async with self._starting:
            if self._client is None or not self._client.alive:
                await self._stop()
                client = await ForkserverClient.open(self._tokenizer_path, required=self._required)
                client.confinement.report()
                self._client = client

    async def rules_in_force(self) -> tuple[str, ...]:
        """Return the rules that confine readers, for `/readyz`; none before the first start."""
        return self._client.confinement.in_force if self._client else ()

    async def close(self) -> None:
        """Stop the forkserver and all readers; files being read fail with ParserCrash."""
        async with self._starting:
            await self._stop()

    async def read(self, path: Path, options: ReadOptions) -> AsyncGenerator[Batch, None]:
        """Yield the chunks of `path` in batches; the last one is `done` and has the totals.

        A file without text yields only the last batch, without chunks. In strict mode a page that
        crashes its reader is skipped and counted. Raises the permanent errors and reader failures
        of `shared.domain.errors`. Closing the generator kills the reader.
        """
        progress = _Progress(pages_done=options.first_page - 1)
        batcher = Batcher()
        for restarts in range(_MAX_RESTARTS + 1):
            try:
                async with contextlib.aclosing(
                    self._frames(path, options, progress, self._limits)
                ) as frames:
                    async for frame in frames:
                        for chunks in batcher.add(frame.chunks):
                            yield progress.batch(chunks)
                        if progress.no_batch_for(_PROGRESS_S):
                            yield progress.batch(())
                break
            except ReaderFailure:
                if not options.strict or restarts == _MAX_RESTARTS or not progress.skip_page():
                    raise
                options = replace(options, first_page=progress.pages_done + 1)
        yield progress.last(batcher.rest())

    async def members(self, path: Path, options: ReadOptions) -> AsyncGenerator[Member, None]:
        """Yield the files in a file, in pieces of at most 1 MiB.

        Raises what `read` does. Closing the generator kills the reader.
        """
        options = replace(options, view="members")
        limits = replace(self._limits, output_mb=self._limits.max_members_mb + _MARGIN_MB)
        async with contextlib.aclosing(self._frames(path, options, _Progress(), limits)) as frames:
            async for frame in frames:
                for member in frame.members:
                    yield member

    async def _stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _frames(
        self, path: Path, options: ReadOptions, progress: _Progress, limits: ReaderLimits
    ) -> AsyncGenerator[Frame, None]:
        """Yield the frames of one reader process and kill it at the end."""
        await self.start()
        client = self._client
        if client is None:
            raise ParserCrash()
        reader = await client.read(path, options, limits)
        try:
            clock = _TimeBudget(limits)
            intake = _Intake(reader.stream, limits)
            finished = False
            while not finished:
                frame = await self._next_frame(reader, intake, clock)
                progress.note(frame)
                finished = frame.finished
                yield frame
            progress.ended(await self._ended(reader))
        finally:
            reader.transport.close()
            client.kill(reader.job)

    async def _next_frame(self, reader: Reader, intake: _Intake, clock: _TimeBudget) -> Frame:
        try:
            async with asyncio.timeout(clock.left()):
                with clock:
                    frame = await intake.frame()
        except TimeoutError as error:
            raise ReadTimeout() from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise exit_status.error_for(await self._ended(reader), self._limits) from error
        except InvalidFrame as error:
            raise ParserCrash() from error
        if frame.error is not None:
            raise exit_status.error_from_code(*frame.error)
        return frame

    async def _ended(self, reader: Reader) -> exit_status.ExitStatus:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(reader.ended), _EXIT_REPORT_S)
        return exit_status.ExitStatus()


class _Intake:
    """Takes the frames of one reader, up to the limit of its output.

    The reader keeps the limit too, but one that a file has taken over would not.
    """

    def __init__(self, stream: asyncio.StreamReader, limits: ReaderLimits) -> None:
        self._stream = stream
        self._left = limits.output_mb * 1024 * 1024

    async def frame(self) -> Frame:
        """Return the next frame; raises Bomb if all frames together are too large."""
        json_size, picture_size = body_size(await self._stream.readexactly(HEADER.size))
        self._left -= HEADER.size + json_size + picture_size
        # An error comes as the last frame, also if the limit is used up.
        if self._left < -MAX_ERROR_BYTES:
            raise Bomb()
        body = await self._stream.readexactly(json_size)
        frame = decode(body, await self._stream.readexactly(picture_size))
        if self._left < 0 and frame.error is None:
            raise Bomb()
        return frame


@dataclass
class _Progress:
    """Adds up pages, chunks and resources of a file over all of its readers."""

    pages_done: int = 0
    page_count: int | None = None
    chunks: int = 0
    tokens: int = 0
    skipped: int = 0
    bad: int = 0
    cpu_seconds: float = 0.0
    peak_memory_mb: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    _bad_in_reader: int = field(default=0, repr=False)
    _new_unread: list[UnreadPage] = field(default_factory=list, repr=False)
    _last_batch_at: float = field(default_factory=time.monotonic, repr=False)

    def note(self, frame: Frame) -> None:
        """Add a frame's chunks and progress."""
        self.pages_done = max(self.pages_done, frame.pages_done)
        self.page_count = frame.page_count or self.page_count
        self.chunks += len(frame.chunks)
        self.tokens += sum(chunk.token_count for chunk in frame.chunks)
        self._bad_in_reader = frame.bad_pages
        self.unread.update(page.reason for page in frame.unread)
        self._new_unread += (page._replace(chunks_before=self.chunks) for page in frame.unread)

    def ended(self, how: exit_status.ExitStatus) -> None:
        """Add the CPU time of an ended reader and keep the highest memory peak."""
        self.cpu_seconds += how.cpu_seconds
        self.peak_memory_mb = max(self.peak_memory_mb, how.peak_memory_mb)

    def skip_page(self) -> bool:
        """Skip the page after the last good one; return False if the file has no such page."""
        if self.page_count is None or self.pages_done >= self.page_count:
            return False
        self.pages_done += 1
        self.bad += self._bad_in_reader
        self._bad_in_reader = 0
        self.skipped += 1
        return True

    def batch(self, chunks: tuple[ChunkDraft, ...]) -> Batch:
        """Return a batch with the current progress."""
        self._last_batch_at = time.monotonic()
        return Batch(chunks, self.pages_done, self.page_count, unread=self._take_unread())

    def no_batch_for(self, seconds: float) -> bool:
        """Return whether the last batch is at least `seconds` ago."""
        return time.monotonic() - self._last_batch_at >= seconds

    def last(self, chunks: tuple[ChunkDraft, ...]) -> Batch:
        """Return the last batch, with the totals of the file."""
        bad = self.bad + self._bad_in_reader + self.skipped
        # Sums of counters have no names with a count of 0.
        unread = self.unread + Counter(damaged=bad)
        totals = Totals(
            chunks=self.chunks,
            tokens=self.tokens,
            pages=self.page_count or self.pages_done,
            bad_pages=bad,
            unread=dict(unread),
            cpu_seconds=self.cpu_seconds,
            peak_memory_mb=self.peak_memory_mb,
        )
        return Batch(chunks, self.pages_done, self.page_count, totals, self._take_unread())

    def _take_unread(self) -> tuple[UnreadPage, ...]:
        pages, self._new_unread = tuple(self._new_unread), []
        return pages


class _TimeBudget:
    """Counts the time spent waiting for a reader against the wall-clock limit of its file."""

    def __init__(self, limits: ReaderLimits) -> None:
        self._rest = limits.wall_seconds
        self._page_seconds = limits.page_seconds
        self._loop = asyncio.get_running_loop()
        self._since = 0.0

    def left(self) -> float:
        """Return how many seconds the next frame may take."""
        return max(0.0, min(self._rest, self._page_seconds))

    def __enter__(self) -> None:
        self._since = self._loop.time()

    def __exit__(self, *_: object) -> None:
        self._rest -= self._loop.time() - self._since
