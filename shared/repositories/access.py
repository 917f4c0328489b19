"""The one place where rights are checked: as conditions in the statements of transactions.

A `CallerDatabase` runs every transaction for the caller of the present request. While it runs, the
functions of the repositories add the conditions of this module to their statements, and a statement
that reads a protected table without one is refused before it reaches the database. So a route can't
forget a check, and a right that is taken away is gone for the next statement.

Transactions of the system, of workers and maintenance, have no caller and no conditions. Callers
that have a right on all collections get statements without conditions, which cost what they would
without rights.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    SQLColumnExpression,
    bindparam,
    event,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Boolean

from shared.database.base import Database, P, T, Transaction
from shared.database.schema import CollectionRow, Document, Grant, GroupMember, QueryLog
from shared.domain.caller import RIGHTS, Caller, Right, asking, including

# The caller that the running transaction works for, and the one whose rights bound its statements:
# none after `as_system`. Both are none in a transaction of the system.
_acting: ContextVar[Caller | None] = ContextVar("acting", default=None)
_bounding: ContextVar[Caller | None] = ContextVar("bounding", default=None)

_MARK = "/* rights */"
# Tables whose rows belong to a collection or to a principal.
_PROTECTED = re.compile(
    r"\b(?:FROM|JOIN|UPDATE|,)\s++\"?(?:documents|chunks|unread_pages|processing_tasks|events|query_logs)\b"
)


class RightsNotChecked(RuntimeError):
    """A statement reads protected rows for a caller, and no condition of this module bounds it."""


class checked(FunctionElement[bool]):
    """A condition that checks rights, with the mark by which the guard knows it."""

    name = "quire_checked"
    type = Boolean()
    inherit_cache = True


@compiles(checked)
def _checked(element: checked, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} {_MARK})"


class CallerDatabase:
    """`Database` whose transactions run with the rights of the caller of the present request.

    LookupError: there is no request, so that its rights are unknown.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.url = database.url

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.transact(_act, asking(), fn, args, kwargs)

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read(_act, asking(), fn, args, kwargs)

    def version(self) -> int | None:
        return self._database.version()

    async def close(self) -> None:
        """Do nothing: who opened the database closes it."""


