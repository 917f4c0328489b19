"""What waits for one listener: every change, but of the progress of a document only the last."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from services.gateway.events.frames import Frame, frame
from shared.domain.position import Position

ALL = "all"


def topics_of(told: Frame) -> tuple[str, str, str]:
    """Return the topics that a change belongs to."""
    return ALL, f"document:{told.document_id}", f"collection:{told.collection}"


class Listener:
    """A bounded queue of frames; `ended` is the reason for which there will be no more.

    owner   who listens, for the number of listeners that each caller may have
    topics  what it listens to: `all`, `document:ID` and `collection:NAME`
    place   the place in the history after the frames that were taken from it
    """

    def __init__(self, owner: str, place: Position, most_waiting: int) -> None:
        self.owner = owner
        self.topics: set[str] = set()
        self.place = place
        self.ended = ""
        self._most = most_waiting
        # Frames by number; those of progress by their document.
        self._waiting: OrderedDict[int | str, Frame] = OrderedDict()
        self._changed = asyncio.Event()

    def put(self, told: Frame) -> None:
        """Let a frame wait; if too many do, the listener is too slow and gets no more."""
        assert told.place is not None
        key: int | str = told.document_id if told.is_progress else told.place.seq
        self._waiting.pop(key, None)
        if len(self._waiting) >= self._most:
            self.end("too_slow")
            return
        self._waiting[key] = told
        self._changed.set()

    def resync(self, place: Position, reason: str) -> None:
        """Let it read the state again, which includes all that waits."""
        self._waiting.clear()
        self._waiting[place.seq] = frame("resync", place, reason=reason)
        self._changed.set()

    def end(self, reason: str) -> None:
        """Send it nothing more; what waits comes again when it returns to its place."""
        self.ended = self.ended or reason
        self._waiting.clear()
        self._changed.set()

    def take(self) -> Frame | None:
        """Return the next frame after its place, or None if none waits."""
        while self._waiting:
            _, told = self._waiting.popitem(last=False)
            assert told.place is not None
            # Frames up to its place are known: they were replayed, or it came back with it.
            if told.type == "resync" or not self.place.includes(told.place):
                self.place = told.place
                return told
        return None

    @property
    def has_all(self) -> bool:
        """Return whether nothing waits for it."""
        return not self._waiting and not self.ended

    async def wait(self) -> None:
        """Return when a frame waits or the listener has ended."""
        while not self._waiting and not self.ended:
            self._changed.clear()
            await self._changed.wait()
