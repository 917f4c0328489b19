"""Splits the content of a passage into units: headings, questions, sentences, items, rows. No I/O.

A unit is one sentence of the passage with the part that it plays: `content[start:end]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.query.answers import joining, labels
from shared.text.chunk_sentences import Kind, Sentence

UnitKind = Literal[
    "heading",
    "question",
    "caption",
    "lead_in",
    "parent",
    "item",
    "pair",
    "row",
    "prose",
    "furniture",
]

# Words of the longest heading and of the longest key of a pair.
_HEADING_WORDS = 12
_KEY_WORDS = 6
# Digits of a line that is a number, no heading, and their share of its letters and digits.
_NUMBER_DIGITS, _NUMBER_SHARE = 7, 0.4
# Words of a title that is no name alone; letters of words that titles write small.
_TITLE_WORDS, _SMALL_WORD = 6, 3

_LETTER = re.compile(r"[^\W\d_]")
_ITEM = re.compile(
    r"[ \t]{0,20}(?:[-*+•–▪◦●○■□➢✓·‣＊※❖★☆]"
    r"|\(?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]"
    r"|(?:step|schritt|paso|étape)\s\d{1,3}\s?[:.)-])[ \t]+(?=\S)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]{0,20}[-*+•–▪◦●○■□➢✓·‣＊※❖★☆]")
_ENDED = re.compile(r"""[.!?…;。！？؟۔।][*_"'”’»)\]]{0,4}(?:\[[^\s\[\]]{1,6}\]){0,9}$""")
_ASKED = re.compile(r"""[?？؟][*_"'”’»)\]]{0,4}$""")
# Several sentences without a space between them, of which the last one may ask.
_SENTENCES = re.compile(r"[a-z]{2}[.!][”\"’]?[“\"‘]?[A-Z][a-z]")
_COLON = re.compile(r"""[:：][*_"'”’»)\]]{0,4}$""")
_MARKED_QUESTION = re.compile(
    r"[*_#\s]{0,6}(?:q|question|frage|pregunta|domanda|vraag|f)\s?\d{0,3}\s?[*_]{0,2}[:.)][*_]{0,2}\s",
    re.IGNORECASE,
)
_MARKED_ANSWER = re.compile(
    r"[*_\s]{0,6}(?:a|answer|antwort|respuesta|réponse|risposta|antwoord)\s?\d{0,3}\s?[*_]{0,2}[:)][*_]{0,2}\s",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:table|figure|fig\.|chart|exhibit|tabelle|abbildung|abb\.|tabla|figura|tableau)\s+[A-Z]?\d",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r".{0,200}\bpage\s\d{1,4}\sof\s\d{1,4}$|\d{1,4}$|.{1,160}?(?:\s?[.·…_]){4,80}\s{0,4}\d{1,3}$"
    r"|(?:table of contents|contents|inhalt|inhaltsverzeichnis|índice|sommaire)$",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?P<key>[*_]{0,2}[^:：|\n]{1,70}?[*_]{0,2})"
    r"(?:\s{0,3}[:：]\s{0,3}[*_]{0,2}\s{1,8}|[：]|\s{1,3}[–—=→]\s{1,3}|\t{1,5}|\s{0,2}(?:\.\s?){4,80}+\s{0,2}|\s-\s)"
    r"(?P<value>\S.{0,400})"
)
_BLANK = re.compile(r"\n[ \t]{0,80}\n")
_ALONE_BEFORE = re.compile(r"(?:^|\n[ \t]{0,20}\n|\|[ \t]{0,20}\n)[#>*_ \t]{0,20}$")
_ALONE_AFTER = re.compile(r"[*_ \t]{0,20}(?:$|\n[ \t]{0,20}(?:$|\n|\|))")
_RULE = re.compile(r"\|?(?:\s{0,3}:?-{1,200}:?\s{0,3}\|){1,80}")
_SIMPLE_NUMBER = re.compile(r"\(?(\d{1,3})[.)]\s")
_DEFINED = re.compile(r"[ \t]{0,4}[:~][ \t]{1,8}\S")


@dataclass(frozen=True, slots=True)
class Unit:
    """A literal part of a content; `block` counts the blocks, `indent` the spaces of an item."""

    kind: UnitKind
    start: int
    end: int
    text: str
    block: int
    indent: int = 0
    marked: bool = False
    """Whether the extractor marked a heading, or a row that names the columns."""
    label: str = ""
    """What a form prints below a value."""

    @property
    def key(self) -> str:
        """Return the key of a pair or of an item that is one; an empty text for others."""
        if self.label or self.kind not in ("pair", "item"):
            return self.label
        mark = _ITEM.match(self.text)
        text = self.text[mark.end() :] if mark else self.text
        found = _PAIR.match(text) if self.kind == "pair" or _is_pair(text) else None
        return found["key"].strip("*_ \t-•") if found else ""


