"""Quotable statements are literal parts of a passage."""

from __future__ import annotations

import pytest

from services.query.answers.statements import Statement, statements
from tests.support.passages import passage


def quotes(content: str) -> list[str]:
    return [statement.quote for statement in statements(passage(content))]


TABLE = "Table 1: Limits\n| Unit | Delay |\n|-|-|\n| UF-1 | 20 minutes |\n| UF\\|2 |  |\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("One is done. Two is due.", ["One is done.", "Two is due."]),
        ("4.2 Monthly checks\n\nThe lamp is checked.", ["The lamp is checked."]),
        ("See Fig. 2 for it. Then stop.", ["See Fig. 2 for it.", "Then stop."]),
        (
            "Bring:\n- a valid identity card of yours\n- the signed safety sheet\nThank you.",
            [
                "Bring:",
                "- a valid identity card of yours",
                "- the signed safety sheet",
                "Thank you.",
            ],
        ),
        ("A line\nthat wraps. End.", ["A line\nthat wraps.", "End."]),
        ("No full stop", ["No full stop"]),
        ("12.5 / 3 | 4", []),
        ("", []),
    ],
)
def test_sentences_are_quoted_without_headings(content: str, expected: list[str]) -> None:
    assert quotes(content) == expected


def test_rows_are_quoted_literally_and_worded_with_their_header() -> None:
    found = statements(passage(TABLE))
    assert [each.quote for each in found] == ["| UF-1 | 20 minutes |", "| UF\\|2 |  |"]
    assert [each.text for each in found] == ["Unit: UF-1; Delay: 20 minutes", "Unit: UF|2"]
    assert found[0].meaning == "Table 1: Limits: Unit: UF-1; Delay: 20 minutes"


def test_rows_of_a_change_history_are_marked_as_historical() -> None:
    history = "| Version | Date | Change |\n|-|-|-|\n| 2 | May | Due after 24 hours, not 48. |"
    (row,) = statements(passage(history))
    assert row.historical
    assert not any(each.historical for each in statements(passage(TABLE)))


def test_a_caption_is_quoted_only_if_there_is_no_other_text() -> None:
    caption = "Table 1 Classes of deviation and the deadlines by which they are reported"
    assert quotes(caption) == [caption]
    assert quotes(f"{caption}\n\nIt is due.") == ["It is due."]


def test_cells_beyond_the_header_are_kept() -> None:
    assert statements(passage("| a |\n|-|\n| 1 | 2 |\n"))[0].text == "a: 1; 2"


def test_text_after_a_table_is_quoted() -> None:
    assert quotes(TABLE + "Note it well.")[-1] == "Note it well."


@pytest.mark.parametrize("content", [TABLE, "  One.  Two!\n\n| a |\n| b |\nThree", "日本。語。"])
def test_every_quote_is_at_its_offset(content: str) -> None:
    found: list[Statement] = statements(passage(content))
    assert found
    for each in found:
        assert content[each.start : each.start + len(each.quote)] == each.quote
