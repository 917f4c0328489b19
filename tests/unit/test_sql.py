"""The database's time in SQL, on both databases, and its compiled form."""

from __future__ import annotations

import pytest
from sqlalchemy import Dialect, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.database import sql


@pytest.mark.parametrize(
    ("dialect", "says"),
    [(sqlite.dialect(), "strftime("), (postgresql.dialect(), "clock_timestamp()")],
)
def test_time_comes_from_the_database(dialect: Dialect, says: str) -> None:
    assert says in str(select(sql.now(30.0)).compile(dialect=dialect))


def test_statements_that_differ_in_an_offset_share_their_compiled_form() -> None:
    first, second = (select(sql.now(offset))._generate_cache_key() for offset in (30.0, -86400.0))
    assert first is not None
    assert second is not None
    assert first.key == second.key
