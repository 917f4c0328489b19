"""Sentences of a passage are headings, questions, items, pairs, rows or prose."""

from __future__ import annotations

import pytest

from services.query.answers.units import units
from services.query.retrieval.passages import unplaced_sentences
from tests.support.passages import passage


def kinds(content: str) -> list[tuple[str, str]]:
    found = units(content, unplaced_sentences(passage(content)))
    return [(each.kind, each.text) for each in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Anvil\n\nIt stands in the smithy.",
            [("heading", "Anvil"), ("prose", "It stands in the smithy.")],
        ),
        (
            "**Where is the anvil?**\n\nSmithy",
            [("question", "**Where is the anvil?**"), ("prose", "Smithy")],
        ),
        (
            "Q: Who rings the bell?\nA: The porter.",
            [("question", "Q: Who rings the bell?"), ("prose", "A: The porter.")],
        ),
        (
            "Anvil: smithy\nBellows: forge",
            [("pair", "Anvil: smithy"), ("pair", "Bellows: forge")],
        ),
        (
            "Bring these:\n\n- a rope\n- a lamp",
            [("lead_in", "Bring these:"), ("item", "- a rope"), ("item", "- a lamp")],
        ),
        (
            "2.1 Fuel\n\nUse oak only.",
            [("heading", "2.1 Fuel"), ("prose", "Use oak only.")],
        ),
        (
            "1. Open the lid\n\n2. Pour the water\n\n3. Close the lid",
            [
                ("item", "1. Open the lid"),
                ("item", "2. Pour the water"),
                ("item", "3. Close the lid"),
            ],
        ),
        (
            "Anvil\n: In the smithy.",
            [("heading", "Anvil"), ("prose", ": In the smithy.")],
        ),
        (
            "Table 3: Loads\n| Beam | Load |\n|-|-|\n| B1 | 40 |",
            [("caption", "Table 3: Loads"), ("row", "| Beam | Load |"), ("row", "| B1 | 40 |")],
        ),
        (
            "Fuel ........ 12\n\nUse oak only.",
            [("furniture", "Fuel ........ 12"), ("prose", "Use oak only.")],
        ),
        (
            "Printed copies are uncontrolled, page 2 of 9",
            [("furniture", "Printed copies are uncontrolled, page 2 of 9")],
        ),
    ],
)
def test_each_sentence_has_its_part(content: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(content) == expected


@pytest.mark.parametrize("content", ["", " \n", "12.5 / 3", "\n\n|-|-|\n"])
def test_content_without_words_has_no_prose(content: str) -> None:
    assert not [each for each in kinds(content) if each[0] == "heading"]


@pytest.mark.parametrize(
    ("text", "key"), [("Anvil: smithy", "Anvil"), ("- **Anvil**: smithy", "Anvil"), ("Smithy.", "")]
)
def test_a_pair_has_a_key(text: str, key: str) -> None:
    (unit,) = units(text, unplaced_sentences(passage(text)))
    assert unit.key == key


def test_the_title_below_a_signature_is_no_sentence() -> None:
    title = "Executive Vice President and Chief Financial Officer (Duly Authorized\nOfficer)"
    found = kinds(f"Ada signs here.\n\n{title}")
    assert found == [("prose", "Ada signs here."), ("furniture", title)]
