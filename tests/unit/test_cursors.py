"""A cursor that this server did not make is refused, and never reaches the database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from shared.http import cursors
from shared.http.problems import Refusal


def crafted(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).rstrip(b"=").decode()


def test_the_cursor_of_a_row_is_read_back() -> None:
    row = (datetime(2026, 3, 1, 12, 30, 1, 5, tzinfo=UTC), "4b1c")
    assert cursors.read_row(cursors.after_row(*row)) == row


@pytest.mark.parametrize(
    "document",
    [
        b'["0001-01-01T00:00:00+14:00","a"]',
        b'["9999-12-31T23:59:59-14:00","a"]',
        b'["2026-01-01T00:00:00","a"]',
        b'["2026-01-01T00:00:00Z","\\u0000"]',
        b'["2026-01-01T00:00:00Z","\\ud800"]',
        b'["2026-01-01T00:00:00Z",' + b"[" * 100,
        b'["2026-01-01T00:00:00Z","' + b"x" * 300 + b'"]',
        b'[1e999,"a"]',
        b'[NaN,"a"]',
        b"{}",
        b"",
    ],
)
def test_a_crafted_cursor_of_a_row_is_refused(document: bytes) -> None:
    with pytest.raises(Refusal, match="next_cursor"):
        cursors.read_row(crafted(document))


@pytest.mark.parametrize("document", [b"[1e30,1]", b"[-1,1]", b"[1,2147483648]", b"[1,2,3]"])
def test_a_crafted_cursor_of_a_chunk_is_refused(document: bytes) -> None:
    with pytest.raises(Refusal, match="next_cursor"):
        cursors.read_chunk(crafted(document))
