"""Recognises headings by the file's outline, font size, bold type, capitals or a section number."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from services.extractor.layout.lines import Line, Row
from services.extractor.layout.paragraphs import Paragraph

_MAX_LETTERS = 160  # characters; a longer paragraph is a sentence
_MAX_WORDS = 20  # for the same reason
_MAX_SENTENCE = 6  # spaces; a longer text with a full stop is large print, not a heading
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?:[A-Z]|\d{1,2})((?:\.\d{1,2}){0,4})\.?\s+\S")
_SECTION = re.compile(r"\d{1,2}((?:\.\d{1,2}){1,4})\.?\s+[^\W\d_a-z]")
_NUMBER_ALONE = re.compile(
    r"(?:(?:chapter|part|section|article|item|appendix|annex|kapitel|teil|abschnitt|anhang|chapitre"
    r"|partie|annexe|capítulo|parte)\s{1,3})?(?:§|[A-Z]|[ivxlc]{1,6}|\d{1,3})(?:\.\d{1,3}){0,5}"
    r"[A-Z]?[.:)]?$",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"\W*[ivxlc]{1,7}\W*$", re.IGNORECASE)
# The label of a figure or table, also where no colon or dot follows its number.
_LABEL = re.compile(
    r"(?:figure|fig\.|table|chart|exhibit|abbildung|abb\.|tabelle)\s*\d", re.IGNORECASE
)
# Signs of commands, formulas and addresses, and those that titles in capitals have none of.
_CODE = re.compile(r"[=<>{}\\@]|\(\*|://|www\.")
_NO_CAPITALS = re.compile(r"[^\w\s,.:&'’/–—-]|\d{4}")
_NOT_WORDS = re.compile(r"[\W_]+")
_BOLD_LEVEL = 4  # below the three levels that are told by size
_BOLD_SIZE = 0.95  # of the body's font size; smaller bold words are labels of a figure
_RARE_CAPITALS = 0.15  # of all letters; capitals set a heading apart only where few lines have them
_MIN_CAPITALS = 5  # letters; fewer are an abbreviation
# (font size as a ratio to the body's, level); below 1.12 it is rounding or another font.
_LEVEL_BY_SIZE = ((1.6, 1), (1.3, 2), (1.12, 3))

OutlineEntry = tuple[int, str, int]
"""Level from 1, title, page number from 1."""


class Headings:
    """Ranks the paragraphs of one document; call `learn` with a page's lines before `level`."""

    def __init__(self, outline: Iterable[OutlineEntry] = ()) -> None:
        self._outline: dict[int, dict[str, int]] = defaultdict(dict)
        for level, title, page in outline:
            self._outline[page].setdefault(_key(title), level)
        self._letters_by_size: Counter[float] = Counter()
        self._letters_by_weight: Counter[bool] = Counter()
        self._letters_by_case: Counter[bool] = Counter()

    def learn(self, lines: Iterable[Line]) -> None:
        """Count letters by font size and weight, to find the type of the body text."""
        for line in lines:
            self._letters_by_size[round(line.size * 2) / 2] += len(line.text)
            self._letters_by_weight[line.bold] += len(line.text)
            self._letters_by_case[line.text.isupper()] += len(line.text)

    def level(self, paragraph: Paragraph, page: int, *, followed: bool = True) -> int:
        """Return the level of a heading, 1 to 6, or 0 for other paragraphs.

        `followed` says whether running text follows, by which small headings differ from labels.
        """
        text = paragraph.text
        if not _may_be_heading(paragraph):
            return 0
        named = self._outline.get(page, {}).get(_key(text))
        if named:
            return min(named, 6)
        if not _is_titled(text):
            return 0
        by_size = self._level_by_size(paragraph.rows[0].size)
        if by_size:
            return by_size
        numbered = _NUMBER.match(text)
        if self._stands_out(paragraph):
            return 1 + numbered[1].count(".") if numbered else _BOLD_LEVEL
        if not followed or len(paragraph.rows) > 1 or text.endswith((".", "!", "?", ":")):
            return 0
        section = _SECTION.match(text)
        if section:
            return 1 + section[1].count(".")
        return _BOLD_LEVEL if self._is_in_capitals(text) else 0

    def _level_by_size(self, size: float) -> int:
        body = self.body_size
        return next((level for ratio, level in _LEVEL_BY_SIZE if size >= ratio * body), 0)

    @property
    def body_size(self) -> float:
        """Return the most common font size so far, in points; 10 without any text."""
        common = self._letters_by_size.most_common(1)
        return common[0][0] or 10.0 if common else 10.0

    def _stands_out(self, paragraph: Paragraph) -> bool:
        # Bold sets a heading apart only where most of the text is not bold.
        bold_is_rare = self._letters_by_weight[True] < 0.4 * self._letters_by_weight.total()
        ends_openly = not paragraph.text.endswith((".", "!", "?", ":"))
        large = paragraph.rows[0].size >= _BOLD_SIZE * self.body_size
        bold = large and all(row.bold for row in paragraph.rows)
        return bold and bold_is_rare and ends_openly and len(paragraph.rows) <= 2

    def _is_in_capitals(self, text: str) -> bool:
        share = self._letters_by_case[True] / max(1, self._letters_by_case.total())
        if share >= _RARE_CAPITALS or not text.isupper() or _NO_CAPITALS.search(text):
            return False
        return len(_LETTER.findall(text)) >= _MIN_CAPITALS


def _may_be_heading(paragraph: Paragraph) -> bool:
    """Return whether a paragraph is as short as a heading, and no part of a list or figure."""
    text = paragraph.text
    if len(text) > _MAX_LETTERS or len(paragraph.rows) > 3 or text.count(" ") >= _MAX_WORDS:
        return False
    if not _LETTERS.search(text) or text[-1] in ",;" or text.startswith("•") or _LABEL.match(text):
        return False
    return all(_is_whole(row) for row in paragraph.rows)


def _is_whole(row: Row) -> bool:
    """Return whether a row is one line, or a section number and one."""
    return len(row.lines) == 1 or (
        len(row.lines) == 2 and _NUMBER_ALONE.match(row.lines[0].text.strip()) is not None
    )


def _is_titled(text: str) -> bool:
    """Return whether a text begins like a title: no page number, sentence, amount or fragment."""
    if text[0].islower() or _ROMAN.match(text) or _CODE.search(text):
        return False
    if text.endswith(".") and text.count(" ") >= _MAX_SENTENCE:
        return False
    return len(_LETTER.findall(text)) > len(_DIGIT.findall(text))


def _key(title: str) -> str:
    """Return the letters and digits of a title, which match despite other spacing or dots."""
    return _NOT_WORDS.sub("", title).casefold()
