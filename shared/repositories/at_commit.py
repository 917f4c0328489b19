"""Values that are gathered during a transaction and stored by its last statements.

Numbers and chains take a lock that all writers wait for. Taken last, it is held for an insert and
the commit only, and can't be part of a deadlock. What a savepoint gathered is dropped with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

V = TypeVar("V")

_GATHERED = "gathered_for_commit"
# In the order of their locks, which is the same in every transaction.
_stores: list[AtCommit[Any]] = []


class AtCommit(Generic[V]):
    """Stores what `add` gathered as the transaction commits; those with a lower `turn` go first."""

    def __init__(self, turn: int, store: Callable[[Session, list[V]], None]) -> None:
        self.turn = turn
        self.store = store
        _stores.append(self)
        _stores.sort(key=lambda each: each.turn)

    def add(self, session: Session, values: Iterable[V]) -> None:
        """Gather values, for the transaction or for the savepoint that is open."""
        within = session.get_nested_transaction()
        gathered = session.info.setdefault(_GATHERED, {}).setdefault(self.turn, [])
        gathered.extend((each, within) for each in values)


@event.listens_for(Session, "before_commit")
def _store_gathered(session: Session) -> None:
    """Store what was gathered as the transaction ends; a savepoint leaves it to the transaction."""
    if session.in_nested_transaction() or not session.info.get(_GATHERED):
        return
    session.flush()
    gathered = session.info.pop(_GATHERED)
    for each in _stores:
        if values := gathered.get(each.turn):
            each.store(session, [value for value, _ in values])


@event.listens_for(Session, "after_soft_rollback")
def _drop_gathered(session: Session, ended: SessionTransaction) -> None:
    """Drop what was gathered in a transaction, or in a savepoint, that is rolled back."""
    gathered = session.info.pop(_GATHERED, None)
    if gathered and ended.nested:
        session.info[_GATHERED] = {
            turn: [each for each in values if each[1] is not ended]
            for turn, values in gathered.items()
        }
