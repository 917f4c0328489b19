"""Inserts that skip, change or refuse existing rows, on PostgreSQL and SQLite."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.database.schema import Base
from shared.domain.errors import AlreadyStored

Insert = postgresql.Insert | sqlite.Insert


def insert_new(session: Session, row: Base) -> None:
    """Insert a row. AlreadyStored: another row has its key; the transaction must end."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyStored from error


def insert_ignoring(session: Session, model: type[Base]) -> Insert:
    """Return INSERT … ON CONFLICT DO NOTHING; its `returning` yields only the new rows."""
    return insert_ignoring_in(session.get_bind().dialect.name, model)


@cache
def insert_ignoring_in(dialect: str, model: type[Base]) -> Insert:
    """Return the statement of `insert_ignoring` for a dialect, to build others from."""
    return _insert(dialect, model).on_conflict_do_nothing()


def insert_or_update(
    session: Session, model: type[Base], columns: Iterable[str], *, where: ColumnElement[bool]
) -> Insert:
    """Return INSERT … ON CONFLICT DO UPDATE, which changes `columns` of existing rows `where`."""
    insert = _insert(session.get_bind().dialect.name, model)
    values = {name: insert.excluded[name] for name in columns}
    keys = list(cast(Table, model.__table__).primary_key)
    return insert.on_conflict_do_update(index_elements=keys, set_=values, where=where)


def _insert(dialect: str, model: type[Base]) -> Insert:
    build = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return build(cast(Table, model.__table__))
