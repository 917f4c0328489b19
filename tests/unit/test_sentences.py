"""Sentences and their ends, in several languages."""

from __future__ import annotations

from itertools import pairwise

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


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two.", ["One.", " Two."]),
        ("Is it? Yes! Good.", ["Is it?", " Yes!", " Good."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', " Then he left."]),
        ("See Fig. 3 for details. It is red.", ["See Fig. 3 for details.", " It is red."]),
        ("It costs 3.50 euros. Pay now.", ["It costs 3.50 euros.", " Pay now."]),
        ("J. R. Smith wrote it. It is long.", ["J. R. Smith wrote it.", " It is long."]),
        ("Use a tool, e.g. Python. Then rest.", ["Use a tool, e.g. Python.", " Then rest."]),
        ("It ends here. but this goes on.", ["It ends here. but this goes on."]),
        ("今日は晴れ。明日は雨\uff01本当\uff1f", ["今日は晴れ。", "明日は雨\uff01", "本当\uff1f"]),
        ("هل هذا صحيح؟ نعم هو كذلك.", ["هل هذا صحيح؟", " نعم هو كذلك."]),
        ("Version 2.0 is out. Version 3 follows.", ["Version 2.0 is out.", " Version 3 follows."]),
        ("Ducks swim.[5][16] They fly.", ["Ducks swim.[5][16]", " They fly."]),
        ("So it was.[citation needed] Now not.", ["So it was.[citation needed]", " Now not."]),
        ("Of all women.2,3 About 7 % are.", ["Of all women.2,3", " About 7 % are."]),
        ("See Fig.2 The lid. Add 1.5 Litres.", ["See Fig.2 The lid.", " Add 1.5 Litres."]),
        ("Since Dec. 20, 2018 it holds. Good.", ["Since Dec. 20, 2018 it holds.", " Good."]),
        ("We met in Dec. Then it rained.", ["We met in Dec.", " Then it rained."]),
        ("As 18 U.S.C. § 7 says. It is law.", ["As 18 U.S.C. § 7 says.", " It is law."]),
        ("", [""]),
        ("no end at all", ["no end at all"]),
    ],
)
def test_ends_divide_a_text_into_its_sentences(text: str, parts: list[str]) -> None:
    ends = [0, *sentence_ends(text), len(text)]
    assert [text[start:end] for start, end in pairwise(ends)] == parts


def test_ends_are_given_for_every_sentence_but_the_last() -> None:
    assert sentence_ends("One. Two. Three.") == [4, 9]
