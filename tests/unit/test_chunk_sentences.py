"""Sentences of a chunk keep their place through the form in which they are stored."""

from __future__ import annotations

import json

from shared.text.chunk_sentences import LineBox, Sentence, decode, encode, sentence_id, within

SENTENCES = (
    Sentence(0, 9, "heading", 1, (LineBox(1, 72.0, 90.5, 180.0, 101.5),), page_label="iv"),
    Sentence(
        11,
        80,
        "prose",
        1,
        (LineBox(1, 72.0, 700.0, 500.0, 711.0), LineBox(2, 72, 80, 99, 91)),
        page_label="iv",
    ),
    Sentence(81, 99, "list_item", 2, (LineBox(2, 72.0, 80.0, 99.0, 91.0),), hidden=True),
    Sentence(100, 120, "table_row", None, (), struck=True),
)


def test_stored_sentences_are_read_unchanged() -> None:
    assert decode(json.loads(json.dumps(encode(SENTENCES)))) == SENTENCES


def test_a_line_of_two_sentences_is_stored_once() -> None:
    lines = encode(SENTENCES)[0]
    assert len(lines) == 3


def test_boxes_are_rounded_outwards() -> None:
    (read,) = decode(encode([Sentence(0, 1, boxes=(LineBox(1, 10.19, 10.11, 20.11, 20.19),))]))
    assert read.boxes == (LineBox(1, 10.1, 10.1, 20.2, 20.2),)


def test_a_chunk_without_stored_sentences_has_none() -> None:
    assert decode(None) == ()


def test_sentences_are_found_by_offset() -> None:
    assert within(SENTENCES, 9, 12) == [1]
    assert within(SENTENCES, 50, 90) == [1, 2]
    assert within(SENTENCES, 9, 11) == []


def test_ids_count_from_the_first_sentence() -> None:
    assert sentence_id("c", 0) == "c#0"


def test_only_visible_valid_text_is_quotable() -> None:
    assert [each.is_quotable for each in SENTENCES] == [True, True, False, False]
