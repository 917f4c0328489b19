"""Where sentences begin and end."""

from __future__ import annotations

import pytest

from shared.text.sentences import sentence_ends, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        (
            "Dr. Smith met J. Doe, e.g. at 5.30. He left.",
            ["Dr. Smith met J. Doe, e.g. at 5.30.", "He left."],
        ),
        ('He said "Stop." Then left.', ['He said "Stop."', "Then left."]),
        ("これは本。赤い！", ["これは本。", "赤い！"]),
        ("Heading\n\nBody text.", ["Heading", "Body text."]),
        ("Do:\n1. wash\n2. dry", ["Do:", "1. wash", "2. dry"]),
        ("wrapped\nline", ["wrapped\nline"]),
        ("  \n\n ", []),
    ],
)
def test_sentences_are_found(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_ends_lie_behind_each_sentence_but_the_last() -> None:
    assert sentence_ends("One. Two. Three.") == [4, 9]
