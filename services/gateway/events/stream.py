"""What one client follows: first what it missed, then what happens, without gap or repetition."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection

from services.gateway.events.feed import EventFeed
from services.gateway.events.frames import Frame, frame
from services.gateway.events.listener import Listener, topics_of
from services.gateway.events.visibility import Visibility
from shared.domain.errors import QuireError
from shared.domain.position import Position, parse_position

# Seconds without a frame after which a heartbeat tells the place: proxies close connections that
# are idle for 30 to 60 seconds.
HEARTBEAT_S = 15.0

_NOT_KEPT = "Some events after this place are no longer stored. Read the state again."
_NO_PLACE = "This is no place in the history of events. Read the state again."


class Stream:
    """The frames of one listener that its caller may see; end it with `close`."""

    def __init__(self, feed: EventFeed, listener: Listener, visibility: Visibility) -> None:
        self._feed = feed
        self._listener = listener
        self._visibility = visibility

    @property
    def ended(self) -> str:
        """Return why the stream has ended; empty while it goes on."""
        return self._listener.ended

    @property
    def topics(self) -> Collection[str]:
        """Return the topics that it follows."""
        return self._listener.topics

    async def add(self, topics: Collection[str], after: str | None) -> AsyncIterator[Frame]:
        """Yield what happened to new topics after a place, and finally `subscribed`.

        Frames of other topics that wait come first, so that every frame up to the place of
        `subscribed` was sent before it. `after` is the text that a client sent: if it is no place,
        or too old, one `resync` takes the place of what was missed. Call it while nothing else
        takes frames.
        """
        async for each in self.waiting():
            yield each
        if self._listener.ended:
            # `bye` follows with the place up to which it was sent everything.
            return
        is_first = not self._listener.topics
        begun = self._listener.place = self._feed.add(self._listener, topics)
        place = parse_position(after) if after is not None else begun
        if place is None:
            yield frame("resync", begun, reason=_NO_PLACE)
        else:
            reached = place
            try:
                async for each in self._missed(set(topics), place, begun):
                    yield each
                    reached = each.place or reached
            except QuireError:
                # What was not sent yet comes again when the client returns.
                self._listener.place = reached
                self._listener.end("unavailable")
                return
            # A client may know more than this process has read: that is not sent again.
            if is_first and reached.includes(begun):
                self._listener.place = reached
        yield frame("subscribed", self._listener.place, topics=sorted(topics))

    def drop(self, topics: Collection[str]) -> None:
        """Follow these topics no longer."""
        self._feed.drop(self._listener, topics)

    async def waiting(self) -> AsyncIterator[Frame]:
        """Yield the frames that wait now, as far as the caller may see them.

        If its rights can't be looked up, the stream ends before the frame.
        """
        place = self._listener.place
        while (told := self._listener.take()) is not None:
            try:
                is_visible = not told.document_id or await self._visibility.of(told.document_id)
            except QuireError:
                self._listener.place = place
                self._listener.end("unavailable")
                return
            if is_visible:
                yield told
            place = self._listener.place

    async def wait(self) -> bool:
        """Wait until a frame waits or the stream has ended; return False if neither came."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._listener.wait()
        except TimeoutError:
            return False
        return True

    def closing(self, *, is_idle: bool) -> Frame | None:
        """Return what follows the frames that waited: the `bye` of an end, or a heartbeat."""
        if is_idle:
            self._feed.catch_up(self._listener)
        place, reason = self._listener.place, self._listener.ended
        if reason:
            return frame("bye", place, reason=reason, retry_ms=self._feed.retry_ms())
        return frame("heartbeat", place) if is_idle else None

    async def live(self) -> AsyncIterator[Frame]:
        """Yield frames and heartbeats until the stream ends with `bye`."""
        while True:
            is_idle = not await self.wait()
            async for each in self.waiting():
                yield each
            if (last := self.closing(is_idle=is_idle)) is not None:
                yield last
            if self.ended:
                return

    def close(self) -> None:
        """Pass it nothing more."""
        self._feed.unsubscribe(self._listener)

    async def _missed(
        self, topics: set[str], place: Position, until: Position
    ) -> AsyncIterator[Frame]:
        while place != until:
            found = await self._feed.after(place, until)
            if found is None:
                yield frame("resync", until, reason=_NOT_KEPT)
                return
            if not found:
                return
            last = {each.document_id: each for each in found if each.is_progress}
            for each in found:
                # Of the progress of a document the last is enough.
                if each.is_progress and last[each.document_id] is not each:
                    continue
                if topics.isdisjoint(topics_of(each)):
                    continue
                if await self._visibility.of(each.document_id):
                    yield each
            assert found[-1].place is not None
            place = found[-1].place
