"""Filters joined by `and` and `or` select the same documents on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.query.attribute_filter import read_filter
from shared.database.base import Database
from shared.database.schema import Document
from shared.repositories.scope import Scope

STORED: dict[str, dict[str, Any]] = {
    "old": {"year": 2019, "kind": "sop"},
    "new": {"year": 2024, "kind": "form", "final": True},
    "odd": {"year": "2024", "kind": None},
    "bare": {},
}
ALL = set(STORED)


def compare(name: str, key: str, value: object) -> dict[str, Any]:
    return {"type": name, "key": key, "value": value}


def joined(name: str, *filters: dict[str, Any]) -> dict[str, Any]:
    return {"type": name, "filters": list(filters)}


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    (compare("eq", "year", 2024), {"new"}),
    (compare("eq", "final", True), {"new"}),
    (compare("ne", "kind", "sop"), ALL - {"old"}),
    (compare("in", "year", [2019, "2024"]), {"old", "odd"}),
    (compare("nin", "year", [2019, 2024]), {"odd", "bare"}),
    (joined("or", compare("lt", "year", 2020), compare("eq", "final", True)), {"old", "new"}),
    (joined("and", compare("gte", "year", 2019), compare("lte", "year", 2019)), {"old"}),
    (joined("or", compare("eq", "year", 1), compare("eq", "kind", "none")), set()),
    (
        joined(
            "and",
            joined("or", compare("eq", "kind", "sop"), compare("eq", "kind", "form")),
            compare("gt", "year", 2019),
        ),
        {"new"},
    ),
    (
        joined(
            "or",
            joined("and", compare("eq", "kind", "sop"), compare("gt", "year", 2019)),
            joined("and", compare("ne", "kind", "sop"), compare("ne", "year", 2024)),
        ),
        {"odd", "bare"},
    ),
]


def _store(session: Session) -> None:
    for number, (title, metadata) in enumerate(STORED.items()):
        digest = f"{number:064}"
        session.add(Document(document_id=title, title=title, sha256=digest, metadata_=metadata))


def _titles(session: Session, given: dict[str, Any]) -> set[str]:
    conditions = Scope(attributes=read_filter(given)).conditions(session.get_bind().dialect.name)
    return set(session.scalars(select(Document.title).where(*conditions)))


async def test_joined_filters_select_the_same_documents(database: Database) -> None:
    await database.transact(_store)
    for given, expected in FILTERS:
        assert await database.read(_titles, given) == expected, given
