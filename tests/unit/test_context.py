"""The text that is encoded: title, section path and content, each word once and not too long."""

from __future__ import annotations

import pytest

from shared.encoders.base import BUNDLED_MODEL
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.model_folder import CONTEXT_TOKENS, TOKENIZER, find_folder
from shared.text.context import MAX_TOKENS, context_line, readable_name, tokens_of, with_context
from tests.support.encoders import HAS_WEIGHTS, NO_WEIGHTS


@pytest.mark.parametrize(
    ("title", "file_name", "section", "content", "expected"),
    [
        ("Labels", "l.pdf", "", "It is yellow.", "Labels"),
        ("", "sample_labels.pdf", "", "It is yellow.", "sample labels"),
        ("", "", "", "It is yellow.", ""),
        ("Labels", "", "4 Storage > Expired", "It is yellow.", "Labels. 4 Storage. Expired"),
        # A heading that the title or an inner heading says is left out.
        ("Labels of Samples", "", "Labels > Colours", "Yellow.", "Labels of Samples. Colours"),
        ("Labels", "", "Storage > Storage of samples", "Yellow.", "Labels. Storage of samples"),
        # A section's first chunk begins with its heading.
        ("Labels", "", "4 Storage", "4 Storage\nIt is yellow.", "Labels"),
        ("Labels", "", "4 Storage", "LABELS\n4 Storage\nIt is yellow.", "4 Storage"),
    ],
)
def test_a_context_has_title_and_headings_that_say_something_new(
    title: str, file_name: str, section: str, content: str, expected: str
) -> None:
    line = context_line(content, title=title, file_name=file_name, section=section)
    assert line == expected
    whole = with_context(content, title=title, file_name=file_name, section=section)
    assert whole == (f"{expected}\n{content}" if expected else content)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("handbook.pdf", "handbook"),
        ("SOP-017_v2.docx", "SOP-017 v2"),
        ("Version 4.2.1", "Version 4.2.1"),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301.pdf", ""),
        ("report 9e107d9d372bb6826bd81d3542a419d6", "report"),
        ("scan_20240118093055", "scan"),
        ("deadbeefface", "deadbeefface"),
        ("Annual report 2024", "Annual report 2024"),
        ("---", ""),
    ],
)
def test_names_lose_what_programs_put_into_them(name: str, expected: str) -> None:
    assert readable_name(name) == expected


def test_a_long_title_and_outer_headings_give_way_to_the_innermost_heading() -> None:
    section = " > ".join([*(f"outer heading number {n}" for n in range(9)), "the inner one"])
    line = context_line("Text.", title="word " * 100, section=section)
    assert line.endswith("the inner one")
    assert line.startswith("word word")
    assert tokens_of(line) <= MAX_TOKENS + 9  # the full stops between the parts


@pytest.mark.parametrize("title", ["標" * 400, "x" * 10_000, "1234567 " * 90, "a.b" * 300])
def test_a_hostile_title_is_cut(title: str) -> None:
    assert tokens_of(context_line("Text.", title=title)) <= MAX_TOKENS


@pytest.mark.skipif(not HAS_WEIGHTS, reason=NO_WEIGHTS)
def test_a_context_leaves_the_bundled_model_room_for_the_largest_chunk() -> None:
    folder = find_folder(BUNDLED_MODEL)
    assert folder is not None
    tokenizer = BertTokenizer(folder / TOKENIZER, 512)
    for title, section in (
        ("標識の管理" * 90, "保管 > 期限切れの試料" * 9),
        ("Abweichungsberichtsgenehmigungsverfahren " * 9, "Ω" * 90),
        ("SOP-0017/4.2.1-A 7745-0091-E " * 30, "4.2.1 " * 50),
    ):
        (tokens,) = tokenizer.count([context_line("Text.", title=title, section=section)])
        assert 0 < tokens <= CONTEXT_TOKENS
