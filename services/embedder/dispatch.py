"""Sends waiting batches from the bus to Celery, each in the lane of its event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from celery import Celery

from services.embedder.celery_app import BULK_QUEUE, EMBED_TASK, INTERACTIVE_QUEUE
from shared.domain.events import ChunksCreated, Event


@dataclass(frozen=True)
class Dispatch:
    """Consumes `ChunksCreated`; if Redis is down, the sweeper repeats the hint."""

    app: Celery

    async def __call__(self, event: Event) -> None:
        assert isinstance(event, ChunksCreated)
        # Sending blocks for milliseconds, or for seconds if Redis is down.
        await asyncio.to_thread(self._send, event)

    def _send(self, event: ChunksCreated) -> None:
        self.app.send_task(
            EMBED_TASK,
            args=[event.task_id],
            queue=BULK_QUEUE if event.bulk else INTERACTIVE_QUEUE,
            headers={"correlation_id": event.correlation_id},
            retry=False,
        )
