"""Reads stale documents again, and shows how far that is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.progress import Progress

from services.cli import render
from services.cli.client import Client
from services.cli.exits import Refused

MOST = 1_000_000  # documents; a list needs a limit
POLL_EVERY_S = 1.0
WAITING_AT_ONCE = 20  # documents sent ahead, so that uploads of others are not kept waiting
_WORKING = ("pending", "processing")


def reprocess_stale(
    client: Client,
    collection: str | None,
    ocr_languages: str | None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """Process all stale documents again and return their statuses at the end.

    One that was deleted, or is being processed by now, is left out.
    """
    filters = {"stale": "true"} | ({"collection": collection} if collection else {})
    waiting = [row["document_id"] for row in client.documents(filters, limit=MOST)][::-1]
    total = len(waiting)
    working: list[str] = []
    ended: list[dict[str, Any]] = []
    with Progress(console=render.console(error=True), transient=True) as shown:
        bar = shown.add_task("Reading again", total=total)
        while waiting or working:
            while waiting and len(working) < WAITING_AT_ONCE:
                _start(client, waiting.pop(), ocr_languages, working)
            statuses = [client.status(document_id) for document_id in working]
            done = [status for status in statuses if status["status"] not in _WORKING]
            ended += done
            working = [each["document_id"] for each in statuses if each not in done]
            shown.update(bar, completed=total - len(waiting) - len(working))
            if working and not done:
                pause(POLL_EVERY_S)
    return ended


def _start(client: Client, document_id: str, ocr_languages: str | None, working: list[str]) -> None:
    try:
        client.reprocess(document_id, ocr_languages)
    except Refused as refusal:
        if refusal.code not in ("conflict", "gone", "not_found"):
            raise
    else:
        working.append(document_id)
