"""A caption with the sentences on other pages that refer to it is a chunk of its own."""

from __future__ import annotations

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.chunking.composites import labels
from services.extractor.document import Block, Page
from tests.support.readers import WordTokenizer

CAPTION = "Figure 3: Losses by depth of the well."
SHOWS = "Figure 3 shows that losses double below forty metres."


def page(number: int, *blocks: Block) -> Page:
    return Page(number, blocks, width=600, height=800)


def text(number: int, content: str, kind: str = "paragraph") -> Block:
    box = (10.0, 20.0 * number, 300.0, 20.0 * number + 10)
    return Block(kind, content, number, box, line_ends=((len(content), box),))  # type: ignore[arg-type]


def composites(*pages: Page, size: int = 250) -> list[tuple[str, int | None]]:
    drafts = chunk(pages, WordTokenizer(), size)
    return [(each.content, each.page_num) for each in drafts if each.chunk_type == "composite"]


def test_a_caption_is_put_beside_the_sentence_of_an_earlier_page() -> None:
    before = page(1, text(1, f"Wells lose water. {SHOWS} They are deep."))
    assert composites(before, page(2, text(2, CAPTION, "caption"))) == [(f"{CAPTION}\n{SHOWS}", 2)]


def test_its_sentences_have_the_pages_and_boxes_where_they_are_printed() -> None:
    before = page(1, text(1, f"Wells lose water. {SHOWS} They are deep."))
    drafts = chunk([before, page(2, text(2, CAPTION, "caption"))], WordTokenizer())
    (draft,) = (each for each in drafts if each.chunk_type == "composite")
    assert [(each.kind, each.page) for each in draft.sentences] == [("caption", 2), ("prose", 1)]
    assert [box.y0 for each in draft.sentences for box in each.boxes] == [40, 20]
    assert draft.content[draft.sentences[1].start : draft.sentences[1].end] == SHOWS


def test_chunks_stay_in_the_order_of_their_pages() -> None:
    pages = [
        page(1, text(1, SHOWS)),
        page(2, text(2, CAPTION, "caption"), text(2, "More text follows here.")),
        page(3, text(3, "The end of it.")),
    ]
    numbers = [each.page_num or 0 for each in chunk(pages, WordTokenizer(), 12)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    "other",
    [
        "Figure 4 shows something else.",
        "Table 3 has the numbers of it.",
        "No figure is named in this sentence.",
    ],
)
def test_other_sentences_make_none(other: str) -> None:
    assert composites(page(1, text(1, other)), page(2, text(2, CAPTION, "caption"))) == []


def test_a_sentence_on_the_page_of_the_caption_says_it_there_already() -> None:
    assert composites(page(1, text(1, SHOWS), text(1, CAPTION, "caption"))) == []


def test_a_composite_has_no_more_tokens_than_other_chunks() -> None:
    before = [page(at, text(at, f"Figure 3 has point {at} of it.")) for at in (1, 2)]
    found = composites(*before, page(3, text(3, CAPTION, "caption")), size=18)
    assert found == [(f"{CAPTION}\nFigure 3 has point 1 of it.", 3)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("See Fig. 3 and Figure 3.", [("fig", "3")]),
        ("Tabelle A.1 und Abb. 2-4", [("abb", "2-4")]),
        ("Chart 5 of 2020, Table A1", [("chart", "5"), ("tab", "A1")]),
        ("a stable 3 figures", []),
    ],
)
def test_labels_are_found_in_their_spellings(
    sentence: str, expected: list[tuple[str, str]]
) -> None:
    assert labels(sentence) == expected
