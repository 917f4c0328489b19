"""`quire verify`: checks the invariants of stored data and repairs violations.

It may run during work: the reads are ordered so that concurrent changes cause no false report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from shared.blobs.base import Blobs
from shared.bus.base import Bus
from shared.database.base import Database
from shared.ledger import lifecycle
from shared.maintenance import audit, files, orphan_blobs, recall
from shared.maintenance.reindex import reindex
from shared.repositories import audit_log, chunks, erasure, events, families
from shared.vectors.base import VectorIndex

# Examples per check; a report stays readable.
SHOWN = 20
# Ids per query; stays below the limit on parameters of one statement.
_BATCH = 500


Problems = Callable[[], Awaitable[list[str]]]


async def no_problems() -> list[str]:
    """Return no problem, where nothing can be checked."""
    return []


@dataclass
class Check:
    """One rule, its violations, and how many of those were repaired."""

    name: str
    rule: str
    problems: list[str] = field(default_factory=list)
    repaired: int = 0

    @property
    def ok(self) -> bool:
        return len(self.problems) <= self.repaired

    def report(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rule": self.rule,
            "ok": self.ok,
            "problems": len(self.problems),
            "repaired": self.repaired,
            "examples": self.problems[:SHOWN],
        }


@dataclass(frozen=True)
class IntegrityCheck:
    """Checks the database, index and blobs against each other.

    `read_models` returns one sentence for each fault of the read models that can be reached.
    """

    database: Database
    index: VectorIndex
    blobs: Blobs
    bus: Bus
    read_models: Problems = no_problems

    async def verify(self, *, repair: bool = False) -> dict[str, Any]:
        """Run all checks, with `repair` also the repairs: `{"ok": bool, "checks": [...]}`."""
        checks = [
            await self._rows(),
            await self._stuck(repair),
            *await self._index(repair),
            *await self._blobs(repair),
            await self._read_models(repair),
            await self._erasure(repair),
            await self._audit(),
        ]
        return {
            "ok": all(check.ok for check in checks),
            "checks": [check.report() for check in checks],
        }

    async def _rows(self) -> Check:
        problems = await self.database.read(audit.broken_rows)
        return Check("rows", "Counts, states and progress of every document agree", problems)

    async def _stuck(self, repair: bool) -> Check:
        stuck = await self.database.read(audit.stuck_documents)
        check = Check("progress", "Every unfinished document has a task that will run", stuck)
        check.repaired = await self._restart(stuck) if repair else 0
        return check

    async def _index(self, repair: bool) -> list[Check]:
        indexed = await self.database.read(audit.indexed_ids)
        before = await self.database.read(audit.chunk_ids)
        stored = {kind: await self.index.ids(kind) for kind in await self.index.count()}
        after = await self.database.read(audit.chunk_ids)
        still = await self.database.read(audit.indexed_ids)
        present = set().union(*stored.values())
        missing = Check("vectors", "Every indexed chunk has its vector in the index")
        missing.problems = sorted((indexed & still) - present)
        orphans = Check("orphans", "Every vector in the index has its chunk")
        orphans.problems = sorted(present - before - after)
        if repair:
            missing.repaired = await self._restore_vectors(missing.problems)
            lost = set(orphans.problems)
            await self.index.delete_chunks(
                {kind: sorted(ids & lost) for kind, ids in stored.items() if ids & lost}
            )
            orphans.repaired = len(lost)
        return [missing, orphans, await self._recall(present)]

    async def _recall(self, present: set[str]) -> Check:
        """Compare what the index finds with all vectors; those that it lost are another problem."""
        check = Check("recall", "The index finds the nearest vectors")
        measured = await recall.measure(self.database, self.index, present)
        if measured is not None:
            check.rule += f": {measured}"
            if measured.is_low:
                check.problems = [f"less than {recall.FLOOR:.0%} are found: {recall.ADVICE}"]
        return check

    async def _restore_vectors(self, chunk_ids: Sequence[str]) -> int:
        """Write missing vectors; return how many ids are now indexed or no longer kept."""
        restored = 0
        for start in range(0, len(chunk_ids), _BATCH):
            part = chunk_ids[start : start + _BATCH]
            rows = await self.database.read(chunks.kept_vectors, part)
            put = await reindex(self.database, self.index, rows)
            needed = await self.database.read(chunks.kept_ids, part)
            restored += len(part) - len(needed - put)
        return restored

    async def _blobs(self, repair: bool) -> list[Check]:
        wanted = await self.database.read(audit.blob_keys)
        bytes_ = Check("bytes", "Every document's file is stored with the uploaded bytes")
        faults = {
            key: fault
            for key, sha256 in sorted(wanted.items())
            if (fault := await asyncio.to_thread(self._fault, key, sha256))
        }
        still = await self.database.read(audit.blob_keys)
        bytes_.problems = [f"{key}: {fault}" for key, fault in faults.items() if key in still]
        orphans = Check("blobs", "Every stored file belongs to a document")
        orphans.problems = await orphan_blobs.find(self.database, self.blobs)
        if repair:
            orphans.repaired = await orphan_blobs.remove(
                self.database, self.blobs, orphans.problems
            )
        return [bytes_, orphans]

    async def _read_models(self, repair: bool) -> Check:
        check = Check("read_models", "Read models have every indexed chunk")
        check.problems = await self.read_models()
        if repair and check.problems:
            # Every process builds its models again.
            await self.database.transact(events.start_history)
            check.repaired = len(check.problems)
        return check

    async def _erasure(self, repair: bool) -> Check:
        check = Check("erasure", "No answer quotes a deleted document, and each has its receipt")
        quotes = await self.database.read(erasure.quotes_of_deleted)
        missing = await self.database.read(audit.deleted_without_receipt)
        check.problems = [f"question {each} quotes a deleted document" for each in quotes]
        check.problems += [f"{each}: deleted without a receipt" for each in missing]
        if repair and check.problems:
            check.repaired = await self.database.transact(_erase_again, quotes, missing)
        return check

    async def _audit(self) -> Check:
        faults, last = await self.database.read(audit_log.check)
        return Check("audit", f"The audit log is whole; its last hash is {last}", faults)

    def _fault(self, key: str, sha256: str) -> str:
        try:
            return files.fault(self.blobs.path(key), sha256)
        except FileNotFoundError:
            return "missing"

    async def _restart(self, document_ids: Sequence[str]) -> int:
        done = 0
        for document_id in document_ids:
            opened = await self.database.transact(lifecycle.restart, document_id)
            await self.bus.publish(opened)
            done += bool(opened)
        return done


def _erase_again(session: Session, query_ids: Sequence[str], document_ids: Sequence[str]) -> int:
    """Erase the answers of these questions, and give documents a receipt; return how many."""
    erased = erasure.erase_quotes(session, query_ids)
    for document_id in document_ids:
        audit_log.record(
            session,
            lifecycle.ERASED,
            document_id,
            children=families.count_descendants(session, document_id),
            **erasure.erase(session, document_id),
        )
    return erased + len(document_ids)
