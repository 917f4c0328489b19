"""The database, SQLite or PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL, make_url

from shared.database.base import Database


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
