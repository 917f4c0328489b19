"""Rows are read once while nothing changes, and again after any change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from services.query.retrieval.live_rows import LiveRows
from shared.database.base import P, T, Transaction
from shared.domain.position import Position
from shared.repositories import live_chunks
from shared.repositories.live_chunks import LiveChunk
from shared.repositories.scope import Scope
from tests.support.passages import live_chunk

ANY = Scope()


class Rows:
    """A database with some live chunks; `asked` has the ids of each read."""

    url = make_url("sqlite://")

    def __init__(self, **contents: str) -> None:
        self.contents = contents
        self.asked: list[list[str]] = []

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return fn(self, *args, **kwargs)  # type: ignore[arg-type]

    def version(self) -> int | None:
        return None

    def by_id(self, ids: Sequence[str], _: Scope) -> dict[str, LiveChunk]:
        self.asked.append(list(ids))
        here = [each for each in ids if each in self.contents]
        return {each: live_chunk(self.contents[each], chunk_id=each) for each in here}

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        raise AssertionError("Nothing is written.")

    async def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _rows_of_the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_chunks, "by_id", Rows.by_id)


async def texts(
    rows: LiveRows, ids: Sequence[str], place: Position | None, scope: Scope = ANY
) -> dict[str, str]:
    return {key: each.plain for key, each in (await rows.of(ids, scope, place)).items()}


async def test_only_rows_not_yet_known_are_read() -> None:
    database = Rows(a="One", b="Two", c="Three")
    rows, place = LiveRows(database), Position("e", 1)
    assert await texts(rows, ["a", "b"], place) == {"a": " one ", "b": " two "}
    assert await texts(rows, ["b", "c"], place) == {"b": " two ", "c": " three "}
    assert await texts(rows, ["c", "a"], place) == {"c": " three ", "a": " one "}
    assert database.asked == [["a", "b"], ["c"]]


async def test_after_a_change_every_row_is_read_again() -> None:
    database = Rows(a="One", b="Two")
    rows = LiveRows(database)
    await texts(rows, ["a", "b"], Position("e", 1))
    database.contents = {"a": "Other"}
    assert await texts(rows, ["a", "b"], Position("e", 2)) == {"a": " other "}
    assert await texts(rows, ["a"], Position("f", 2)) == {"a": " other "}
    assert database.asked == [["a", "b"], ["a", "b"], ["a"]]


async def test_nothing_is_kept_while_the_last_event_is_unknown_or_the_scope_narrow() -> None:
    database = Rows(a="One")
    rows = LiveRows(database)
    for _ in range(2):
        await texts(rows, ["a"], None)
        await texts(rows, ["a"], Position("e", 1), Scope(collections=("c",)))
    assert database.asked == [["a"]] * 4


async def test_rows_read_before_a_change_are_not_kept_for_questions_after_it() -> None:
    database = Rows(a="One")
    rows = LiveRows(database)
    read = database.read

    async def read_late(*args: Any, **kwargs: Any) -> Any:
        """Let another question come, after a change, before this read ends."""
        found = await read(*args, **kwargs)
        database.read = read  # type: ignore[method-assign]
        database.contents = {"a": "Other"}
        await texts(rows, [], Position("e", 2))
        return found

    database.read = read_late  # type: ignore[method-assign]
    assert await texts(rows, ["a"], Position("e", 1)) == {"a": " one "}
    assert await texts(rows, ["a"], Position("e", 2)) == {"a": " other "}


async def test_of_too_many_rows_those_read_first_are_dropped() -> None:
    database = Rows(a="One", b="Two", c="Three")
    rows, place = LiveRows(database, kept=2), Position("e", 1)
    for ids in (["a"], ["b", "c"], ["c"], ["a"]):
        await texts(rows, ids, place)
    assert database.asked == [["a"], ["b", "c"], ["a"]]
