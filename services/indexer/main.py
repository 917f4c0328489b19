"""Runs the indexer as its own process."""

from __future__ import annotations

from services.indexer.handlers import Indexing, handlers
from shared.blobs import open_blobs
from shared.blobs.base import Blobs
from shared.domain.errors import SettingsError
from shared.domain.stages import INDEX
from shared.process.service import Process, Readiness, retry_until_available, run
from shared.repositories import blob_removals
from shared.settings import read_settings
from shared.vectors import open_index
from shared.vectors.base import VectorIndex

# Batches per lane: the index joins the rows of waiting writers into one write.
AT_ONCE = 4


def setup(process: Process, index: VectorIndex, blobs: Blobs) -> Readiness:
    """Serve the indexer's tasks with an open index."""

    async def may_remove(key: str, owner: str) -> bool:
        return await process.database.read(blob_removals.may_remove, key, owner)

    indexing = Indexing(index, blobs, process.owner, may_remove)
    process.subscribe(handlers(indexing), group=INDEX.worker, at_once=AT_ONCE)
    return Readiness(checks={"index": index.is_ready})


async def _setup(process: Process) -> Readiness:
    """Open the index of the Chroma server, or raise SettingsError if none is set."""
    settings = process.settings
    if not settings.vectors_url:
        raise SettingsError(
            "The indexer needs the address of a Chroma server. Set QUIRE_VECTORS_URL."
        )
    index = await retry_until_available(open_index, settings.vectors_url)
    process.stack.push_async_callback(index.close)
    return setup(process, index, open_blobs(settings))


if __name__ == "__main__":
    run("indexer", read_settings, _setup)
