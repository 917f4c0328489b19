"""Samples that are detected as UTF-16 without a byte order mark."""

from __future__ import annotations

import pytest

from shared.text.encoding import utf16_by_zeros


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("plain words".encode("utf-16-le"), "utf-16-le"),
        ("plain words".encode("utf-16-be"), "utf-16-be"),
        ("Größe 大きさ of it".encode("utf-16-le"), "utf-16-le"),
        (b"plain words", None),
        (b"a\0b and one more 0 in many words", None),
        (bytes(64), None),
        (b"", None),
    ],
)
def test_zero_bytes_show_utf16_and_its_byte_order(sample: bytes, expected: str | None) -> None:
    assert utf16_by_zeros(sample) == expected
