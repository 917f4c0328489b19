"""Reads one file at a time in a process of its own, so that no file can harm the service (Linux).

The reader blocks on its pipe while its consumer is busy: memory stays flat on both sides, and time
counts against a file only while somebody waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.extractor.chunking.batches import BatchPlan
from services.extractor.document import Batch, ChunkDraft, ReaderLimits, ReadOptions, Totals
from services.extractor.sandbox import exit_status
from services.extractor.sandbox.forkserver_client import Link, Reader
from services.extractor.sandbox.protocol import HEADER, BadFrame, Frame, body_size, decode
from shared.domain.errors import ParserCrash, ReaderFailure, ReadTimeout

__all__ = ["Batch", "ReadOptions", "ReaderLimits", "Sandbox"]

_MAX_RESUMES = 20
_LAST_WORD_SECONDS = 5.0
_PROGRESS_SECONDS = 1.0


class Sandbox:
    """Owns the warm process. Start it early: readers are forked from it, not from the service."""

    def __init__(self, limits: ReaderLimits, *, tokenizer_path: Path | None = None) -> None:
        self._limits = limits
        self._tokenizer_path = str(tokenizer_path or "")
        self._link: Link | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Have a warm process, starting one if there is none or the last one died."""
        async with self._starting:
            if self._link is None or not self._link.alive:
                await self._stop()
                self._link = await Link.open(self._tokenizer_path)

    async def close(self) -> None:
        """End the warm process and every reader; files being read fail with ParserCrash."""
        async with self._starting:
            await self._stop()

    async def read(self, path: Path, options: ReadOptions) -> AsyncGenerator[Batch, None]:
        """Yield the chunks of `path` in batches; the last one is `done` and carries the totals.

        A file without text yields that last batch alone, without chunks. In strict mode a page that
        kills its reader is skipped and counted. Raises the permanent errors and reader failures of
        `shared.domain.errors`. Leaving the loop early ends the reader.
        """
        progress = _Progress(pages_done=options.first_page - 1)
        plan = BatchPlan()
        for resumes in range(_MAX_RESUMES + 1):
            try:
                async with contextlib.aclosing(self._frames(path, options, progress)) as frames:
                    async for frame in frames:
                        for chunks in plan.add(frame.chunks):
                            yield progress.batch(chunks)
                        if progress.silent_for(_PROGRESS_SECONDS):
                            yield progress.batch(())
                break
            except ReaderFailure:
                if not options.strict or resumes == _MAX_RESUMES or not progress.skip_page():
                    raise
                options = replace(options, first_page=progress.pages_done + 1)
        yield progress.last(plan.rest())

    async def _stop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _frames(
        self, path: Path, options: ReadOptions, progress: _Progress
    ) -> AsyncGenerator[Frame, None]:
        """The frames of one reader process, from its start to its end."""
        await self.start()
        link = self._link
        if link is None:
            raise ParserCrash()
        reader = await link.read(path, options, self._limits)
        try:
            clock = _Patience(self._limits)
            finished = False
            while not finished:
                frame = await self._next_frame(reader, clock)
                progress.note(frame)
                finished = frame.finished
                yield frame
            progress.ended(await self._ended(reader))
        finally:
            reader.transport.close()
            link.kill(reader.job)

    async def _next_frame(self, reader: Reader, clock: _Patience) -> Frame:
        try:
            async with asyncio.timeout(clock.left()):
                with clock:
                    frame = await _receive(reader.stream)
        except TimeoutError as late:
            raise ReadTimeout() from late
        except asyncio.IncompleteReadError as cut:
            raise exit_status.of_exit(await self._ended(reader), self._limits) from cut
        except BadFrame as lie:
            raise ParserCrash() from lie
        if frame.error is not None:
            raise exit_status.reported(*frame.error)
        return frame

    async def _ended(self, reader: Reader) -> exit_status.Exit:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(reader.ended), _LAST_WORD_SECONDS)
        return exit_status.Exit()


async def _receive(stream: asyncio.StreamReader) -> Frame:
    json_size, picture_size = body_size(await stream.readexactly(HEADER.size))
    body = await stream.readexactly(json_size)
    return decode(body, await stream.readexactly(picture_size))


@dataclass
class _Progress:
    """How far a file has got, over all the readers it took."""

    pages_done: int = 0
    page_count: int | None = None
    chunks: int = 0
    tokens: int = 0
    skipped: int = 0
    bad: int = 0
    cpu_seconds: float = 0.0
    peak_memory_mb: int = 0
    _bad_here: int = field(default=0, repr=False)
    _spoke: float = field(default_factory=time.monotonic, repr=False)

    def note(self, frame: Frame) -> None:
        self.pages_done = max(self.pages_done, frame.pages_done)
        self.page_count = frame.page_count or self.page_count
        self.chunks += len(frame.chunks)
        self.tokens += sum(chunk.token_count for chunk in frame.chunks)
        self._bad_here = frame.bad_pages

    def ended(self, how: exit_status.Exit) -> None:
        self.cpu_seconds += how.cpu_seconds
        self.peak_memory_mb = max(self.peak_memory_mb, how.peak_memory_mb)

    def skip_page(self) -> bool:
        """Give up the page after the last good one. False if the file never opened or has ended."""
        if self.page_count is None or self.pages_done >= self.page_count:
            return False
        self.pages_done += 1
        self.bad += self._bad_here
        self._bad_here = 0
        self.skipped += 1
        return True

    def batch(self, chunks: tuple[ChunkDraft, ...]) -> Batch:
        self._spoke = time.monotonic()
        return Batch(chunks, self.pages_done, self.page_count)

    def silent_for(self, seconds: float) -> bool:
        return time.monotonic() - self._spoke >= seconds

    def last(self, chunks: tuple[ChunkDraft, ...]) -> Batch:
        totals = Totals(
            chunks=self.chunks,
            tokens=self.tokens,
            pages=self.page_count or self.pages_done,
            bad_pages=self.bad + self._bad_here + self.skipped,
            cpu_seconds=self.cpu_seconds,
            peak_memory_mb=self.peak_memory_mb,
        )
        return Batch(chunks, self.pages_done, self.page_count, totals)


class _Patience:
    """Counts the time spent waiting for a reader against the wall-clock limit of its file."""

    def __init__(self, limits: ReaderLimits) -> None:
        self._rest = limits.wall_seconds
        self._silence = limits.page_seconds
        self._loop = asyncio.get_running_loop()
        self._since = 0.0

    def left(self) -> float:
        """Seconds the next frame may take."""
        return max(0.0, min(self._rest, self._silence))

    def __enter__(self) -> None:
        self._since = self._loop.time()

    def __exit__(self, *_: object) -> None:
        self._rest -= self._loop.time() - self._since
