"""The promise of streams: frames of an answer by its id, which any client of its owner reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

# Seconds that the frames of a finished answer are kept; its log has the whole of it.
KEPT_S = 600


class AnswerStreams(Protocol):
    """Frames of answers in the making.

    A frame's offset is the number of frames before it. `read` yields (offset of the next frame,
    frame) from an offset on until the answer ends, and an empty frame after `idle_s` seconds
    without any. All of them return None or False for an answer of another owner, or none at all.
    """

    async def open(self, query_id: str, owner: str) -> None: ...

    async def append(self, query_id: str, frame: bytes) -> None: ...

    async def end(self, query_id: str) -> None: ...

    async def has(self, query_id: str, owner: str) -> bool: ...

    def read(
        self, query_id: str, offset: int, *, idle_s: float
    ) -> AsyncGenerator[tuple[int, bytes]]: ...

    async def stop(self, query_id: str, owner: str) -> bool:
        """Ask the process that makes an answer to stop; True if it is being made or was."""
        ...

    async def wait_for_stop(self, query_id: str) -> None:
        """Return when somebody has asked to stop an answer that this process makes."""
        ...

    async def close(self) -> None: ...
