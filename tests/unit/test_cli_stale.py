"""`quire documents reprocess --stale` reads every stale document again, a few at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.cli.exits import Refused
from services.cli.stale import WAITING_AT_ONCE, reprocess_stale


class FakeServer:
    """A server that ends each document at the second question about its status."""

    def __init__(self, count: int, refused: str = "") -> None:
        self.ids = [f"d{number}" for number in range(count)]
        self.refused = refused
        self.started: list[str] = []
        self.asked: Counter[str] = Counter()
        self.most_at_once = 0

    def documents(self, filters: dict[str, Any], *, limit: int) -> Iterator[dict[str, Any]]:
        assert filters == {"stale": "true", "collection": "hr"}
        yield from ({"document_id": document_id} for document_id in self.ids)

    def reprocess(self, document_id: str, ocr_languages: str | None) -> dict[str, Any]:
        if document_id == self.refused:
            raise Refused("It is being processed.", code="conflict", status=409)
        self.started.append(document_id)
        return {}

    def status(self, document_id: str) -> dict[str, Any]:
        self.asked[document_id] += 1
        working = sum(self.asked[each] < 2 for each in self.started)
        self.most_at_once = max(self.most_at_once, working)
        state = "processing" if self.asked[document_id] < 2 else "completed"
        return {"document_id": document_id, "status": state}


def test_every_document_is_read_again_once() -> None:
    server = FakeServer(50, refused="d7")
    ended = reprocess_stale(server, "hr", None, pause=lambda _: None)  # type: ignore[arg-type]
    assert sorted(server.started) == sorted(set(server.ids) - {"d7"})
    assert sorted(one["document_id"] for one in ended) == sorted(server.started)
    assert server.started[0] == "d0"
    assert server.most_at_once <= WAITING_AT_ONCE


def test_nothing_is_done_without_stale_documents() -> None:
    assert reprocess_stale(FakeServer(0), "hr", None) == []  # type: ignore[arg-type]
