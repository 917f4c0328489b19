"""The indexer as a process of its own. Wiring only."""

from __future__ import annotations

from services.indexer.handlers import Indexing, handlers
from shared.blobs import open_blobs
from shared.domain.errors import QuireError, SettingsError
from shared.process.service import Process, Readiness, retry_until_available, run
from shared.repositories import blob_removals
from shared.settings import read_settings
from shared.vectors import open_index

AT_ONCE = 4


async def setup(process: Process) -> Readiness:
    """Which encoder made the vectors is learnt from them."""
    settings = process.settings
    if not settings.vectors_url:
        raise SettingsError("An indexer of its own needs QUIRE_VECTORS_URL: a Chroma server.")
    vectors = await retry_until_available(open_index, settings.vectors_url)
    process.stack.push_async_callback(vectors.close)

    async def is_marked(key: str) -> bool:
        return await process.database.read(blob_removals.is_marked, key)

    indexing = Indexing(vectors, open_blobs(settings), is_marked)
    process.serve(handlers(indexing), at_once=AT_ONCE)

    async def answers() -> bool:
        try:
            await vectors.count()
        except QuireError:
            return False
        return True

    return Readiness(checks={"index": answers})


if __name__ == "__main__":
    run("indexer", read_settings, setup)
