"""Chunks keep every word in order, fit the encoder, and know their page and section."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.document import Block, Box, Page
from tests.support.readers import WordTokenizer

LEFT: Box = (50, 100, 250, 300)
RIGHT: Box = (300, 50, 500, 250)


TOKENIZER = WordTokenizer()


def text(words: str, page: int = 1, box: Box | None = None) -> Block:
    return Block("paragraph", words, page, box)


def heading(words: str, level: int, page: int = 1) -> Block:
    return Block("heading", words, page, level=level)


def sentences(count: int, words: int = 9) -> str:
    return " ".join(f"Word{index} " + "is here " * (words // 2) + "now." for index in range(count))


def squeezed(words: str) -> str:
    return "".join(words.split())


def test_a_short_page_is_one_chunk_with_its_page_and_box() -> None:
    page = Page(3, (heading("Scope", 1, 3), text("It applies to all.", 3, LEFT)))
    (draft,) = chunk([page], TOKENIZER)
    assert draft.content == "Scope\n\nIt applies to all."
    assert (draft.page_num, draft.box, draft.section) == (3, LEFT, "Scope")
    assert draft.token_count == 6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("max_tokens", [20, 64, 250])
def test_all_words_are_kept_and_no_chunk_is_too_long(seed: int, max_tokens: int) -> None:
    pages = random_pages(random.Random(seed))
    drafts = list(chunk(pages, TOKENIZER, max_tokens))
    printed = "".join(squeezed(block.text) for page in pages for block in page.blocks)
    assert "".join(squeezed(draft.content) for draft in drafts) == printed
    for draft in drafts:
        assert len(TOKENIZER.spans(draft.content)) == draft.token_count <= max_tokens


def random_pages(chance: random.Random) -> list[Page]:
    def block(page: int) -> Block:
        if chance.random() < 0.2:
            return heading(f"Part {chance.randrange(99)}", chance.randint(1, 3), page)
        if chance.random() < 0.1:
            return text("x" * chance.randint(1, 400), page)
        return text(sentences(chance.randint(1, 30), chance.randint(2, 30)), page)

    return [
        Page(number, tuple(block(number) for _ in range(chance.randint(0, 6))))
        for number in range(1, 8)
    ]


def test_the_same_pages_give_the_same_chunks() -> None:
    pages = random_pages(random.Random(1))
    assert list(chunk(pages, TOKENIZER)) == list(chunk(pages, TOKENIZER))


def test_long_text_is_cut_between_sentences() -> None:
    drafts = list(chunk([Page(1, (text(sentences(100)),))], TOKENIZER, 100))
    assert all(draft.content.endswith("now.") for draft in drafts)
    assert all(draft.token_count >= 60 for draft in drafts[:-1])


def test_a_heading_starts_the_chunk_of_its_section() -> None:
    blocks = (text(sentences(12)), heading("Next part", 2), text(sentences(12)))
    first, second = chunk([Page(1, blocks)], TOKENIZER, 150)
    assert "Next part" not in first.content
    assert second.content.startswith("Next part")
    assert second.section == "Next part"


def test_no_chunk_spans_two_sections() -> None:
    about = sentences(3)
    blocks = tuple(block for name in "ABC" for block in (heading(name, 2), text(about)))
    drafts = list(chunk([Page(1, blocks)], TOKENIZER))
    assert [draft.content for draft in drafts] == [f"{name}\n\n{about}" for name in "ABC"]
    assert [draft.section for draft in drafts] == ["A", "B", "C"]


def test_a_heading_without_text_stands_above_its_first_subsection() -> None:
    blocks = (heading("Scope", 1), heading("Terms", 2), text("A valve is a part."))
    (draft,) = chunk([Page(1, blocks)], TOKENIZER)
    assert draft.content == "Scope\n\nTerms\n\nA valve is a part."
    assert draft.section == "Scope > Terms"


def test_the_lead_in_of_a_list_stays_with_its_first_item() -> None:
    items = tuple(Block("list", f"{at}. {sentences(1, 6)}", 1) for at in range(20))
    blocks = (text(sentences(8)), text("Do this in turn:"), *items)
    drafts = list(chunk([Page(1, blocks)], TOKENIZER, 100))
    (led,) = [draft.content for draft in drafts if "Do this in turn:" in draft.content]
    assert "Do this in turn:\n\n0. Word0" in led
    assert all(draft.content.endswith("now.") for draft in drafts)


def test_the_section_is_the_path_of_headings() -> None:
    blocks = (
        heading("Scope", 1),
        heading("Terms", 2),
        text(sentences(20)),
        heading("Duties", 1),
        text(sentences(20)),
    )
    drafts = list(chunk([Page(1, blocks)], TOKENIZER, 60))
    path = [draft.section for draft in drafts]
    assert set(path) == {"Scope > Terms", "Duties"}
    assert path == sorted(path, reverse=True)


def test_a_sentence_across_two_pages_stays_whole() -> None:
    pages = [
        Page(1, (text("The valve must be closed before the", 1, LEFT),)),
        Page(2, (text("pump is opened.", 2, RIGHT), text("Then wait.", 2, RIGHT))),
    ]
    (draft,) = chunk(pages, TOKENIZER)
    assert draft.content.startswith("The valve must be closed before the pump is opened.")
    assert (draft.page_num, draft.box) == (1, LEFT)


def test_a_word_hyphenated_across_two_pages_is_joined() -> None:
    pages = [Page(1, (text("An inter-"),)), Page(2, (text("national rule.", 2),))]
    (draft,) = chunk(pages, TOKENIZER)
    assert draft.content == "An international rule."


def test_a_small_text_of_a_page_shares_a_chunk_with_the_next_page_of_its_section() -> None:
    pages = [Page(1, (text("One ends."),)), Page(2, (text("Two begins.", 2),))]
    (draft,) = chunk(pages, TOKENIZER)
    assert (draft.page_num, [each.page for each in draft.sentences]) == (1, [1, 2])


def test_a_chunk_that_is_well_filled_ends_with_its_page() -> None:
    pages = [Page(1, (text(sentences(18)),)), Page(2, (text(sentences(18), 2),))]
    assert [draft.page_num for draft in chunk(pages, TOKENIZER)] == [1, 2]


def test_slices_of_one_page_are_chunked_as_one_text() -> None:
    pages = [Page(1, (text("One ends."),)), Page(1, (text("Two begins."),))]
    (draft,) = chunk(pages, TOKENIZER)
    assert draft.content == "One ends.\n\nTwo begins."


def test_the_box_covers_only_the_lines_of_the_chunk() -> None:
    words = sentences(20, 9)
    half = len(words) // 2
    ends = ((half, (50, 100, 250, 110)), (len(words), (50, 120, 250, 130)))
    block = Block("paragraph", words, 1, (50, 100, 250, 130), line_ends=ends)
    first, *_, last = chunk([Page(1, (block,))], TOKENIZER, 60)
    assert first.box == (50, 100, 250, 110)
    assert last.box == (50, 120, 250, 130)


def test_overlap_repeats_whole_sentences_within_its_budget() -> None:
    drafts = list(chunk([Page(1, (text(sentences(60)),))], TOKENIZER, 100, 25))
    for above, below in pairwise(drafts):
        first_sentence = below.content[: below.content.index("now.") + 4]
        assert first_sentence in above.content
    assert all(draft.token_count <= 100 for draft in drafts)


def test_a_word_longer_than_a_chunk_is_cut() -> None:
    drafts = list(chunk([Page(1, (text("ab" * 40_000),))], CharacterTokenizer(), 250))
    assert sum(len(squeezed(draft.content)) for draft in drafts) == 80_000
    assert all(draft.token_count <= 250 for draft in drafts)


class CharacterTokenizer:
    """Gives one token per character, as a real tokenizer may do for unknown words."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(at, at + 1) for at, letter in enumerate(text) if not letter.isspace()]


class SpacedTokenizer:
    """Gives words with the space before them, as tokenizers of many languages do."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in re.finditer(r"\s?\S+", text)]


def test_a_space_before_a_token_moves_no_cut() -> None:
    blocks = (text(sentences(10)), heading("Next part", 2), text(sentences(20)))
    first, *others = chunk([Page(1, blocks)], SpacedTokenizer(), 100)
    assert first.content.endswith("now.")
    assert others[0].content.startswith("Next part\n\nWord0")
    assert all(draft.content.endswith("now.") for draft in others)


def test_blank_pages_give_no_chunks() -> None:
    assert list(chunk([Page(1), Page(2, (text("   \n "),))], TOKENIZER)) == []
