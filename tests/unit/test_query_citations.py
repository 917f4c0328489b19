"""Citations name the page, the boxes and the sentences of the quote itself."""

from __future__ import annotations

import pytest

from services.query.answers.citations import Quote, cited, claims, is_verified
from services.query.retrieval.passages import Box, Passage
from shared.text.chunk_sentences import LineBox, Sentence
from tests.support.passages import passage

CONTENT = "It is red. It is round. It is old."
FIRST, SHARED, LAST = (
    LineBox(*line) for line in ((3, 1, 1, 9, 2), (4, 1, 3, 9, 4), (4, 1, 5, 9, 6))
)
SOURCE = passage(
    CONTENT,
    page=3,
    bbox=Box(3, 0, 0, 99, 99),
    sentences=(
        Sentence(0, 10, page=3, boxes=(FIRST, SHARED)),
        Sentence(11, 23, page=4, boxes=(SHARED, LAST), page_label="iv"),
        Sentence(24, 34, page=4, boxes=(LAST,), struck=True),
    ),
)


def quote(text: str, source: Passage = SOURCE) -> Quote:
    start = source.content.index(text)
    return Quote(source, start, start + len(text), 0.7)


def test_a_citation_has_the_place_of_its_quote() -> None:
    (citation,) = cited([quote("It is round.")])
    assert (citation.quote, citation.page, citation.page_label) == ("It is round.", 4, "iv")
    assert citation.boxes == [Box(4, 1, 3, 9, 4), Box(4, 1, 5, 9, 6)]
    assert citation.bbox == Box(4, 1, 3, 9, 4)
    assert citation.sentence_ids == ["c#1"]


def test_a_quote_of_two_sentences_has_the_lines_of_both() -> None:
    (citation,) = cited([quote("It is red. It is round.")])
    assert citation.page == 3
    assert [box.page for box in citation.boxes] == [3, 4, 4]
    assert citation.sentence_ids == ["c#0", "c#1"]


def test_a_sentence_without_page_is_cited_without_page() -> None:
    source = passage(CONTENT, page=None, sentences=(Sentence(0, 34),))
    (citation,) = cited([quote("It is old.", source)])
    assert (citation.page, citation.boxes, citation.bbox) == (None, [], None)


@pytest.mark.parametrize("flag", ["hidden", "struck"])
def test_text_that_a_reader_does_not_see_as_valid_is_not_quoted(flag: str) -> None:
    sentences = (Sentence(0, 10), Sentence(11, 23, **{flag: True}))  # type: ignore[arg-type]
    source = passage(CONTENT, sentences=sentences)
    assert [
        each.quote for each in cited([quote("It is round.", source), quote("It is red.", source)])
    ] == ["It is red."]


def test_a_blank_quote_is_not_verified() -> None:
    assert not is_verified(Quote(SOURCE, 10, 11, 1.0))


def test_claims_are_parts_of_the_response() -> None:
    citations = cited([quote("It is red."), quote("It is round.")])
    response = "It is red. [1] It is round. [2]"
    pieces = ["It is red. [1]", " It is round. [2]"]
    found = claims([each.quote for each in citations], pieces, citations)
    assert [response[each.start : each.end] for each in found] == ["It is red.", "It is round."]
    assert [each.citations for each in found] == [[1], [2]]
    assert {each.verdict for each in found} == {"exact"}
