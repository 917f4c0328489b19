"""Reads and writes the pages without text for a parser, and what recognition made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from shared.database.inserts import insert_ignoring
from shared.database.schema import UnreadPage
from shared.repositories import access

# Why a page is still unread after text recognition, by its state.
_AFTER_RECOGNITION = {"empty": "nothing_recognised", "failed": "not_recognised"}


def create_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store pages that are not stored yet."""
    if rows:
        session.connection().execute(insert_ignoring(session, UnreadPage), [*map(dict, rows)])


def of_batch(session: Session, document_id: str, revision: int, batch: int) -> list[UnreadPage]:
    """Return the pages of one task, in order."""
    return list(
        session.scalars(
            select(UnreadPage)
            .where(
                UnreadPage.document_id == document_id,
                UnreadPage.revision == revision,
                UnreadPage.batch == batch,
            )
            .order_by(UnreadPage.page)
        )
    )


def of_document(session: Session, document_id: str, revision: int) -> list[UnreadPage]:
    """Return the pages of a revision, in order."""
    return list(
        session.scalars(
            select(UnreadPage)
            .where(
                UnreadPage.document_id == document_id,
                UnreadPage.revision == revision,
                *access.on_rows(UnreadPage.document_id),
            )
            .order_by(UnreadPage.page)
        )
    )


def end(
    session: Session, document_id: str, revision: int, page: int, values: Mapping[str, Any]
) -> bool:
    """Store what recognition made of a page; return False if that is stored already."""
    ended = session.execute(
        update(UnreadPage)
        .where(
            UnreadPage.document_id == document_id,
            UnreadPage.revision == revision,
            UnreadPage.page == page,
            UnreadPage.state == "unread",
        )
        .values(**values)
        .returning(UnreadPage.page)
        .execution_options(synchronize_session=False)
    )
    return ended.first() is not None


def count_by_reason(session: Session, document_id: str, revision: int) -> dict[str, int]:
    """Return the number of pages that have no text yet, or still, by reason."""
    rows = session.execute(
        select(UnreadPage.state, UnreadPage.reason, func.count())
        .where(
            UnreadPage.document_id == document_id,
            UnreadPage.revision == revision,
            UnreadPage.state != "read",
        )
        .group_by(UnreadPage.state, UnreadPage.reason)
    )
    counts: Counter[str] = Counter()
    for state, reason, count in rows:
        counts[_AFTER_RECOGNITION.get(state, reason)] += count
    return dict(counts)


def remove_of_document(
    session: Session, document_id: str, *, below_revision: int | None = None
) -> None:
    """Delete the pages of a document, or those of revisions below one."""
    statement = delete(UnreadPage).where(UnreadPage.document_id == document_id)
    if below_revision is not None:
        statement = statement.where(UnreadPage.revision < below_revision)
    session.execute(statement.execution_options(synchronize_session=False))
