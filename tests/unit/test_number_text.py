"""Numbers and dates as a spreadsheet shows them."""

from __future__ import annotations

import pytest

from services.extractor.readers.number_text import formatted, general


@pytest.mark.parametrize(
    ("stored", "pattern", "shown"),
    [
        ("0.30000000000000004", "", "0.3"),
        ("12345678901234", "", "12345678901234"),
        ("2.5", "General", "2.5"),
        ("0.0725", "0.00%", "7.25%"),
        ("0.5", "0%", "50%"),
        ("1234567.891", "#,##0.00", "1,234,567.89"),
        ("1234567.891", "#,##0,", "1,235"),
        ("-3.456", "0.0", "-3.5"),
        ("-0.001", "0.0", "0.0"),
        ("12", '#,##0.00" kg"', "12.00 kg"),
        ("12.5", "#,##0.00\\ [$€-407]", "12.50 €"),
        ("1200", "$#,##0_);($#,##0)", "$1,200"),
        ("-1200", "$#,##0_);[Red]($#,##0)", "-$1,200"),
        ("0", '0.00;-0.00;"–"', "0.00"),
        ("7", "0##", "7"),
        ("3.14159", "0.00E+00", "3.14159"),
        ("words", "0.00", "words"),
        ("NaN", "0.00", "NaN"),
        ("1", "0" * 300, "1"),
    ],
)
def test_numbers_have_their_format(stored: str, pattern: str, shown: str) -> None:
    assert formatted(stored, pattern) == shown


@pytest.mark.parametrize(
    ("stored", "pattern", "shown"),
    [
        ("45000", "dd/mm/yyyy", "2023-03-15"),
        ("45000", "[$-409]mmm\\-yy;@", "2023-03-15"),
        ("45000.75", "d.m.yy h:mm", "2023-03-15 18:00"),
        ("45000.75", "yyyy-mm-dd hh:mm:ss", "2023-03-15 18:00"),
        ("0.25", "h:mm", "06:00"),
        ("1.5", "[h]:mm:ss", "36:00:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("1e300", "yyyy-mm-dd", "1e300"),
    ],
)
def test_dates_and_times_are_written_in_iso_8601(stored: str, pattern: str, shown: str) -> None:
    assert formatted(stored, pattern) == shown


def test_days_are_counted_from_1904_in_files_that_say_so() -> None:
    assert formatted("0", "yyyy-mm-dd", from_1904=True) == "1904-01-01"


def test_text_stays_as_it_is() -> None:
    assert general("12 apples and 3.000000000001") == "12 apples and 3.000000000001"
