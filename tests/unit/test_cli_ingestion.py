"""Ingestion from the command line: uploads, polling, outages and errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from services.cli.client import Client
from services.cli.exits import Refused, Unreachable
from services.cli.ingestion import OUTAGE_BORNE_S, Item, send_all


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


class View:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def changed(self, item: Item) -> None:
        if not self.seen or self.seen[-1] != (item.path.name, item.status):
            self.seen.append((item.path.name, item.status))


class Server:
    """A server whose documents are completed after `looks` status requests."""

    def __init__(self, looks: int = 2, ends: dict[str, dict[str, Any]] | None = None) -> None:
        self.looks = looks
        self.ends = ends or {}
        self.looked: dict[str, int] = {}
        self.down_for = 0

    def upload(
        self, path: Path, fields: dict[str, str], on_bytes: Callable[[int], None]
    ) -> dict[str, Any]:
        if path.suffix == ".exe":
            raise Refused("Not a document.", code="unsupported_type", status=415)
        on_bytes(path.stat().st_size)
        self.looked[path.name] = 0
        return {"document_id": path.name, "status": "pending", "duplicate_of": None}

    def status(self, document_id: str) -> dict[str, Any]:
        if self.down_for:
            self.down_for -= 1
            raise Unreachable("down")
        self.looked[document_id] += 1
        if self.looked[document_id] < self.looks:
            return {"status": "processing", "progress": 50.0, "page_count": 2, "total_chunks": 3}
        end = {
            "status": "completed",
            "progress": 100.0,
            "page_count": 2,
            "total_chunks": 7,
            "started_at": "2026-01-01T00:00:00+00:00",
            "completed_at": "2026-01-01T00:00:02.500Z",
            "error": None,
        }
        return end | self.ends.get(document_id, {})


def items_of(folder: Path, *names: str) -> list[Item]:
    for name in names:
        (folder / name).write_bytes(b"x" * 10)
    return [Item(folder / name, 10) for name in names]


def send(server: Server, items: list[Item], *, wait: bool = True) -> tuple[View, Clock]:
    view, clock = View(), Clock()
    send_all(cast(Client, server), items, {}, view, wait=wait, clock=clock, pause=clock.pause)
    return view, clock


def test_every_file_is_followed_to_its_end(tmp_path: Path) -> None:
    items = items_of(tmp_path, *(f"{number}.pdf" for number in range(20)))
    send(Server(), items)
    assert all(item.ok and item.progress == 100 for item in items)
    assert (items[0].pages, items[0].chunks, items[0].seconds) == (2, 7, 2.5)


def test_states_are_shown_in_their_order(tmp_path: Path) -> None:
    view, _ = send(Server(), items_of(tmp_path, "a.pdf"))
    states = [state for _, state in view.seen]
    assert states == ["sending", "pending", "processing", "completed"]


def test_without_waiting_no_status_is_asked(tmp_path: Path) -> None:
    server, items = Server(), items_of(tmp_path, "a.pdf")
    send(server, items, wait=False)
    assert server.looked == {"a.pdf": 0}
    assert not items[0].done


def test_refused_file_does_not_stop_the_others(tmp_path: Path) -> None:
    bad, good = items = items_of(tmp_path, "a.exe", "b.pdf")
    send(Server(), items)
    assert (bad.status, bad.error_code, bad.error_message) == (
        "failed",
        "unsupported_type",
        "Not a document.",
    )
    assert good.ok


def test_missing_file_is_reported_as_unreadable(tmp_path: Path) -> None:
    gone = Item(tmp_path / "gone.pdf", 1)
    send(Server(), [gone])
    assert (gone.status, gone.error_code) == ("failed", "unreadable")


def test_a_failed_document_keeps_its_reason(tmp_path: Path) -> None:
    end = {"status": "failed", "error": {"code": "encrypted", "message": "Remove the password."}}
    items = items_of(tmp_path, "a.pdf")
    send(Server(ends={"a.pdf": end}), items)
    assert not items[0].ok
    assert (items[0].error_code, items[0].error_message) == ("encrypted", "Remove the password.")


def test_a_server_that_restarts_is_waited_for(tmp_path: Path) -> None:
    server, items = Server(), items_of(tmp_path, "a.pdf")
    server.down_for = 20
    _, clock = send(server, items)
    assert items[0].ok
    assert clock.now < OUTAGE_BORNE_S


def test_long_outage_ends_the_wait(tmp_path: Path) -> None:
    server, items = Server(), items_of(tmp_path, "a.pdf")
    server.down_for = 10**9
    with pytest.raises(Unreachable):
        send(server, items)
