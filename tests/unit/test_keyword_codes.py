"""Codes, numbers and dates of texts."""

from __future__ import annotations

import pytest

from shared.keywords import codes
from shared.keywords.dates import iso_dates
from shared.keywords.folding import normalize


def terms(text: str) -> set[str]:
    return set(codes.terms(normalize(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SOP-017", {"sop-017", "sop017", "017", "sop-017-"}),
        ("SOP–017", {"sop-017", "sop017", "017", "sop-017-"}),
        ("SOP 017", {"sop017", "017"}),
        ("4.2.1", {"4.2.1"}),
        ("Clause 4.2.1.", {"clause4.2.1", "4.2.1"}),
        ("7745-0091-E", {"7745-0091-e", "77450091e", "7745", "0091", "7745-0091-", "7745-0091-e-"}),
        ("0x1F", {"0x1f"}),
        ("E1047", {"e1047"}),
        ("Err_4032", {"err_4032", "err4032", "4032"}),
        ("jane.doe@example.org", {"jane.doe@example.org", "jane.doe", "example.org"}),
        ("report.pdf", {"report.pdf"}),
        ("report_v2.pdf", {"report_v2.pdf", "reportv2pdf", "v2", "report_v2"}),
        ("2,500", {"2,500", "2500"}),
        ("1.234,56", {"1.234,56", "1234.56"}),
        ("1 250 000", {"1", "250", "000", "1250000"}),
        ("v2.3.1", {"v2.3.1", "2.3.1"}),
        ("Größe-10", {"grosse-10", "grosse10", "10", "grosse-10-"}),
        ("12/04/2024", {"12/04/2024", "12042024", "12", "04", "2024", "2024-04-12", "2024-12-04"}),
        ("well-known and/or e.g. words", set()),
        ("in 2024 the 3 pumps", {"2024", "3"}),
        ("", set()),
    ],
)
def test_codes_are_found_whole_and_in_parts(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-03-05", "2024/03/05", "05.03.2024", "5.3.2024", "5 March 2024", "March 5, 2024",
        "5th of March 2024", "05-Mar-2024", "5. März 2024", "5 mars 2024", "5 de marzo de 2024",
        "5 marzo 2024", "5 de março de 2024", "5 maart 2024", "5 марта 2024", "5 Mart 2024",
        "2024年3月5日", "5 Μαρτίου 2024", "MARCH 5 2024",
    ],
)  # fmt: skip
def test_date_is_found_in_its_spellings(spelling):
    assert iso_dates(normalize(f"valid from {spelling}, or later")) == ["2024-03-05"]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("3/4/2024", ["2024-04-03", "2024-03-04"]),
        ("13/4/2024", ["2024-04-13"]),
        ("May 2025", ["2025-05"]),
        ("2024年3月", ["2024-03"]),
        ("1 May 2024 to 2 June 2024", ["2024-05-01", "2024-06-02"]),
        ("you may 2024 times", ["2024-05"]),
        ("45.13.2024", []),
        ("part 2024-99-01", []),
        ("192.168.2024", []),
        ("no date", []),
    ],
)
def test_dates_are_iso_dates(text, dates):
    assert iso_dates(normalize(text)) == dates
