"""The background writer keeps rows until the database accepts them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from services.query.history import log_writer
from services.query.history.log_writer import LogWriter
from shared.domain.errors import Unavailable


class Recording:
    """A database that records the rows of each transaction, or fails first."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.transactions: list[list[str]] = []

    async def transact(self, _: Callable[..., Any], rows: list[dict[str, str]]) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.transactions.append([row["query_id"] for row in rows])


def writer(database: Recording) -> LogWriter:
    return LogWriter(database, gather_s=0)  # type: ignore[arg-type]


async def test_rows_that_wait_are_written_together() -> None:
    database = Recording()
    logs = LogWriter(database, gather_s=60)  # type: ignore[arg-type]
    for query_id in "abc":
        await logs.add({"query_id": query_id})
    await logs.flush()
    assert database.transactions == [["a", "b", "c"]]
    await logs.close()
    assert database.transactions == [["a", "b", "c"]]


async def test_close_writes_the_waiting_rows() -> None:
    database = Recording()
    logs = LogWriter(database, gather_s=60)  # type: ignore[arg-type]
    await logs.add({"query_id": "a"})
    await logs.close()
    assert database.transactions == [["a"]]


async def test_rows_are_kept_while_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "_PAUSE_S", 0)
    database = Recording(Unavailable(), Unavailable())
    logs = writer(database)
    await logs.add({"query_id": "a"})
    with pytest.raises(Unavailable):
        await logs.flush()
    await logs.add({"query_id": "b"})
    await logs.close()
    assert [query_id for rows in database.transactions for query_id in rows] == ["a", "b"]


async def test_refused_rows_do_not_block_others() -> None:
    database = Recording(ValueError("no such column"))
    logs = writer(database)
    await logs.add({"query_id": "bad"})
    await logs.flush()
    await logs.add({"query_id": "good"})
    await logs.flush()
    assert database.transactions == [["good"]]
    await logs.close()


async def test_a_full_queue_is_written_before_another_row_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_writer, "MAX_WAITING", 2)
    database = Recording()
    logs = LogWriter(database, gather_s=60)  # type: ignore[arg-type]
    for query_id in "abc":
        await logs.add({"query_id": query_id})
    assert database.transactions == [["a", "b"]]
    await logs.close()
    assert database.transactions == [["a", "b"], ["c"]]