def _act(
    session: Session,
    caller: Caller,
    fn: Callable[..., T],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> T:
    with acting_for(caller):
        return fn(session, *args, **kwargs)


@contextlib.contextmanager
def acting_for(caller: Caller) -> Iterator[None]:
    """Work for a caller in the context: its rights bound what is executed."""
    acting, bounding = _acting.set(caller), _bounding.set(caller)
    try:
        yield
    finally:
        _bounding.reset(bounding)
        _acting.reset(acting)


@contextlib.contextmanager
def as_system() -> Iterator[None]:
    """Execute statements in the context without a caller's rights, which were checked before.

    To change a document, statements need rows that no caller reads, such as those of other
    documents with the same file. Each use follows a check of the right; a test lists them.
    """
    bounding = _bounding.set(None)
    try:
        yield
    finally:
        _bounding.reset(bounding)


def acting() -> Caller | None:
    """Return the caller that the present transaction works for; None: it is the system's."""
    return _acting.get()


def is_bounded(right: Right = "read") -> bool:
    """Return whether the present transaction has this right on some collections only."""
    caller = _bounding.get()
    return caller is not None and not caller.has_everywhere(right)


def on_documents(right: Right = "read") -> list[ColumnElement[bool]]:
    """Return the condition on rows of `documents` in the present transaction."""
    return on_collection(Document.__table__.c.collection, right)


def on_collection(column: ColumnElement[Any], right: Right = "read") -> list[ColumnElement[bool]]:
    """Return the condition on a column that names a collection."""
    caller = _bounding.get()
    if caller is None or caller.has_everywhere(right):
        return []
    opened = caller.allows(right)
    return [_condition(column, right, opened, caller.opens_all, caller.collections is not None)]


def on_rows(
    document_id: SQLColumnExpression[Any], right: Right = "read"
) -> list[ColumnElement[bool]]:
    """Return the condition on a column that names a document, such as that of a chunk."""
    if not is_bounded(right):
        return []
    (condition,) = on_collection(_VISIBLE.c.collection, right)
    return [document_id.in_(select(_VISIBLE.c.document_id).where(condition))]


def on_logs() -> list[ColumnElement[bool]]:
    """Return the condition on rows of `query_logs`: each caller has its own questions.

    A key that opens some collections only has those asked with keys that open the same ones.
    """
    caller = _bounding.get()
    if caller is None or caller.is_admin:
        return []
    logs = QueryLog.__table__.c
    own = logs.principal == _PRINCIPAL
    if caller.asker.key_collections:
        own &= logs.key_collections == _KEY_COLLECTIONS
    return [checked(own)]


def has_right(session: Session, collection: str, right: Right) -> bool:
    """Return whether the caller has a right on a collection, whether or not it exists."""
    caller = _bounding.get()
    if caller is None or caller.has_everywhere(right):
        return True
    if not caller.allows(right):
        return False
    if caller.collections is not None and collection not in caller.collections:
        return False
    if caller.opens_all:
        return True
    allowed = _allowed(right).subquery()
    found = select(allowed.c.collection).where(allowed.c.collection == collection)
    return session.execute(found.limit(1)).first() is not None


def collections_of(session: Session, right: Right = "read") -> list[str] | None:
    """Return the collections on which the caller has a right, in order; None: on all."""
    caller = _bounding.get()
    if caller is None or caller.has_everywhere(right):
        return None
    if not caller.allows(right):
        return []
    if caller.opens_all:
        return sorted(caller.collections or ())
    named = set(session.scalars(_allowed(right)))
    if caller.collections is not None:
        named &= set(caller.collections)
    return sorted(named)


def _principal_id() -> str:
    caller = _bounding.get()
    return caller.principal_id if caller else ""


def _key_collections() -> list[str]:
    caller = _bounding.get()
    return list(caller.collections or ()) if caller else []


def _asker_collections() -> str:
    caller = _bounding.get()
    return caller.asker.key_collections if caller else ""


# Values that are looked up when a statement is executed, so that it is built and compiled once.
_PRINCIPAL: ColumnElement[str] = bindparam("caller_id", callable_=_principal_id)
_KEY_COLLECTIONS: ColumnElement[str] = bindparam("caller_asker", callable_=_asker_collections)
_COLLECTIONS: Any = bindparam("caller_collections", callable_=_key_collections, expanding=True)
_VISIBLE = Document.__table__.alias("visible_documents")


@cache
def _allowed(right: Right) -> Select[Any]:
    """Return the names of the collections on which the caller has a right."""
    grants, members = Grant.__table__.c, GroupMember.__table__.c
    groups = select(members.group_id).where(members.principal_id == _PRINCIPAL)
    granted = select(grants.collection.label("collection")).where(
        grants.access.in_(including(right)),
        or_(grants.principal_id == _PRINCIPAL, grants.group_id.in_(groups)),
    )
    owned = select(CollectionRow.name).where(CollectionRow.owner_id == _PRINCIPAL)
    return union_all(granted, owned)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def _condition(
    column: ColumnElement[Any], right: Right, opened: bool, opens_all: bool, named: bool
) -> ColumnElement[bool]:
    """Return the condition for a kind of caller; it has no values of its own."""
    if not opened:
        return checked(column.in_([]))
    found: list[ColumnElement[bool]] = []
    if named:
        found.append(column.in_(_COLLECTIONS))
    if not opens_all:
        found.append(column.in_(_allowed(right)))
    condition = found[0] if len(found) == 1 else found[0] & found[1]
    return checked(condition)


@lru_cache(maxsize=2_000)
def _is_unchecked(statement: str) -> bool:
    return _PROTECTED.search(statement) is not None and _MARK not in statement


@event.listens_for(Engine, "before_cursor_execute")
def _refuse_unchecked(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    """Refuse a statement that reads protected rows for a caller without checking its rights."""
    if is_bounded() and _is_unchecked(statement):
        raise RightsNotChecked(statement)


assert RIGHTS[0] == "read"  # `is_bounded` relies on it: every right includes it
