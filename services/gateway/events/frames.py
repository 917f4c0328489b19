"""The messages that listeners get, the same over server-sent events and WebSockets. No I/O.

A frame is one JSON object whose `type` says what it is. One that tells a place in the history of
events has it as `id`: a listener that comes back with the last one continues there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from shared.domain.events import (
    DocumentCancelled,
    DocumentChanged,
    DocumentDeleted,
    DocumentDeletionRequested,
    DocumentFailed,
    DocumentIndexed,
    DocumentProgressed,
    DocumentUploaded,
)
from shared.domain.position import Position
from shared.repositories.events import StoredEvent

# The state of a document after an event; None: the event does not change it. Events that are not
# listed pass work from one service to the next, and say nothing that progress does not.
_STATUS: Mapping[str, str | None] = {
    DocumentUploaded.name: "pending",
    DocumentProgressed.name: None,
    DocumentIndexed.name: "completed",
    DocumentFailed.name: "failed",
    DocumentCancelled.name: "cancelled",
    DocumentChanged.name: None,
    DocumentDeletionRequested.name: "deleting",
    DocumentDeleted.name: "gone",
}
# Fields of stored events that mean nothing to clients.
_INTERNAL = frozenset({"event_id", "task_id", "bulk"})


@dataclass(frozen=True, slots=True)
class Frame:
    """A message: `text` is its JSON, `place` the place in the history after it.

    document_id, collection  whose change it tells; empty if it is no change
    is_progress              a later one of the same document makes it superfluous
    retry_ms                 milliseconds after which the client is to come back; 0: not told
    """

    type: str
    text: bytes
    place: Position | None = None
    document_id: str = ""
    collection: str = ""
    is_progress: bool = False
    retry_ms: int = 0

    def sse(self) -> bytes:
        """Return the frame as a server-sent event; one without content only moves the place."""
        head = b"id: %s\n" % str(self.place).encode() if self.place else b""
        if self.type == "heartbeat":
            return b": still here\n%s\n" % head
        if self.retry_ms:
            head += b"retry: %d\n" % self.retry_ms
        return b"%sevent: %s\ndata: %s\n\n" % (head, self.type.encode(), self.text)


def frame(type_: str, place: Position | None = None, /, **fields: Any) -> Frame:
    """Return a frame that tells no change of a document.

    >>> frame("bye", reason="stopping", retry_ms=500).text
    b'{"type":"bye","reason":"stopping","retry_ms":500}'
    """
    told = {"id": str(place)} if place else {}
    text = orjson.dumps({"type": type_, **told, **fields})
    return Frame(type_, text, place, retry_ms=fields.get("retry_ms", 0))


def update(event: StoredEvent, epoch: str) -> Frame | None:
    """Return the frame of an event; None if clients are not told of it."""
    if event.name not in _STATUS:
        return None
    place = Position(epoch, event.seq)
    told = {
        "type": "processing_update",
        "id": str(place),
        "event": event.name,
        "document_id": event.document_id,
        "collection": event.collection,
        "status": event.data.get("status") or _STATUS[event.name],
        "at": event.created_at,
        "data": {name: value for name, value in event.data.items() if name not in _INTERNAL},
    }
    return Frame(
        "processing_update",
        orjson.dumps(told),
        place,
        event.document_id,
        event.collection,
        event.name == DocumentProgressed.name,
    )
