"""Sentences that a line, a number or an abbreviation has cut are quoted whole."""

from __future__ import annotations

import pytest

from services.query.answers.statements import statements
from tests.support.passages import passage


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (
            "This map was drawn by\nAda Elm,\nand printed in the\nHarbour Press.",
            "This map was drawn by Ada Elm, and printed in the Harbour Press.",
        ),
        ("The first edition came out on\n4 May 1931.", "The first edition came out on 4 May 1931."),
        ("Other 56 Berth tax. Attach Schedule B.", "Other 56 Berth tax. Attach Schedule B."),
        ("Dr. Elm keeps the keys.", "Dr. Elm keeps the keys."),
        ("See No. 2088 of the list.", "See No. 2088 of the list."),
    ],
)
def test_a_sentence_that_was_cut_is_one_statement(content: str, whole: str) -> None:
    assert [each.text for each in statements(passage(content))] == [whole]


def test_what_ends_stays_apart() -> None:
    content = "The 12 m boat sails well. The boat has two sails.\n\nN/A\n\nIt is open"
    texts = [each.text for each in statements(passage(content))]
    assert texts[:2] == ["The 12 m boat sails well.", "The boat has two sails."]
    assert not any("N/A It" in text for text in texts)


def test_names_of_columns_and_the_values_below_them_are_one_pair() -> None:
    content = (
        "Listed under the harbour act:\n\n"
        "Name of each vessel that is listed Berth Code Port in which it is registered\n\n"
        "Larch Ferry, 40 m LRF Port Elm"
    )
    *_, pair = statements(passage(content))
    assert (pair.kind, pair.key) == (
        "pair",
        "Name of each vessel that is listed Berth Code Port in which it is registered",
    )
    assert "LRF" in pair.text


def test_a_long_number_is_no_heading_and_a_list_may_have_two_sorts_of_marks() -> None:
    found = statements(passage("ISBN 978-1-4028-9462-6\n\n• Signs to report:\n＊ Smoke\n＊ Noise"))
    assert [(each.text, each.lead) for each in found] == [
        ("ISBN 978-1-4028-9462-6", ""),
        ("• Signs to report:", ""),
        ("＊ Smoke", "Signs to report:"),
        ("＊ Noise", "Signs to report:"),
    ]


def test_a_sentence_after_a_numbered_one_goes_on_with_it() -> None:
    *_, last = statements(passage("1. The otter lives here. It is a metre long.\n2. It swims."))[:2]
    assert last.before == ("1. The otter lives here.",)


def test_running_text_that_ends_in_a_question_is_no_question() -> None:
    content = "Three hours are kept by the library.It costs little. “Would you pay?”"
    assert any("library" in each.text for each in statements(passage(content)))


def test_a_title_and_the_date_below_it_are_no_names_and_values() -> None:
    found = statements(passage("Results of the Harbour Survey\n\nSpring 2023\n\nIt was calm."))
    assert [each.text for each in found] == ["It was calm."]
    assert "Results of the Harbour Survey" in found[0].headings
