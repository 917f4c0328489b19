"""Interface of the database: runs a plain function over a `Session` in one transaction.

`transact(fn, *args)` commits the writes of `fn(session, *args)`; `read(fn, *args)` must not write.
Both return the result of `fn`. Temporary database errors are raised as `Unavailable`.

    document = await database.read(documents.get, document_id)
    await database.transact(lifecycle.cancel, document_id)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")
Transaction = Callable[Concatenate[Session, P], T]


class Database(Protocol):
    """The database as services use it; `open_database` opens it, its opener closes it."""

    url: URL

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...

    def version(self) -> int | None:
        """Return a number that every commit of any process changes, in microseconds.

        None: the database has none.
        """
        ...

    async def close(self) -> None: ...


class Notices(Protocol):
    """Hears notices of the database from `start` to `stop`."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def ping(session: Session) -> bool:
    """Return True if the database executes a statement."""
    return bool(session.scalar(text("SELECT 1")))
