"""Sentences of chunks have exact offsets, kinds, and the page and boxes of their own lines."""

from __future__ import annotations

import random

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.document import Block, BlockKind, Box, ChunkDraft, Mark, Page
from shared.text.chunk_sentences import LineBox, Sentence
from tests.support.readers import WordTokenizer
from tests.unit.test_chunking import random_pages

TOKENIZER = WordTokenizer()
ROWS = (("Part", "Torque"), ("Bolt", "12 Nm"), ("Nut", "9 Nm"))


def parts(draft: ChunkDraft) -> list[tuple[str, str]]:
    return [(each.kind, draft.content[each.start : each.end]) for each in draft.sentences]


def only(*blocks: Block) -> ChunkDraft:
    (draft,) = chunk([Page(1, blocks)], TOKENIZER)
    return draft


def line(number: int) -> Box:
    return (10.0, 20.0 * number, 90.0, 20.0 * number + 10)


def lined(text: str, page: int, *ends: int, kind: BlockKind = "paragraph") -> Block:
    places = tuple((end, line(number)) for number, end in enumerate((*ends, len(text)), start=1))
    return Block(kind, text, page, (10, 20, 90, 20.0 * len(places) + 10), line_ends=places)


def test_sentences_have_the_kind_of_their_block() -> None:
    draft = only(
        Block("heading", "4. Scope", 1, level=1),
        Block("paragraph", "It applies. To all:", 1),
        Block("list", "1. Wash it. Well.", 1),
        Block("field", "Ada Lovelace\nLondon", 1),
        Block("caption", "Figure 1: A pump", 1),
    )
    assert parts(draft) == [
        ("heading", "4. Scope"),
        ("prose", "It applies."),
        ("prose", "To all:"),
        ("list_item", "1. Wash it."),
        ("list_item", "Well."),
        ("form_field", "Ada Lovelace"),
        ("form_field", "London"),
        ("caption", "Figure 1: A pump"),
    ]


def test_a_sentence_has_one_box_for_each_printed_line() -> None:
    draft = only(lined("One is on a line. Two goes on there.", 1, 22))
    assert [each.boxes for each in draft.sentences] == [
        (LineBox(1, *line(1)),),
        (LineBox(1, *line(1)), LineBox(1, *line(2))),
    ]


def test_a_sentence_across_two_pages_has_boxes_on_both() -> None:
    pages = [
        Page(1, (lined("It begins. The valve must be closed before the", 1),)),
        Page(2, (lined("pump is opened. Then wait.", 2),)),
    ]
    (draft,) = chunk(pages, TOKENIZER)
    first, across, last = draft.sentences
    assert (first.page, across.page, last.page) == (1, 1, 2)
    assert [box.page for box in across.boxes] == [1, 2]
    assert [box.page for box in last.boxes] == [2]


@pytest.mark.parametrize(
    ("turns", "box"),
    [
        (0, (10, 20, 90, 30)),
        (1, (20, 110, 30, 190)),
        (2, (110, 270, 190, 280)),
        (3, (270, 10, 280, 90)),
    ],
)
def test_boxes_lie_on_the_unrotated_page(turns: int, box: Box) -> None:
    page = Page(1, (lined("It is here.", 1),), width=200, height=300, turns=turns)
    (draft,) = chunk([page], TOKENIZER)
    assert draft.box == line(1)
    assert draft.sentences[0].boxes == (LineBox(1, *box),)


def test_text_without_pages_has_no_page_and_no_boxes() -> None:
    (draft,) = chunk([Page(1, (Block("paragraph", "One. Two.", None),))], TOKENIZER)
    assert draft.page_num is None
    assert draft.sentences == (Sentence(0, 4), Sentence(5, 9))


def test_sentences_have_the_label_of_their_page() -> None:
    pages = [
        Page(1, (lined("The valve must be closed before the", 1),), label="iv"),
        Page(2, (lined("pump is opened. Then wait.", 2),), label="1"),
    ]
    (draft,) = chunk(pages, TOKENIZER)
    assert [each.page_label for each in draft.sentences] == ["iv", "1"]


def test_rows_of_a_table_have_their_own_boxes() -> None:
    caption = lined("Table 1: Torques", 1, kind="caption")
    boxes = tuple(line(number) for number in range(3, 6))
    table = Block("table", "", 1, (0, 0, 99, 99), rows=ROWS, row_boxes=boxes)
    draft = only(caption, table)
    assert parts(draft) == [
        ("caption", "Table 1: Torques"),
        ("heading", "| Part | Torque |"),
        ("table_row", "| Bolt | 12 Nm |"),
        ("table_row", "| Nut | 9 Nm |"),
    ]
    assert [each.boxes for each in draft.sentences] == [
        (LineBox(1, *box),) for box in (line(1), *boxes)
    ]


def test_rows_have_the_box_of_their_table_or_the_page_of_their_row_if_no_more_is_known() -> None:
    (plain,) = chunk([Page(1, (Block("table", "", 1, line(1), rows=ROWS),))], TOKENIZER)
    assert {each.boxes for each in plain.sentences} == {(LineBox(1, *line(1)),)}
    paged = Block("table", "", 3, rows=ROWS, row_pages=(2, 2, 3))
    (draft,) = chunk([Page(3, (paged,))], TOKENIZER)
    assert [each.page for each in draft.sentences] == [2, 2, 3]


def test_the_lines_above_a_table_have_their_own_kinds_and_boxes() -> None:
    table = Block("table", "", 1, (10, 45, 90, 90), rows=ROWS)
    lead_in = lined("Wear gloves. They were (in Nm):", 1, 12)
    text, part = chunk([Page(1, (lined("Torques", 1, kind="heading"), lead_in, table))], TOKENIZER)
    assert parts(text) == [("heading", "Torques"), ("prose", "Wear gloves.")]
    assert parts(part)[0] == ("prose", "They were (in Nm):")
    assert [each.boxes for each in (text.sentences[-1], part.sentences[0])] == [
        (LineBox(1, *line(1)),),
        (LineBox(1, *line(2)),),
    ]


def test_hidden_and_struck_text_is_flagged() -> None:
    marks = (Mark(0, 3, hidden=True), Mark(12, 14, struck=True))
    draft = only(Block("paragraph", "One. Two. Three.", 1, marks=marks))
    flags = [(each.hidden, each.struck) for each in draft.sentences]
    assert flags == [(True, False), (False, False), (False, True)]
    table = Block("table", "", 1, rows=ROWS, row_marks=(Mark(2, 3, struck=True),))
    assert [each.struck for each in only(table).sentences] == [False, False, True]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("max_tokens", [20, 64, 250])
def test_sentences_cover_every_word_of_every_chunk_in_order(seed: int, max_tokens: int) -> None:
    for draft in chunk(random_pages(random.Random(seed)), TOKENIZER, max_tokens):
        texts = [text for _, text in parts(draft)]
        assert "".join("".join(texts).split()) == "".join(draft.content.split())
        assert all(text == text.strip() for text in texts)
