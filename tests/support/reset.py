"""Removes the data of earlier test runs from named servers, which outlive the tests."""

from __future__ import annotations

import asyncio

import httpx
import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import migrate, open_database
from shared.database.schema import Base
from shared.repositories import events
from shared.vectors.base import COLLECTIONS
from tests.support.server_discovery import Named

_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


def empty_all(servers: dict[str, Named]) -> None:
    """Remove Quire's data, except events in RabbitMQ: without their tasks they do no harm."""
    for name, server in servers.items():
        if empty := _EMPTY.get(name):
            empty(server.url)


def empty_tables(session: Session) -> None:
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    session.execute(text(f"TRUNCATE {names} CASCADE"))
    events.start_history(session)


def _empty_database(url: str) -> None:
    async def empty() -> None:
        database = open_database(url)
        await database.transact(empty_tables)
        await database.close()

    migrate.upgrade(url)
    asyncio.run(empty())


def _empty_index(url: str) -> None:
    for name in COLLECTIONS.values():
        answer = httpx.delete(f"{url.rstrip('/')}{_COLLECTIONS}/{name}", timeout=60)
        assert answer.status_code in (200, 404), answer.text


def _empty_redis(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()


_EMPTY = {"postgresql": _empty_database, "redis": _empty_redis, "chroma": _empty_index}
