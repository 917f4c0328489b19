"""Statements are literal parts of a passage and have a meaning from above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.query.answers.statement import Statement, continues
from services.query.answers.statements import statements
from shared.text.chunk_sentences import Kind, Sentence
from tests.support.passages import passage


def found(content: str, **fields: str) -> list[Statement]:
    return statements(passage(content, **fields))


def quotes(content: str) -> list[str]:
    return [each.quote for each in found(content)]


LIMITS = "Table 1: Limits\n| Unit | Delay |\n|-|-|\n| UF-1 | 20 minutes |\n| UF\\|2 |  |\n"
SECTIONS = "Gate north\n\nSize\n\nIt is wide.\n\nPaint\n\nIt is red."
MORE = SECTIONS + "\n\nGate south\n\nSize\n\nIt is low.\n\nPaint\n\nIt is blue."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("One is done. Two is due.", ["One is done.", "Two is due."]),
        ("4.2 Monthly checks\n\nThe lamp is checked.", ["The lamp is checked."]),
        ("**Is it lit?**\n\nYes, always.", ["Yes, always."]),
        ("Is it lit? Yes, always.", ["Yes, always."]),
        ("Q: Is it lit?\nA: Yes, always.", ["Yes, always."]),
        ("Lamp\n: In the hall.", ["In the hall."]),
        ("A line\nthat wraps. End.", ["A line\nthat wraps.", "End."]),
        ("Figure 2 The lamp\n\nIt is lit.", ["It is lit."]),
        ("Heading alone", []),
        ("12.5 / 3 | 4", ["12.5 / 3 | 4"]),
        ("", []),
    ],
)
def test_headings_questions_and_captions_are_no_statements(
    content: str, expected: list[str]
) -> None:
    assert quotes(content) == expected


def test_a_statement_stands_under_its_question() -> None:
    (answer,) = found("**Where is the lamp?**\n\nIn the hall.")
    assert (answer.question, answer.key) == ("Where is the lamp?", "Where is the lamp?")
    assert answer.meaning == "Where is the lamp?: In the hall."


def test_items_stand_under_their_lead_in_and_parents() -> None:
    content = "The kit holds:\n\n- tools:\n  - a saw\n- a rope"
    _, _, saw, rope = found(content)
    assert (saw.text, saw.lead) == ("- a saw", "The kit holds: tools:")
    assert (rope.text, rope.lead) == ("- a rope", "The kit holds:")


def test_headings_that_come_again_stand_below_those_that_do_not() -> None:
    paths = [each.headings for each in found(MORE, section="Gates > Gate north > Size")]
    assert paths == [
        ("Gates", "Gate north", "Size"),
        ("Gates", "Gate north", "Paint"),
        ("Gates", "Gate south", "Size"),
        ("Gates", "Gate south", "Paint"),
    ]


@pytest.mark.parametrize(
    ("section", "content", "path"),
    [
        ("Rooms > Hall", "Hall\n\nIt is warm.\n\nCellar\n\nIt is cold.", ("Rooms", "Cellar")),
        ("2 Rooms", "2.1 Hall\n\nA.\n\n2.2 Cellar\n\nIt is cold.", ("2 Rooms", "2.2 Cellar")),
        ("2 Rooms > 2.1 Hall", "It is warm.\n\n3 Roof\n\nIt is cold.", ("3 Roof",)),
        ("", "Rooms\n\nHall\n\nIt is cold.", ("Rooms", "Hall")),
    ],
)
def test_the_path_follows_the_headings(section: str, content: str, path: tuple[str, ...]) -> None:
    assert found(content, section=section)[-1].headings == path


def test_the_names_of_a_column_are_those_of_all_its_header_rows_below_all_titles() -> None:
    lines = [
        "Stores",
        "(in thousands)",
        "|  | 2022 | 2023 |",
        "|  | Open | Shut |",
        "| A | 1 | 2 |",
    ]
    content = "\n".join(lines)
    kinds: list[Kind] = ["caption", "caption", "heading", "heading", "table_row"]
    ends = [sum(len(each) + 1 for each in lines[: at + 1]) - 1 for at in range(len(lines))]
    sentences = tuple(
        Sentence(end - len(text), end, kind)
        for text, end, kind in zip(lines, ends, kinds, strict=True)
    )
    (row,) = statements(replace(passage(content), sentences=sentences))
    assert (row.quote, row.header) == ("| A | 1 | 2 |", ("", "2022 Open", "2023 Shut"))
    assert row.table == "Stores (in thousands)"


def test_rows_keep_their_header_and_key() -> None:
    first, second = found(LIMITS)
    assert first.quote == "| UF-1 | 20 minutes |"
    assert (first.key, first.header, first.table) == ("UF-1", ("Unit", "Delay"), "Table 1: Limits")
    assert first.meaning == "Table 1: Limits: Unit: UF-1; Delay: 20 minutes"
    assert second.cells == ("UF|2", "")


@pytest.mark.parametrize(
    "first", ["| B7 | 40 | 12 |", "| Beam |  | Load |", "| oak beam | north | low |"]
)
def test_a_first_row_of_data_is_a_statement_and_no_header(first: str) -> None:
    rows = found(f"{first}\n|-|-|-|\n| ash beam | south | high |")
    assert [each.header for each in rows] == [(), ()]
    assert rows[0].text == first


def test_years_may_name_columns() -> None:
    (row,) = found("| Crop | 2030 | 2031 |\n|-|-|-|\n| Rye | 4 | 5 |")
    assert row.header == ("Crop", "2030", "2031")


def test_rows_of_a_change_history_are_marked_as_historical() -> None:
    history = "| Version | Date | Change |\n|-|-|-|\n| 2 | May | Due after 24 hours, not 48. |"
    (row,) = found(history)
    assert row.historical
    assert not any(each.historical for each in found(LIMITS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("It is red.", True), ("These hang low.", True), ("Item 3 is red.", False), ("", False)],
)
def test_a_pronoun_continues_the_subject(text: str, expected: bool) -> None:
    assert continues(text) is expected


@pytest.mark.parametrize("content", [LIMITS, "  One.  Two!\n\n| a |\n| b |\nThree.", "日本。語。"])
def test_every_quote_is_at_its_offset(content: str) -> None:
    every = found(content)
    assert every
    for each in every:
        assert content[each.start : each.end] == each.quote


def test_hidden_and_struck_sentences_are_no_statements() -> None:
    content = "The lamp is red. The lamp is blue. The lamp is old."
    sentences = (Sentence(0, 16, hidden=True), Sentence(17, 34, struck=True), Sentence(35, 51))
    found = statements(passage(content, sentences=sentences))
    assert [each.quote for each in found] == ["The lamp is old."]
