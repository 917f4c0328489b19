"""Tables become Markdown with title, unit and header in every part; pictures have captions."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.chunking.headers import kinds_of_rows
from services.extractor.chunking.sentences import Part
from services.extractor.chunking.tables import TablePart, markdown_row, table_chunks
from services.extractor.document import Block, Page
from tests.support.readers import WordTokenizer

TOKENIZER = WordTokenizer()
ROWS = (("Part", "Torque"), ("Bolt", "12 Nm"), ("Nut", "9 Nm"))


def table(rows: tuple[tuple[str, ...], ...] = ROWS) -> Block:
    return Block("table", "", 1, (10, 10, 90, 90), rows=rows)


def parts_of(
    rows: tuple[tuple[str, ...], ...], lead: tuple[str, ...], size: int
) -> list[TablePart]:
    lines = [Part(text, "caption", Block("caption", text, 1)) for text in lead]
    kinds = kinds_of_rows(rows, None, None)
    return list(table_chunks(table(rows), kinds, lines, TOKENIZER, size))


def test_a_small_table_is_one_chunk_of_markdown() -> None:
    (draft,) = chunk([Page(1, (table(),))], TOKENIZER)
    assert draft.chunk_type == "table"
    assert draft.content == "| Part | Torque |\n|-|-|\n| Bolt | 12 Nm |\n| Nut | 9 Nm |"
    assert draft.box == (10, 10, 90, 90)


def test_every_part_of_a_long_table_repeats_its_caption_and_header() -> None:
    rows = (("Part", "Torque"), *((f"Bolt {number}", "12 Nm") for number in range(50)))
    parts = parts_of(rows, ("Table 1: Torques", "in newton metres"), 60)
    head = "Table 1: Torques\nin newton metres\n| Part | Torque |\n|-|-|\n"
    assert len(parts) > 3
    assert all(part.text.startswith(head) for part in parts)
    assert all(len(TOKENIZER.spans(part.text)) == part.tokens <= 60 for part in parts)
    for number in range(50):
        assert sum(f"| Bolt {number} |" in part.text for part in parts) == 1


def test_a_row_longer_than_a_chunk_is_cut_without_loss() -> None:
    long = " ".join(f"w{number}" for number in range(300))
    parts = [part.text for part in parts_of((("A", "B"), ("x", long)), (), 50)]
    assert all(len(TOKENIZER.spans(text)) <= 50 for text in parts)
    words = re.findall(r"w\d+", " ".join(parts))
    assert words == [f"w{number}" for number in range(300)]


def test_a_huge_header_is_not_repeated_but_kept_once() -> None:
    header = tuple(f"column {number} with a long name" for number in range(12))
    rows = (header, *(tuple("x" for _ in header) for _ in range(9)))
    joined = "\n".join(part.text for part in parts_of(rows, (), 60))
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


def test_all_header_rows_and_titles_of_a_table_are_in_every_part() -> None:
    rows = (
        ("Stores of the company", "", ""),
        ("", "2022", "2023"),
        ("", "Opened", "Closed"),
        *((f"Region {number}", "12", "9") for number in range(40)),
    )
    parts = [part.text for part in parts_of(rows, (), 60)]
    head = "Stores of the company\n|  | 2022 | 2023 |\n|  | Opened | Closed |\n|-|-|-|\n| Region "
    assert len(parts) > 2
    assert all(part.startswith(head) for part in parts)


def test_rows_without_a_header_are_repeated_in_no_part() -> None:
    rows = tuple((f"Bolt {number}", f"{number} Nm", "9") for number in range(40))
    parts = [part.text for part in parts_of(rows, (), 60)]
    assert len(parts) > 2
    assert all("Bolt 0 " not in part and "|-|" not in part for part in parts[1:])


def contents(*blocks: Block) -> list[tuple[str, str]]:
    return [(draft.chunk_type, draft.content) for draft in chunk([Page(1, blocks)], TOKENIZER)]


BODY = "| Part | Torque |\n|-|-|\n| Bolt | 12 Nm |\n| Nut | 9 Nm |"


def test_heading_title_and_unit_above_a_table_are_its_first_lines_only() -> None:
    found = contents(
        Block("heading", "Torques", 1, level=1),
        Block("paragraph", "Bolts of the pump", 1),
        Block("paragraph", "(in newton metres, except for pins)", 1),
        table(),
        Block("paragraph", "Use no oil.", 1),
    )
    lead = "Torques\nBolts of the pump\n(in newton metres, except for pins)\n"
    assert found == [("table", lead + BODY), ("text", "Use no oil.")]


def test_only_the_last_sentence_of_a_lead_in_belongs_to_the_table() -> None:
    lead_in = Block("paragraph", "Wear gloves. Torques were as follows (in Nm):", 1)
    assert contents(lead_in, table()) == [
        ("text", "Wear gloves."),
        ("table", "Torques were as follows (in Nm):\n" + BODY),
    ]


def test_a_sentence_above_a_table_is_no_title() -> None:
    sentence = Block("paragraph", "Wear gloves.", 1)
    assert contents(sentence, table()) == [("text", "Wear gloves."), ("table", BODY)]


def test_a_line_far_above_a_table_or_beside_it_is_no_title() -> None:
    below = Block("table", "", 1, (10, 300, 90, 390), rows=ROWS)
    far = Block("paragraph", "The pump", 1, (10, 20, 90, 30))
    beside = Block("paragraph", "The pump", 1, (200, 290, 290, 299))
    for line in (far, beside):
        assert contents(line, below)[-1] == ("table", BODY)


def test_a_table_stands_behind_the_text_above_it() -> None:
    words = " ".join(f"Word {number}." for number in range(300))
    found = [kind for kind, _ in contents(Block("paragraph", words, 1), table(), table())]
    assert found[-2:] == ["table", "table"]
    assert set(found[:-2]) == {"text"}


def test_small_texts_around_a_table_of_one_section_share_a_chunk() -> None:
    found = contents(
        Block("paragraph", "Wear gloves.", 1), table(), Block("paragraph", "Use no oil.", 1)
    )
    assert found == [("text", "Wear gloves.\n\nUse no oil."), ("table", BODY)]


def picture(text: str = "") -> Block:
    return Block("image", text, 1, (0, 0, 9, 9), image=b"png", image_ext="png")


def test_a_picture_chunk_has_its_caption_and_its_own_text_alone() -> None:
    blocks = (
        Block("paragraph", "The pump is shown in Figure 1. It is red.", 1),
        picture("Pump type 7"),
        Block("caption", "Figure 1: The pump", 1),
    )
    text, image = chunk([Page(1, blocks)], TOKENIZER)
    assert (text.content, image.content) == (
        "The pump is shown in Figure 1. It is red.",
        "Figure 1: The pump\nPump type 7",
    )
    assert (image.chunk_type, image.image, image.image_ext) == ("image", b"png", "png")


def test_a_picture_without_caption_and_text_is_no_chunk() -> None:
    assert contents(Block("paragraph", "The pump.", 1), picture()) == [("text", "The pump.")]


def test_a_lead_in_at_the_end_of_a_page_belongs_to_the_table_on_the_next_one() -> None:
    lead_in = Block("paragraph", "Wear gloves. Torques were as follows (in Nm):", 1)
    number = Block("paragraph", "1", 1)
    pages = [Page(1, (lead_in, number)), Page(2, (replace(table(), page=2),))]
    text, part = chunk(pages, TOKENIZER)
    assert text.content == f"{lead_in.text}\n\n1"
    assert part.content == "Torques were as follows (in Nm):\n" + BODY
    assert [each.page for each in part.sentences] == [1, 2, 2, 2]


def test_a_name_above_one_column_hides_no_title_above_it() -> None:
    title = Block("paragraph", "in newton metres", 1, (10, 60, 40, 69))
    name = Block("paragraph", "Greatest", 1, (60, 75, 90, 84))
    below = Block("table", "", 1, (10, 90, 90, 190), rows=ROWS)
    assert contents(title, name, below) == [("table", "in newton metres\nGreatest\n" + BODY)]


def test_later_parts_repeat_the_first_sentence_of_a_long_caption() -> None:
    comment = "Smaller models do better than one would think. " * 6
    rows = (("Part", "Torque"), *((f"Bolt {at}", f"{at} Nm") for at in range(40)))
    first, second, *_ = parts_of(rows, (f"Table 1: Torques. {comment}",), 120)
    assert comment.strip() in first.text
    assert second.text.startswith("Table 1: Torques.\n| Part | Torque |")