def units(content: str, sentences: Sequence[Sentence]) -> list[Unit]:
    """Return the units of a content, in order; `sentences` are its sentences.

    Sentences that no blank line parts are one block.
    """
    found: list[Unit] = []
    block = 0
    spans = [(each.start, each.end, each.kind) for each in sentences]
    alone = [_is_alone(content, start, end) for start, end, _ in spans]
    for at, (start, end, kind) in enumerate(spans):
        if at and _BLANK.search(content, spans[at - 1][1], start):
            block += 1
        text = content[start:end]
        if is_table_line(text):
            found.append(Unit("row", start, end, text, block, marked=kind == "heading"))
        elif _LETTER.search(text) or any(map(str.isdigit, text)):
            indent = start - content.rfind("\n", 0, start) - 1
            of = _kind(text, kind, alone=alone[at])
            made = Unit(of, start, end, text, block, indent, marked=kind == "heading")
            if _DEFINED.match(text) and found:
                # A definition below its term.
                found[-1] = replace(found[-1], kind="heading")
            found.append(made)
    labelled = labels.joined(joining.joined(found, content), content)
    return list(_headings(labels.below_names(labelled, content)))


def _is_alone(content: str, start: int, end: int) -> bool:
    """Return whether nothing else stands in the paragraph."""
    before, after = content[max(0, start - 80) : start], content[end : end + 80]
    return _ALONE_AFTER.match(after) is not None and _ALONE_BEFORE.search(before) is not None


def is_table_line(line: str) -> bool:
    """Return whether a line without surrounding space is a row or rule of a Markdown table."""
    return len(line) > 1 and line[0] == "|" == line[-1] and "\n" not in line


def _kind(text: str, stored: Kind, *, alone: bool) -> UnitKind:
    """Return the kind of a sentence, by its own text and the kind that the extractor gave it."""
    if _FURNITURE.fullmatch(text):
        return "furniture"
    if stored == "caption" or (_CAPTION.match(text) and not _ENDED.search(text)):
        return "caption"
    if _MARKED_QUESTION.match(text) or (_ASKED.search(text) and not _SENTENCES.search(text)):
        return "question"
    if stored == "heading":
        return "heading"
    if _MARKED_ANSWER.match(text) or _DEFINED.match(text):
        return "prose"
    if item := _ITEM.match(text):
        if _COLON.search(text):
            return "parent"
        numbered = _BULLET.match(text) is None
        if numbered and alone and stored != "list_item" and _is_title(text[item.end() :]):
            return "heading"
        return "item"
    if _COLON.search(text):
        return "lead_in"
    if stored == "form_field" or _is_pair(text):
        return "pair"
    if alone and _is_title(text):
        return "heading"
    return "furniture" if _is_signature(text) else "prose"


def _is_pair(line: str) -> bool:
    found = _PAIR.fullmatch(line)
    if found is None:
        return False
    key = found["key"]
    return len(key.split()) <= _KEY_WORDS and not key.rstrip().endswith((",", ";", "."))


def _is_title(text: str) -> bool:
    """Return whether a text may be a heading: one short line, unpunctuated, with a letter."""
    return (
        "\n" not in text
        and not _is_number(text)
        and not _ENDED.search(text)
        and not text.endswith(",")
        and len(text.split()) <= _HEADING_WORDS
        and _LETTER.search(text) is not None
    )


def _is_number(text: str) -> bool:
    """Return whether a text is a long number with a word for it: `ISBN 978-1-4028-9462-6`."""
    digits = sum(map(str.isdigit, text))
    return digits >= _NUMBER_DIGITS and digits >= _NUMBER_SHARE * sum(map(str.isalnum, text))


def _is_signature(text: str) -> bool:
    """Return whether a text is a title over several lines, as below a signature: no sentence."""
    words = [word for word in text.split() if len(word) > _SMALL_WORD]
    return (
        len(words) >= _TITLE_WORDS
        and not _ENDED.search(text)
        and not any(sign in text for sign in ",:;|")
        and not any(map(str.isdigit, text))
        and all(word.lstrip("(“\"'")[:1].isupper() for word in words)
    )


def is_rule(line: str) -> bool:
    """Return whether a line of a table is the rule below its header."""
    return _RULE.fullmatch(line) is not None


def _headings(found: list[Unit]) -> Iterator[Unit]:
    """Yield the units; a title below a question is its answer, numbered titles in a row a list."""
    for at, unit in enumerate(found):
        if unit.kind != "heading":
            yield unit
            continue
        before, after = (found[i] if 0 <= i < len(found) else None for i in (at - 1, at + 1))
        if before is not None and before.kind == "question":
            yield replace(unit, kind="prose")
        elif _ITEM.match(unit.text) and (_follows(before, unit) or _follows(unit, after)):
            yield replace(unit, kind="item")
        else:
            yield unit


def _follows(one: Unit | None, other: Unit | None) -> bool:
    """Return whether two titles are numbered one after the other, as items of a loose list are."""
    if one is None or other is None or one.kind != "heading" or other.kind != "heading":
        return False
    numbers = [_SIMPLE_NUMBER.match(each.text) for each in (one, other)]
    return all(numbers) and int(numbers[0][1]) + 1 == int(numbers[1][1])  # type: ignore[index]
