"""Line breaks end a sentence between facts, items and headings, and not within wrapped prose."""

from __future__ import annotations

import pytest

from shared.text.sentences import sentence_spans, split_content, split_paragraphs

WRAPPED = """The pump is started by the shift leader after the
Monday check of the valves, and never before the
water has reached the mark."""


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Ladder: hay loft\nLantern: boat house\nSewing machine: boiler room",
        "**Ladder:** hay loft\n**Lantern:** boat house",
        "電話：03-1234\n住所：東京",
        "E241 refill the coolant\nE147 empty the tray",
        "SOP-017 Cleaning of rooms\nSOP-018 Waste",
        "12.05.2024 The pump was replaced\n14.05.2024 The valve was replaced",
        "Ladder\thay loft\nLantern\tboat house",
        "Ladder ..... hay loft\nLantern ..... boat house",
        "timeout = 30\nretries = 5",
        "Ladder – hay loft\nLantern – boat house",
        "Apples\nPears\nPlums",
        "Bring these:\nan apple",
        "Do:\n1. Wash the dish.\n2. Dry the dish.",
        "**Where is the ladder?**\nHay loft.",
        "Q: Where is the ladder?\nA: In the hay loft.",
        "The mark of the house\nBoard of the mill that is as wide as this line of the sheet is",
    ],
)
def test_each_line_of_a_list_of_facts_is_a_sentence(text: str) -> None:
    assert sentences(text) == text.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        WRAPPED,
        "The valve is opened at 10:30 by two\npersons who know it.",
        "See the manual, which names the part as\nE241 or another one of the list.",
        "wrapped\nline",
        "- an item that is as long as its line\n  and goes on in the next",
    ],
)
def test_wrapped_prose_stays_one_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_the_number_of_an_item_belongs_to_its_sentence() -> None:
    assert sentences("4.2. Open the valve. Wait.") == ["4.2. Open the valve.", "Wait."]
    assert sentences("(a) The first. B. Then on.") == ["(a) The first.", "B. Then on."]


def test_items_and_bold_lines_have_their_own_kind() -> None:
    text = "**Care**\nWash it.\n- Soap\n- Water"
    assert [kind for _, _, kind in split_paragraphs(text)] == [
        "heading",
        "prose",
        "list_item",
        "list_item",
    ]
    assert split_paragraphs("**Never open it.**")[0][2] == "prose"


def test_printed_lines_of_facts_are_sentences_without_line_breaks() -> None:
    text = "Ladder: hay loft Lantern: boat house"
    parts = split_paragraphs(text, printed_ends=[16, 36])
    assert [text[start:end] for start, end, _ in parts] == [
        "Ladder: hay loft",
        "Lantern: boat house",
    ]


def test_rows_of_a_table_are_sentences_and_its_rule_is_none() -> None:
    content = "Table 1: Limits\n| Unit | Delay |\n|-|-|\n| UF-1 | 20 |\nNote. It ends."
    found = [(content[start:end], kind) for start, end, kind in split_content(content)]
    assert found == [
        ("Table 1: Limits", "prose"),
        ("| Unit | Delay |", "heading"),
        ("| UF-1 | 20 |", "table_row"),
        ("Note.", "prose"),
        ("It ends.", "prose"),
    ]


@pytest.mark.parametrize("content", ["| 12 | 13 |\n|-|-|\n| 14 | 15 |", "| a | b |\n| c | d |"])
def test_a_table_without_header_has_rows_only(content: str) -> None:
    assert {kind for _, _, kind in split_content(content)} == {"table_row"}


def test_hostile_lines_are_split_in_linear_time() -> None:
    for text in ("*" * 50_000, "a " * 50_000, "1" * 50_000, ":\n" * 20_000, "| " * 50_000):
        assert sum(end - start for start, end in sentence_spans(text)) <= len(text)
