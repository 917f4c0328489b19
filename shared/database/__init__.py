"""The database, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import URL, make_url

from shared.database.base import Database, Notices


def open_database(url: str | URL, **options: Any) -> Database:
    """Return the database at `sqlite:///file` or `postgresql://…`; it connects at first use."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            from shared.database.sqlite import SqliteDatabase

            return SqliteDatabase(parsed, **options)
        case "postgresql":
            from shared.database.postgresql import PostgresDatabase

            return PostgresDatabase(parsed, **options)
        case other:
            raise ValueError(f"Quire runs on PostgreSQL and SQLite, not on {other}.")


def open_notices(url: str | URL, channel: str, heard: Callable[[], None]) -> Notices | None:
    """Return what calls `heard` after each notice of the database; None if it gives none.

    A notice is a hint: some are lost, with the connection for example.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    from shared.database.notices import PostgresNotices

    return PostgresNotices(parsed, channel, heard)
