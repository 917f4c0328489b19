"""Where a sentence ends, by example."""

from __future__ import annotations

from itertools import pairwise

import pytest

from shared.text.sentences import sentence_ends


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
        ("", [""]),
        ("no end at all", ["no end at all"]),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    ends = [0, *sentence_ends(text), len(text)]
    assert [text[start:end] for start, end in pairwise(ends)] == parts
