"""Sends files and polls their documents until each is completed, failed or cancelled.

One thread alternates between sending a file and polling the oldest unfinished documents. A server
works on documents roughly in the order of their upload, so polling a few is enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from services.cli.client import Client
from services.cli.exits import Refused, Unreachable
from shared.domain.status import FINISHED

# Documents polled in one round, oldest first: at most 32 requests per second.
POLLED_AT_ONCE = 8
POLL_EVERY_S = 0.25
# A server that restarts is back within seconds; a minute also covers a slow host.
OUTAGE_BORNE_S = 60.0
COMPLETED = ("completed", "completed_empty")
WAITING, SENDING = "waiting", "sending"


@dataclass
class Item:
    """One file and its document. `progress` is 0 to 100: of sending, then of processing."""

    path: Path
    size: int
    document_id: str = ""
    status: str = WAITING
    progress: float = 0.0
    duplicate: bool = False
    pages: int | None = None
    chunks: int | None = None
    seconds: float | None = None
    error_code: str | None = None
    error_message: str | None = None

    @property
    def done(self) -> bool:
        return self.status in FINISHED

    @property
    def ok(self) -> bool:
        return self.status in COMPLETED

    def record(self) -> dict[str, Any]:
        return asdict(self) | {"path": str(self.path)}


class View(Protocol):
    """Shows the progress of an ingestion."""

    def changed(self, item: Item) -> None: ...


def send_all(
    client: Client,
    items: Sequence[Item],
    fields: dict[str, str],
    view: View,
    *,
    wait: bool,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Send every item and, with `wait`, poll until all are finished.

    Raises Unreachable when the server does not answer for OUTAGE_BORNE_S seconds.
    """
    polled = clock()
    for item in items:
        _send(client, item, fields, view)
        if wait and clock() - polled >= POLL_EVERY_S:
            _poll(client, items, view)
            polled = clock()
    if wait:
        _follow(client, items, view, clock, pause)


def _follow(
    client: Client,
    items: Sequence[Item],
    view: View,
    clock: Callable[[], float],
    pause: Callable[[float], None],
) -> None:
    answered = clock()
    while any(not item.done for item in items):
        try:
            finished = _poll(client, items, view)
            answered = clock()
        except Unreachable:
            # A server that restarts continues with the work it has.
            if clock() - answered > OUTAGE_BORNE_S:
                raise
            finished = False
        if not finished:
            pause(POLL_EVERY_S)


def _send(client: Client, item: Item, fields: dict[str, str], view: View) -> None:
    def sent(count: int) -> None:
        item.progress = min(100.0, item.progress + 100.0 * count / max(1, item.size))
        view.changed(item)

    item.status = SENDING
    view.changed(item)
    try:
        document = client.upload(item.path, fields, sent)
    except Refused as refusal:
        _fail(item, refusal.code, str(refusal))
    except OSError as error:
        _fail(item, "unreadable", f"The file can't be read: {error.strerror}.")
    else:
        item.document_id = document["document_id"]
        item.duplicate = bool(document.get("duplicate_of"))
        item.status, item.progress = "pending", 0.0
    view.changed(item)


def _poll(client: Client, items: Sequence[Item], view: View) -> bool:
    """Poll the oldest unfinished documents; return whether one of them finished."""
    active = [item for item in items if item.document_id and not item.done][:POLLED_AT_ONCE]
    for item in active:
        try:
            _update(item, client.status(item.document_id))
        except Refused as refusal:
            _fail(item, refusal.code, str(refusal))
        view.changed(item)
    return any(item.done for item in active)


def _update(item: Item, status: dict[str, Any]) -> None:
    error = status.get("error") or {}
    item.status, item.progress = status["status"], status["progress"]
    item.pages, item.chunks = status.get("page_count"), status.get("total_chunks")
    item.seconds = _seconds(status.get("started_at"), status.get("completed_at"))
    item.error_code, item.error_message = error.get("code"), error.get("message")


def _fail(item: Item, code: str, message: str) -> None:
    item.status, item.error_code, item.error_message = "failed", code, message


def _seconds(started: str | None, completed: str | None) -> float | None:
    if not (started and completed):
        return None
    length = datetime.fromisoformat(completed) - datetime.fromisoformat(started)
    return max(0.0, length.total_seconds())
