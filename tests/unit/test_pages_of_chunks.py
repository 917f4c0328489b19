"""Pages of chunks are read in the order of their ids, without sorting all chunks for each page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from shared.database import migrate
from shared.repositories import chunks, indexed_chunks
from shared.settings import sqlite_url

PAGES: dict[str, Callable[[Session], Any]] = {
    "kept": lambda session: chunks.next_kept_vectors(session, "e", after="a", limit=10),
    "indexed": lambda session: chunks.next_indexed_vectors(session, after="a", limit=10),
    "read model": lambda session: indexed_chunks.page(session, after="a", vectors=True),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_begins_at_its_first_id_and_sorts_nothing(page: str, tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "quire.db")
    migrate.upgrade(url)
    engine = create_engine(url)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_1: Any, _2: Any, statement: str, values: Any, _3: Any, _4: bool) -> None:
        asked.append((statement, values))

    with Session(engine) as session:
        assert PAGES[page](session) == []
        statement, values = asked[-1]
        cursor = session.connection().connection.cursor()
        plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    engine.dispose()
    assert "chunk_id>?" in plan[0]
    assert not any("B-TREE" in step for step in plan)
