"""Words, codes, amounts and dates of a text in a comparable form."""

from __future__ import annotations

import pytest

from services.query.wording import words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UF-1", "uf 1"[0:2] + "1"),
        ("UF 1", "UF-1"),
        ("1,353", "1353"),
        ("24,5", "24.5"),
        ("3 May 2031", "2031-05-03"),
        ("May 3rd, 2031", "03.05.2031"),
        ("3. Mai 2031", "3 de mayo de 2031"),
    ],
)
def test_spellings_of_a_code_share_a_form(one: str, other: str) -> None:
    assert words(one).codes & words(other).codes - {"3", "2031"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Preise", "preise"), ("café", "CAFE"), ("cost", "prices"), ("tubes", "tube")],
)
def test_spellings_of_a_word_share_a_form(one: str, other: str) -> None:
    assert words(one).stems == words(other).stems


def test_scripts_without_spaces_give_pairs() -> None:
    assert words("灯笼在").stems == ("灯笼", "笼在")
