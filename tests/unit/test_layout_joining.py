"""How printed lines become one text: hyphens, codes, scripts, and the document's own words."""

from __future__ import annotations

import pytest

from services.extractor.layout.joining import Words, join


def words(*lines: str) -> Words:
    known = Words()
    for line in lines:
        known.learn(line)
    return known


@pytest.mark.parametrize(
    ("text", "more", "whole"),
    [
        ("inter-", "national", "international"),
        ("state-of-", "the-art", "state-of-the-art"),
        ("Soekarno-", "Hatta", "Soekarno-Hatta"),
        ("part AB-", "1200 of", "part AB-1200 of"),
        ("the 737–", "9 and", "the 737–9 and"),
        ("form 10-", "K", "form 10-K"),
        ("pre-", "and post-war", "pre- and post-war"),
        ("one -", "two", "one - two"),
        ("one", "two", "one two"),
        ("今日は", "晴れ", "今日は晴れ"),
        ("", "x", "x"),
    ],
)
def test_lines_are_joined_with_or_without_hyphen_and_space(
    text: str, more: str, whole: str
) -> None:
    assert join(text, more) == whole


@pytest.mark.parametrize(
    ("lines", "text", "more", "whole"),
    [
        (("open-domain questions",), "an open-", "domain task", "an open-domain task"),
        (("all similarity",), "a simi-", "larity", "a similarity"),
        (("the long road", "a term"), "the long-", "term plan", "the long-term plan"),
        (("for", "ward", "forward"), "a for-", "ward step", "a forward step"),
        (("over-extension", "all over"), "over-", "exuberance", "over-exuberance"),
        (("TraceMonkey runs",), "Trace-", "Monkey", "TraceMonkey"),
    ],
)
def test_the_words_of_the_document_decide_about_a_hyphen(
    lines: tuple[str, ...], text: str, more: str, whole: str
) -> None:
    assert join(text, more, words(*lines)) == whole


def test_the_parts_of_a_word_that_a_line_end_breaks_are_no_words() -> None:
    known = words("it has a for-\nmulated answer for it")
    assert not known.knows("mulated")
    assert join("a for-", "mulated", known) == "a formulated"


def test_a_korean_word_is_joined_only_where_its_line_breaks_it() -> None:
    assert join("적립 대", "상 제외", glued=True) == "적립 대상 제외"
    assert join("적립 대상", "제외") == "적립 대상 제외"
