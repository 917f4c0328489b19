"""Finds and removes blobs without a document, which interrupted uploads and removals leave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from shared.blobs.base import Blobs
from shared.database.base import Database
from shared.maintenance import audit
from shared.repositories import blob_removals

# Seconds; a younger blob may belong to an upload whose row is not written yet.
ORPHAN_AFTER_S = 3600.0


async def find(database: Database, blobs: Blobs) -> list[str]:
    """Return the keys of stored blobs that neither a row nor unfinished work refers to."""
    stored = await asyncio.to_thread(lambda: set(blobs.keys(unchanged_s=ORPHAN_AFTER_S)))
    wanted = await database.read(audit.blob_keys)
    in_work = await database.read(audit.blob_keys_in_work, stored)
    return sorted(stored - wanted.keys() - in_work)


async def remove(database: Database, blobs: Blobs, keys: Iterable[str]) -> int:
    """Remove the blobs that are still unreferenced; return how many were removed."""
    removed = 0
    for key in keys:
        owner = blob_removals.new_owner("orphans")
        if await database.transact(blob_removals.mark_unreferenced, key, owner):
            if await database.read(blob_removals.may_remove, key, owner):
                await asyncio.to_thread(blobs.remove, key)
                removed += 1
            await database.transact(blob_removals.clear, key, owner)
    return removed
