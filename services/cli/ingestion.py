"""Sends files and follows them to their end: every file ends in a state with a reason.

One thread: a file is sent, then the oldest unfinished documents are looked at, and so on. Documents
are worked roughly in the order they came, so a few looks see whatever moves.
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

READABLE = (".pdf", ".docx", ".md", ".markdown", ".txt")
LOOKED_AT = 8
LOOK_EVERY_S = 0.25
BEAR_OUTAGE_S = 60.0
COMPLETED = ("completed", "completed_empty")
WAITING, SENDING = "waiting", "sending"


@dataclass
class Item:
    """One file on its way. `progress` is 0 to 100, of sending first and of processing then."""

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
    """Whoever shows how it goes."""

    def changed(self, item: Item) -> None: ...


def find_files(paths: Sequence[Path], *, recursive: bool = True) -> list[Path]:
    """The files to send: those that are named, and every readable one in the folders."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = path.rglob("*") if recursive else path.glob("*")
            found |= dict.fromkeys(sorted(file for file in inside if _wanted(file, path)))
        else:
            found[path] = None
    return list(found)


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
    """Send every item and, with `wait`, follow all of them to their end."""
    looked = clock()
    for item in items:
        _send(client, item, fields, view)
        if wait and clock() - looked >= LOOK_EVERY_S:
            _look(client, items, view)
            looked = clock()
    if wait:
        _follow(client, items, view, clock, pause)


def _follow(
    client: Client,
    items: Sequence[Item],
    view: View,
    clock: Callable[[], float],
    pause: Callable[[float], None],
) -> None:
    heard = clock()
    while any(not item.done for item in items):
        try:
            finished = _look(client, items, view)
            heard = clock()
        except Unreachable:
            # A server that restarts goes on with the work it was given.
            if clock() - heard > BEAR_OUTAGE_S:
                raise
            finished = False
        if not finished:
            pause(LOOK_EVERY_S)


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


def _look(client: Client, items: Sequence[Item], view: View) -> bool:
    """Ask about the oldest unfinished documents. True: one of them came to its end."""
    active = [item for item in items if item.document_id and not item.done][:LOOKED_AT]
    for item in active:
        try:
            _note(item, client.status(item.document_id))
        except Refused as refusal:
            _fail(item, refusal.code, str(refusal))
        view.changed(item)
    return any(item.done for item in active)


def _note(item: Item, status: dict[str, Any]) -> None:
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


def _wanted(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in READABLE and not hidden and file.is_file()
