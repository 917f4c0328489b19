"""Filters have countless forms, so their compiled statements do not fill the engine's cache."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy.orm import Session

from services.query.metadata_filter import read_condition
from shared.database import open_database
from shared.database.schema import Base
from shared.repositories import live_chunks
from shared.repositories.metadata import MetadataCondition
from shared.repositories.scope import Scope
from shared.settings import sqlite_url

OPERATORS = {"gt": 1, "gte": "a", "lt": 2, "lte": "b", "ne": "c", "nin": ["d"], "exists": True}
FILTERS = 60


def condition(rng: random.Random) -> MetadataCondition:
    chosen = rng.sample(sorted(OPERATORS), 3)
    return read_condition({name: OPERATORS[name] for name in chosen})


async def test_filters_of_many_forms_do_not_fill_the_statement_cache(tmp_path: Path) -> None:
    rng = random.Random(1)
    database = open_database(sqlite_url(tmp_path / "quire.db"))

    def cached(session: Session) -> int:
        return len(session.connection().engine._compiled_cache or ())

    await database.transact(lambda session: Base.metadata.create_all(session.connection()))
    before = await database.read(cached)
    for _ in range(FILTERS):
        scope = Scope(metadata={f"key {number}": condition(rng) for number in range(3)})
        await database.read(live_chunks.sizes, scope)
        await database.read(live_chunks.document_ids, scope)
        await database.read(live_chunks.by_id, ["a chunk"], scope)
    after = await database.read(cached)
    await database.close()
    assert after == before
    assert 0 < len(live_chunks.filter_statements) < FILTERS / 2
