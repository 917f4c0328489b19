"""Signs of fonts without a map to letters."""

from __future__ import annotations

import pytest

from services.extractor.readers.clean import with_bullet


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("\x02", "•"),
        ("\x02 Security fundamentals", "• Security fundamentals"),
        ("r\x01", "•"),
        ("  \uf0b7\tFirst, the definition", "  •\tFirst, the definition"),
        # Ticks, crosses and boxes mean something; so do a letter before a sign and the euro sign.
        ("\uf0fc Yes", "\uf0fc Yes"),
        ("\uf0a8 No", "\uf0a8 No"),
        ("x\uf0a2 is the derivative", "x\uf0a2 is the derivative"),
        ("\x80 50", "\x80 50"),
        # A ligature within a word, and a sign of a formula.
        ("\x02rst of all", "\x02rst of all"),
        ("\uf061 = 3", "\uf061 = 3"),
        ("A \x02 in a sentence", "A \x02 in a sentence"),
        ("Plain text", "Plain text"),
    ],
)
def test_a_sign_before_a_text_that_no_letter_stands_for_is_a_bullet(
    printed: str, read: str
) -> None:
    assert with_bullet(printed) == read
