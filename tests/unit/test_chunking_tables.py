"""Tables become Markdown with caption and header; pictures are joined with their captions."""

from __future__ import annotations

import re

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.chunking.figures import label_of
from services.extractor.chunking.tables import markdown_row, table_chunks
from services.extractor.document import Block, Page
from tests.support.readers import WordTokenizer

TOKENIZER = WordTokenizer()
ROWS = (("Part", "Torque"), ("Bolt", "12 Nm"), ("Nut", "9 Nm"))


def table(rows: tuple[tuple[str, ...], ...] = ROWS) -> Block:
    return Block("table", "", 1, (10, 10, 90, 90), rows=rows)


def test_a_small_table_is_one_chunk_of_markdown() -> None:
    (draft,) = chunk([Page(1, (table(),))], TOKENIZER)
    assert draft.chunk_type == "table"
    assert draft.content == "| Part | Torque |\n|-|-|\n| Bolt | 12 Nm |\n| Nut | 9 Nm |"
    assert draft.box == (10, 10, 90, 90)


def test_every_part_of_a_long_table_repeats_its_caption_and_header() -> None:
    rows = (("Part", "Torque"), *((f"Bolt {number}", "12 Nm") for number in range(50)))
    parts = list(table_chunks(rows, "Table 1: Torques", TOKENIZER, 60))
    assert len(parts) > 3
    assert all(part.text.startswith("Table 1: Torques\n| Part | Torque |") for part in parts)
    assert all(len(TOKENIZER.spans(part.text)) == part.tokens <= 60 for part in parts)
    for number in range(50):
        assert sum(f"| Bolt {number} |" in part.text for part in parts) == 1


def test_a_row_longer_than_a_chunk_is_cut_without_loss() -> None:
    long = " ".join(f"w{number}" for number in range(300))
    parts = [part.text for part in table_chunks((("A", "B"), ("x", long)), "", TOKENIZER, 50)]
    assert all(len(TOKENIZER.spans(text)) <= 50 for text in parts)
    words = re.findall(r"w\d+", " ".join(parts))
    assert words == [f"w{number}" for number in range(300)]


def test_a_huge_header_is_not_repeated_but_kept_once() -> None:
    header = tuple(f"column {number} with a long name" for number in range(12))
    rows = (header, *(tuple("x" for _ in header) for _ in range(9)))
    joined = "\n".join(part.text for part in table_chunks(rows, "", TOKENIZER, 60))
    assert joined.count("column 11 with a long name") == 1


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        (("a", "b"), "| a | b |"),
        (("a|b", "c\nd"), "| a\\|b | c d |"),
        (("", "  x  "), "|  | x |"),
    ],
)
def test_cells_cannot_break_a_row(cells: tuple[str, ...], row: str) -> None:
    assert markdown_row(cells) == row


@pytest.mark.parametrize(
    ("caption", "label"),
    [
        ("Table 2: Results", "Table 2"),
        ("Fig. 3.1 The pump", "Fig. 3.1"),
        ("Abbildung 4 \u2013 Aufbau", "Abbildung 4"),
        ("Results of the test", ""),
    ],
)
def test_the_label_of_a_caption_is_found(caption: str, label: str) -> None:
    assert label_of(caption) == label


def test_a_table_that_the_text_refers_to_gives_a_composite_chunk() -> None:
    blocks = (
        Block("paragraph", "Wear gloves. Table 1 lists the torques to use. Then stop.", 1),
        Block("caption", "Table 1: Torques", 1),
        table(),
    )
    drafts = {draft.chunk_type: draft for draft in chunk([Page(1, blocks)], TOKENIZER)}
    assert set(drafts) == {"text", "table", "composite"}
    composite = drafts["composite"].content
    assert composite.startswith("Table 1: Torques\nTable 1 lists the torques to use.\n| Part")
    assert "gloves" not in composite
    assert drafts["table"].content.startswith("Table 1: Torques\n")
    assert "Torques" not in drafts["text"].content.replace("lists the torques", "")


def test_composite_chunks_are_a_small_share_of_all_tokens() -> None:
    talk = Block("paragraph", " ".join(f"Table {n} is good." for n in range(1, 41)), 1)
    captioned = [
        block
        for number in range(1, 41)
        for block in (Block("caption", f"Table {number}: Torques", 1), table())
    ]
    drafts = list(chunk([Page(1, (talk, *captioned))], TOKENIZER))
    tokens = {"composite": 0, "other": 0}
    for draft in drafts:
        kind = "composite" if draft.chunk_type == "composite" else "other"
        tokens[kind] += draft.token_count
    assert tokens["composite"] <= 0.05 * tokens["other"] + 250


def test_a_picture_chunk_has_its_caption() -> None:
    blocks = (
        Block("paragraph", "The pump is shown in Figure 1. It is red.", 1),
        Block("image", "", 1, (0, 0, 9, 9), image=b"png", image_ext="png"),
        Block("caption", "Figure 1: The pump", 1),
    )
    drafts = list(chunk([Page(1, blocks)], TOKENIZER))
    (picture,) = [draft for draft in drafts if draft.chunk_type == "image"]
    assert picture.content == "Figure 1: The pump\nThe pump is shown in Figure 1."
    assert (picture.image, picture.image_ext) == (b"png", "png")


def test_a_picture_without_caption_has_the_text_next_to_it() -> None:
    words = " ".join(f"w{number}" for number in range(100))
    picture = Block("image", "", 1, image=b"png", image_ext="png")
    drafts = chunk([Page(1, (Block("paragraph", words, 1), picture))], TOKENIZER)
    (content,) = [draft.content for draft in drafts if draft.chunk_type == "image"]
    assert content.startswith("w0 w1")
    assert len(TOKENIZER.spans(content)) <= 60


def test_a_picture_without_any_text_still_has_content() -> None:
    picture = Block("image", "", 4, image=b"png", image_ext="png")
    (draft,) = chunk([Page(4, (picture,))], TOKENIZER)
    assert draft.content == "Picture on page 4"
