"""Recognises headings by the file's outline, font size, bold type, capitals or a section number."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from services.extractor.layout.lines import Line, Row
from services.extractor.layout.paragraphs import Paragraph

_MAX_LETTERS = 160  # characters; a longer paragraph is a sentence
_MIN_LETTERS = 3  # characters in Latin script; fewer are a label, or the word "or" on a cover
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
# A numbered part, as before a title that ends as a sentence does.
_PART = re.compile(
    r"(?:(?:chapter|part|section|article|item|note|appendix|annex|kapitel|teil|abschnitt|anhang"
    r"|chapitre|partie|annexe|capítulo|parte)\s{1,3}(?:[A-Z]|[IVXLC]{1,6}|\d{1,3}[A-Z]?)"
    r"|(?:[A-Z]|[IVXLC]{1,6})[.)]|\d{1,3})(?:\.\d{1,3}){0,5}[.:)]?\s{1,3}\S",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"^\W*[ivxlc]{1,7}\W*$", re.IGNORECASE)
# The label of a figure or table, also where no colon or dot follows its number.
_LABEL = re.compile(
    r"(?:figure|fig\.|table|chart|exhibit|abbildung|abb\.|tabelle)\s*\d", re.IGNORECASE
)
# Signs of commands, formulas and addresses, and those that titles in capitals have none of.
_CODE = re.compile(r"[=<>{}\\@]|\(\*|://|www\.")
_NO_CAPITALS = re.compile(r"[^\w\s,.:&'’/–—-]|\d{4}")
_NOT_WORDS = re.compile(r"[\W_]+")
# A line of a table of contents: dots lead to the number of a page.
_LEADER = re.compile(r"(?:\.\s?){5}|…\s?…")
_BOLD_LEVEL = 4  # below the three levels that are told by size
_BOLD_SIZE = 0.95  # of the body's font size; smaller bold words are labels of a figure
_RARE_CAPITALS = 0.15  # of all letters; capitals set a heading apart only where few lines have them
_MIN_CAPITALS = 5  # letters; fewer are an abbreviation
_MAX_INDENT = 3.0  # points between the rows of a title that is set flush left
_MIN_LIST = 3  # titles of one level without text between them
_MIN_PAGE_LETTERS = 300  # characters; a page with fewer has no body of its own
_MIN_PAGE_SHARE = 0.6  # of the characters that have the page's usual size
_MAX_BODY_SHARE = 0.15  # of the characters; more in the document's size are its body here, too
_SMALL_PAGE = 0.9  # of the document's size; closer sizes are the same type
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
        self._page_letters: dict[int, Counter[float]] = {}

    def learn(self, lines: Iterable[Line], page: int = 0) -> None:
        """Count letters by font size and weight, to find the type of the body text.

        The sizes of a page are kept until `forget` is called with its number.
        """
        kinds: Counter[tuple[float, bool, bool]] = Counter()
        for line in lines:
            kind = (line.size, line.bold, line.text.isupper())
            kinds[kind] = kinds.get(kind, 0) + len(line.text)
        sizes = self._page_letters[page] = Counter()
        for (points, bold, capitals), letters in kinds.items():
            sizes[round(points * 2) / 2] += letters
            self._letters_by_weight[bold] += letters
            self._letters_by_case[capitals] += letters
        self._letters_by_size.update(sizes)

    def forget(self, page: int) -> None:
        """Drop what only the levels of one page need."""
        self._page_letters.pop(page, None)

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
        body = self._body_size_of(page)
        size = paragraph.rows[0].size
        by_size = next((level for ratio, level in _LEVEL_BY_SIZE if size >= ratio * body), 0)
        if by_size:
            return by_size
        numbered = _NUMBER.match(text)
        if self._stands_out(paragraph, followed=followed):
            return 1 + numbered[1].count(".") if numbered else _BOLD_LEVEL
        if not followed or len(paragraph.rows) > 1 or not _ends_openly(text):
            return 0
        section = _SECTION.match(text)
        if section:
            return 1 + section[1].count(".")
        return _BOLD_LEVEL if self._is_in_capitals(text) else 0

    @property
    def body_size(self) -> float:
        """Return the most common font size so far, in points; 10 without any text."""
        common = self._letters_by_size.most_common(1)
        return common[0][0] or 10.0 if common else 10.0

    def _body_size_of(self, page: int) -> float:
        """Return the body's size in points; on a page in smaller print, such as a leaflet that is
        bound in, that of the page."""
        body = self.body_size
        letters = self._page_letters.get(page)
        if not letters or letters.total() < _MIN_PAGE_LETTERS:
            return body
        size, count = letters.most_common(1)[0]
        total = letters.total()
        as_body = sum(count for each, count in letters.items() if abs(each - body) < 0.05 * body)
        small = 0 < size < _SMALL_PAGE * body and count >= _MIN_PAGE_SHARE * total
        return size if small and as_body < _MAX_BODY_SHARE * total else body

    def _stands_out(self, paragraph: Paragraph, *, followed: bool) -> bool:
        # Bold sets a heading apart only where most of the text is not bold.
        bold_is_rare = self._letters_by_weight[True] < 0.4 * self._letters_by_weight.total()
        large = paragraph.rows[0].size >= _BOLD_SIZE * self.body_size
        bold = large and all(row.bold for row in paragraph.rows)
        if not (bold and bold_is_rare):
            return False
        if len(paragraph.rows) > 2 and not (followed and _is_flush(paragraph.rows)):
            return False
        return _ends_openly(paragraph.text) or (followed and _ends_as_title(paragraph))

    def _is_in_capitals(self, text: str) -> bool:
        share = self._letters_by_case[True] / max(1, self._letters_by_case.total())
        if share >= _RARE_CAPITALS or not text.isupper() or _NO_CAPITALS.search(text):
            return False
        return len(_LETTER.findall(text)) >= _MIN_CAPITALS


def without_lists(levels: Sequence[int], texts: Sequence[bool]) -> list[int]:
    """Return the levels without those of large print that follows itself, as a list on a cover.

    `texts` tells which items are texts: pictures and tables lie between others.
    """
    kept = list(levels)
    run: list[int] = []
    for at, level in [*enumerate(levels), (len(levels), 0)]:
        if run and at < len(levels) and not texts[at]:
            continue
        if run and level != levels[run[0]]:
            if len(run) >= _MIN_LIST:
                for each in run:
                    kept[each] = 0
            run = []
        if 0 < level < _BOLD_LEVEL:
            run.append(at)
    return kept


def _may_be_heading(paragraph: Paragraph) -> bool:
    """Return whether a paragraph is as short as a heading, and no part of a list or figure."""
    text = paragraph.text
    if len(text) > _MAX_LETTERS or len(paragraph.rows) > 3 or text.count(" ") >= _MAX_WORDS:
        return False
    if not _LETTERS.search(text) or (text.isascii() and len(text) < _MIN_LETTERS):
        return False
    if text[-1] in ",;" or text.startswith("•") or _LABEL.match(text):
        return False
    return all(_is_whole(row) for row in paragraph.rows)


def _is_whole(row: Row) -> bool:
    """Return whether a row is one line, or a section number and one."""
    return len(row.lines) == 1 or (
        len(row.lines) == 2 and _NUMBER_ALONE.match(row.lines[0].text.strip()) is not None
    )


def _is_titled(text: str) -> bool:
    """Return whether a text begins like a title: no page number, sentence, amount or fragment."""
    if text[0].islower() or any(each.search(text) for each in (_ROMAN, _CODE, _LEADER)):
        return False
    words = text.split()
    if 2 * sum(word[0].isdecimal() for word in words) > len(words):
        return False  # a date or a row of figures
    if text.endswith(".") and text.count(" ") >= _MAX_SENTENCE:
        return False
    return len(_LETTER.findall(text)) > len(_DIGIT.findall(text))


def _is_flush(rows: Sequence[Row]) -> bool:
    """Return whether rows begin below each other, unlike the centred lines of a cover."""
    lefts = [row.box[0] for row in rows]
    return max(lefts) - min(lefts) <= _MAX_INDENT


def _ends_openly(text: str) -> bool:
    return not text.endswith((".", "!", "?", ":"))


def _ends_as_title(paragraph: Paragraph) -> bool:
    """Return whether a text that ends as a sentence may be a title: a question, or a named part.

    Such as "Who is covered?" and "Item 1A. Risk Factors."
    """
    text = paragraph.text
    if text.endswith("?"):
        return True
    return text.endswith(".") and len(paragraph.rows) == 1 and _PART.match(text) is not None


def _key(title: str) -> str:
    """Return the letters and digits of a title, which match despite other spacing or dots."""
    return _NOT_WORDS.sub("", title).casefold()
