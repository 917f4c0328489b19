"""Cursors of lists: opaque to clients, and valid only as the server makes them. No I/O."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.http.problems import Refusal, refusal

_ROWS = TypeAdapter(tuple[datetime, str])
_CHUNKS = TypeAdapter(tuple[int, int])
# Revisions and ordinals are 32-bit integers in the database.
_INTEGERS = range(2**31)
# Characters; a time and an id make about 100.
_MAX_LENGTH = 256


def after_row(created_at: datetime, row_id: str) -> str:
    """Return the cursor after a row of a list sorted by (created_at, id)."""
    return _encode([created_at.isoformat(), row_id])


def read_row(cursor: str) -> tuple[datetime, str]:
    """Return (created_at, id). Refusal: this server did not make the cursor."""
    created_at, row_id = _decode(cursor, _ROWS)
    # Times of rows are in UTC: one near the first or last year can't be moved to it.
    if created_at.utcoffset() != timedelta(0) or "\0" in row_id:
        raise _invalid()
    return created_at, row_id


def after_chunk(revision: int, ordinal: int) -> str:
    """Return the cursor after a chunk of one revision."""
    return _encode([revision, ordinal])


def read_chunk(cursor: str) -> tuple[int, int]:
    """Return (revision, ordinal). Refusal: this server did not make the cursor.

    >>> read_chunk(after_chunk(2, 7))
    (2, 7)
    """
    revision, ordinal = _decode(cursor, _CHUNKS)
    if revision not in _INTEGERS or ordinal not in _INTEGERS:
        raise _invalid()
    return revision, ordinal


def _encode(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def _decode(cursor: str, shape: TypeAdapter[Any]) -> Any:
    try:
        if len(cursor) > _MAX_LENGTH:
            raise _invalid()
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return shape.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise _invalid() from None


def _invalid() -> Refusal:
    return refusal(
        422, "invalid_cursor", "This cursor is not valid. Send the `next_cursor` of the last page."
    )
