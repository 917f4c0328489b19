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
_SORTED = TypeAdapter(tuple[str, int | str, str])
_NAMES = TypeAdapter(tuple[str])
_NUMBERS = TypeAdapter(tuple[int])
# Revisions and ordinals are 32-bit integers in the database.
_INTEGERS = range(2**31)
_LONG_INTEGERS = range(2**63)
_MAX_ID = 64  # characters; ids have 36
# Characters; a time and an id make about 100, the longest file name and an id 1,500.
MAX_LENGTH = 2048


def after_row(created_at: datetime, row_id: str) -> str:
    """Return the cursor after a row of a list sorted by (created_at, id)."""
    return _encode([created_at.isoformat(), row_id])


def read_row(cursor: str) -> tuple[datetime, str]:
    """Return (created_at, id). Refusal: this server did not make the cursor."""
    created_at, row_id = _decode(cursor, _ROWS)
    # Times of rows are in UTC: one near the first or last year can't be moved to it.
    if created_at.utcoffset() != timedelta(0) or not _is_id(row_id):
        raise _invalid()
    return created_at, row_id


def after_sorted(sort: str, value: int | str, row_id: str) -> str:
    """Return the cursor after a row of a list sorted by (value, id); `sort` names the order."""
    return _encode([sort, value, row_id])


def read_sorted(cursor: str, sort: str) -> tuple[int | str, str]:
    """Return (value, id). Refusal: this server did not make the cursor for this order.

    >>> read_sorted(after_sorted("size", 7, "a"), "size")
    (7, 'a')
    """
    made_for, value, row_id = _decode(cursor, _SORTED)
    is_valid = "\0" not in value if isinstance(value, str) else value in _LONG_INTEGERS
    if made_for != sort or not is_valid or not _is_id(row_id):
        raise _invalid()
    return value, row_id


def after_name(name: str) -> str:
    """Return the cursor after a row of a list sorted by a name or an id."""
    return _encode([name])


def read_name(cursor: str) -> str:
    """Return the name. Refusal: this server did not make the cursor."""
    name: str
    (name,) = _decode(cursor, _NAMES)
    if "\0" in name:
        raise _invalid()
    return name


def after_number(number: int) -> str:
    """Return the cursor after a numbered row."""
    return _encode([number])


def read_number(cursor: str) -> int:
    """Return the number. Refusal: this server did not make the cursor."""
    number: int
    (number,) = _decode(cursor, _NUMBERS)
    if number not in _LONG_INTEGERS:
        raise _invalid()
    return number


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


def _is_id(row_id: str) -> bool:
    return len(row_id) <= _MAX_ID and "\0" not in row_id


def _encode(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def _decode(cursor: str, shape: TypeAdapter[Any]) -> Any:
    try:
        if len(cursor) > MAX_LENGTH:
            raise _invalid()
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return shape.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise _invalid() from None


def _invalid() -> Refusal:
    return refusal(
        422, "invalid_cursor", "This cursor is not valid. Send the `next_cursor` of the last page."
    )
