"""Reads hOCR, the output of Tesseract: the lines of a page with boxes, font sizes and confidence.

Source: hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/); `textangle`, `x_size` and `x_wconf`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from services.extractor.recognition.base import Line

_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BOX = re.compile(r"\bbbox (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6})")
_SIZE = re.compile(r"\bx_size (\d{1,6}(?:\.\d{1,9})?)")
_ANGLE = re.compile(r"\btextangle (-?\d{1,3})")
_CONFIDENCE = re.compile(r"\bx_wconf (\d{1,3})")
# What bullets are taken for, before a word; a sign of copyright stands before a year or a name.
_BULLET = re.compile(r"^[¢©«*](?= (?!\d|[Cc]opyright))")
# Share of 1; what a picture or a stain is taken for has less, words on a bad scan have more.
_MIN_CONFIDENCE = 0.3


def lines_of(text: str) -> list[Line]:
    """Return the lines in the order of the output; lines of very low confidence are left out."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.lines


class _Parser(HTMLParser):
    """Collects lines; the words of a line are inside it, with no other elements of interest."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._block = 0
        self._title = ""
        self._words: list[tuple[str, float]] = []
        self._word: str | None = None
        self._confidence = 0.0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        kind = found.get("class", "")
        if kind == "ocr_carea":
            self._end_line()
            self._block += 1
        elif kind in _LINES:
            self._end_line()
            self._title = found.get("title", "")
        elif kind == "ocrx_word":
            self._end_word()
            confidence = _CONFIDENCE.search(found.get("title", ""))
            self._word, self._confidence = "", int(confidence[1]) / 100 if confidence else 0.0

    def handle_data(self, data: str) -> None:
        if self._word is not None:
            self._word += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self._end_word()

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_word(self) -> None:
        if self._word is not None and self._word.strip():
            self._words.append((self._word.strip(), self._confidence))
        self._word = None

    def _end_line(self) -> None:
        self._end_word()
        words, self._words = self._words, []
        box = _BOX.search(self._title)
        if not words or box is None:
            return
        letters = sum(len(word) for word, _ in words)
        confidence = sum(len(word) * share for word, share in words) / letters
        if confidence < _MIN_CONFIDENCE:
            return
        x0, y0, x1, y1 = map(float, box.groups())
        size, angle = _SIZE.search(self._title), _ANGLE.search(self._title)
        self.lines.append(
            Line(
                text=_BULLET.sub("•", " ".join(word for word, _ in words)),
                box=(x0, y0, x1, y1),
                size=float(size[1]) if size else y1 - y0,
                confidence=confidence,
                turns=round(int(angle[1]) / 90) % 4 if angle else 0,
                block=self._block,
            )
        )
