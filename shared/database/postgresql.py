"""PostgreSQL through asyncpg: runs the plain functions by `AsyncSession.run_sync`.

The server enforces the timeouts, so that a client that disappears leaves no lock behind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import asyncpg
import sqlalchemy.exc
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared.database.base import P, T, Transaction
from shared.domain.errors import Unavailable

# Milliseconds; far above the needs of one transaction, so that they end only stuck ones.
SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "10000",
    "statement_timeout": "60000",
    "timezone": "UTC",
}


class PostgresDatabase:
    """`Database` on a PostgreSQL server with a bounded pool of connections."""

    def __init__(self, url: URL, *, pool_size: int = 10, max_overflow: int = 20) -> None:
        self.url = url.set(drivername="postgresql+asyncpg")
        self._engine = create_async_engine(
            self.url,
            pool_size=pool_size,
            hide_parameters=True,  # logs and errors name statements, never content
            max_overflow=max_overflow,
            pool_timeout=5,  # seconds; an error is better than a request that hangs
            pool_pre_ping=True,
            connect_args={"server_settings": SERVER_SETTINGS},
        )

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with _temporary_errors_as_unavailable():
            async with (
                AsyncSession(self._engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                return await session.run_sync(fn, *args, **kwargs)

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with _temporary_errors_as_unavailable():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                return await session.run_sync(fn, *args, **kwargs)

    def version(self) -> int | None:
        return None

    async def close(self) -> None:
        await self._engine.dispose()


_UNREACHABLE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
    ConnectionError,
    TimeoutError,
)
# SQLSTATE classes, because the driver raises one exception for all: lost connections, deadlocks and
# other rolled back transactions, exhausted resources, locks that are not free in time, and
# statements ended by a timeout or a shutdown.
_TEMPORARY_STATES = ("08", "40", "53", "55P03", "57")


@contextlib.contextmanager
def _temporary_errors_as_unavailable() -> Iterator[None]:
    """Raise Unavailable for an error that the same transaction may not meet again."""
    try:
        yield
    except _UNREACHABLE as error:
        raise Unavailable("The database can't be reached; try again.") from error
    except sqlalchemy.exc.DBAPIError as error:
        if not _is_temporary(error.orig):
            raise
        raise Unavailable("The database is busy; try again.") from error


def _is_temporary(error: BaseException | None) -> bool:
    """Return whether the driver's error may not come again.

    asyncpg raises InternalClientError for a statement on a connection that the server is closing.
    """
    if isinstance(getattr(error, "__cause__", None), asyncpg.InternalClientError):
        return True
    return str(getattr(error, "sqlstate", None)).startswith(_TEMPORARY_STATES)
