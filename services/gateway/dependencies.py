"""The adapters and settings that the gateway's routes are given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from services.gateway.disk_space import DiskSpace
from services.gateway.events.feed import EventFeed
from services.gateway.page_client import PageClient
from shared.blobs.base import Blobs
from shared.bus.base import Bus
from shared.database.base import Database
from shared.domain.events import Event
from shared.http.app import Ready
from shared.http.middleware import App
from shared.settings import Settings


class Operations(Protocol):
    """Checks and repairs of the running system."""

    async def verify(self, repair: bool) -> dict[str, Any]: ...

    async def rebuild_index(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class GatewayDeps:
    """The settings, adapters and state that the gateway's routes use.

    `query` answers the paths below /api/v1/query, `pages` draws pages of documents. `ready` returns
    whether each dependency works. Close `feed` before the server stops, because its listeners keep
    connections open.
    """

    settings: Settings
    database: Database
    blobs: Blobs
    bus: Bus
    query: App
    pages: PageClient
    operations: Operations
    ready: Ready
    disk: DiskSpace
    feed: EventFeed
    announcing: set[asyncio.Task[None]] = field(default_factory=set)

    def announce(self, events: Sequence[Event]) -> None:
        """Publish committed events in the background, so that the client does not wait for the bus.

        If this process dies first, or the bus is down, the sweeper finds the waiting tasks.
        """
        task = asyncio.create_task(self.bus.publish(events))
        self.announcing.add(task)
        task.add_done_callback(self.announcing.discard)

    async def announced(self) -> None:
        """Wait until all announced events are published; call it before the bus stops."""
        await asyncio.gather(*self.announcing, return_exceptions=True)


async def _deps(request: Request) -> GatewayDeps:
    deps: GatewayDeps = request.app.state.deps
    return deps


Deps = Annotated[GatewayDeps, Depends(_deps)]
