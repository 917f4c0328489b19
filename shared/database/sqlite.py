"""SQLite for one process: one writer thread, a few readers, and group commit.

The writer commits all waiting transactions together, which costs one fsync. Each runs in its own
savepoint, so that a failing one does not roll back the others.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from shared.database.base import P, T, Transaction
from shared.domain.errors import Unavailable

# Transactions per commit; bounds how long the first waits for the others.
MAX_PER_COMMIT = 64
# Threads and connections; two, so that a long read does not block a short one.
READERS = 2
# A file is turned to WAL mode by its first connection; a second one that tries at the same time is
# refused at once, because SQLite does not wait for this lock.
_CONFIGURING = threading.Lock()


@dataclass
class _Job:
    run: Callable[[Session], Any]
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None


class SqliteDatabase:
    """`Database` on one SQLite file in WAL mode, durable at every commit (`synchronous=FULL`)."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._writing = _engine(url, begin="BEGIN IMMEDIATE")
        self._reading = _engine(url, begin="BEGIN")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        # A connection that writes nothing: it sees each commit as one of others.
        self._watch: PoolProxiedConnection | None = None
        self._watching = threading.Lock()
        self._writer = threading.Thread(target=self._write, name="sqlite-write", daemon=True)
        self._writer.start()

    async def transact(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise Unavailable("The database is closed.")
        job = _Job(lambda session: fn(session, *args, **kwargs))
        self._jobs.put(job)
        return await asyncio.wrap_future(job.future)

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._read(fn, *args, **kwargs))

    def version(self) -> int | None:
        with self._watching:
            if self._closed:
                return None
            try:
                if self._watch is None:
                    self._watch = self._reading.raw_connection()
                    self._watch.detach()
                cursor = self._watch.cursor()
                (number,) = cursor.execute("PRAGMA data_version").fetchone()
            except (sqlite3.Error, sqlalchemy.exc.DBAPIError):
                # Who asks reads then, and learns what is wrong.
                return None
            return int(number)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown(wait=True)
        with self._watching:
            if self._watch is not None:
                self._watch.close()
        self._writing.dispose()
        self._reading.dispose()

    def _read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with Session(self._reading, expire_on_commit=False) as session:
                return fn(session, *args, **kwargs)
        except sqlalchemy.exc.OperationalError as error:
            raise Unavailable("The database is busy; try again.") from error

    def _write(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, last = self._take(first)
            self._commit(jobs)
            if last:
                return

    def _take(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs = [first]
        while len(jobs) < MAX_PER_COMMIT:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                if len(jobs) == 1:
                    jobs[0].result = jobs[0].run(session)
                else:
                    for job in jobs:
                        _run_in_savepoint(session, job)
        except BaseException as error:
            failure = _translated(error)
            for job in jobs:
                job.error = job.error or failure
        for job in jobs:
            _resolve(job)


def _run_in_savepoint(session: Session, job: _Job) -> None:
    try:
        with session.begin_nested():
            job.result = job.run(session)
    except Exception as error:
        job.error = _translated(error)
    finally:
        session.expunge_all()


def _resolve(job: _Job) -> None:
    if not job.future.set_running_or_notify_cancel():
        return
    if job.error is not None:
        job.future.set_exception(job.error)
    else:
        job.future.set_result(job.result)


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, sqlalchemy.exc.OperationalError):
        unavailable = Unavailable("The database could not be written; try again.")
        unavailable.__cause__ = error
        return unavailable
    return error


def _engine(url: URL, *, begin: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=READERS,
        hide_parameters=True,  # logs and errors name statements, never content
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        with _CONFIGURING:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "busy_timeout=30000",  # milliseconds
                "cache_size=-16000",  # KiB per connection
                "temp_store=MEMORY",
            ):
                cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
