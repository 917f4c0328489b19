"""Recognises headings by the file's outline, by font size, or by bold type."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from services.extractor.layout.lines import Line
from services.extractor.layout.paragraphs import Paragraph

_MAX_LETTERS = 160  # characters; a longer paragraph is a sentence
_MAX_WORDS = 20  # for the same reason
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"(?:[A-Z]|\d{1,2})((?:\.\d{1,2}){0,4})\.?\s+\S")
_NOT_WORDS = re.compile(r"[\W_]+")
_BOLD_LEVEL = 4  # below the three levels that are told by size
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

    def learn(self, lines: Iterable[Line]) -> None:
        """Count letters by font size and weight, to find the type of the body text."""
        for line in lines:
            self._letters_by_size[round(line.size * 2) / 2] += len(line.text)
            self._letters_by_weight[line.bold] += len(line.text)

    def level(self, paragraph: Paragraph, page: int) -> int:
        """Return the level of a heading, 1 to 6, or 0 for other paragraphs."""
        text = paragraph.text
        if not self._may_be_heading(paragraph):
            return 0
        named = self._outline.get(page, {}).get(_key(text))
        if named:
            return min(named, 6)
        by_size = self._level_by_size(paragraph.rows[0].size)
        if by_size:
            return by_size
        if self._stands_out(paragraph):
            numbered = _NUMBER.match(text)
            return 1 + numbered[1].count(".") if numbered else _BOLD_LEVEL
        return 0

    def _may_be_heading(self, paragraph: Paragraph) -> bool:
        text = paragraph.text
        if len(text) > _MAX_LETTERS or len(paragraph.rows) > 3 or text.count(" ") >= _MAX_WORDS:
            return False
        return bool(_LETTERS.search(text)) and text[-1] not in ",;" and not text.startswith("•")

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
        bold = all(row.bold for row in paragraph.rows)
        return bold and bold_is_rare and ends_openly and len(paragraph.rows) <= 2


def _key(title: str) -> str:
    """Return the letters and digits of a title, which match despite other spacing or dots."""
    return _NOT_WORDS.sub("", title).casefold()
