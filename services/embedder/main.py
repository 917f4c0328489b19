"""The embedder's consumer as a process of its own: hands batches from the bus to the workers."""

from __future__ import annotations

from collections.abc import Mapping

from services.embedder.celery_app import make_app
from services.embedder.handoff import Handoff
from shared.events import ChunksCreated
from shared.process import Check, Process, run
from shared.settings import read_settings

AT_ONCE = 8


async def wire(process: Process) -> Mapping[str, Check]:
    """Wiring only; the work itself is in `services.embedder.worker`."""
    handoff = Handoff(make_app(process.settings))
    process.bus.consume([ChunksCreated], handoff, group=process.name, at_once=AT_ONCE)
    return {}


if __name__ == "__main__":
    run(read_settings(), "embedder", wire)
