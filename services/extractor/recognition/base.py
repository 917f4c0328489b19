"""The promise of an engine that recognises text, and its value types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.domain.errors import ParserCrash, PermanentError

_HEADER = re.compile(rb"P5\s(?:#[^\n]{0,200}\n)?(\d{1,5})\s(\d{1,5})\s255\s")
_CERTAIN = 0.6  # of 1; words upside down have less, those on a bad scan have more


class UnknownLanguage(PermanentError):
    """Text recognition has no data of this language. Choose another one, or install it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in grey: one byte for each pixel, in rows from the top; 255 is white."""

    width: int
    height: int
    pixels: bytes

    @classmethod
    def from_pgm(cls, data: bytes) -> Picture:
        """Return the picture of a PGM file of 8 bits; raises ParserCrash for other bytes."""
        header = _HEADER.match(data)
        if header is None:
            raise ParserCrash
        width, height = int(header[1]), int(header[2])
        pixels = data[header.end() :]
        if width < 1 or len(pixels) != width * height:
            raise ParserCrash
        return cls(width, height, pixels)

    def to_pgm(self) -> bytes:
        """Return the picture as a PGM file."""
        return b"P5\n%d %d\n255\n" % (self.width, self.height) + self.pixels

    def upside_down(self) -> Picture:
        """Return the picture turned by 180 degrees."""
        return Picture(self.width, self.height, self.pixels[::-1])


class Line(NamedTuple):
    """A recognised line: its text, box and font size in pixels, and confidence from 0 to 1.

    `turns` are the clockwise quarter turns that make it upright. Neighbours have the same `block`.
    """

    text: str
    box: tuple[float, float, float, float]
    size: float
    confidence: float
    turns: int = 0
    block: int = 0

    def upside_down(self, picture: Picture) -> Line:
        """Return the line in a picture that is turned by 180 degrees."""
        x0, y0, x1, y1 = self.box
        width, height = picture.width, picture.height
        box = (width - x1, height - y1, width - x0, height - y0)
        return self._replace(box=box, turns=(self.turns + 2) % 4)


class Recogniser(Protocol):
    """Recognises the text of pictures."""

    name: str
    """The engine and its version."""

    languages: frozenset[str]
    """The languages of which it has data."""

    async def recognise(self, picture: Picture, languages: Sequence[str]) -> list[Line]:
        """Return the lines of a picture, those of a column one after another.

        Time, memory and output are bounded: raises ReadTimeout, OutOfMemory or ParserCrash.
        """
        ...


async def recognised(
    recogniser: Recogniser, picture: Picture, languages: Sequence[str]
) -> list[Line]:
    """Return the lines of a picture that may be upside down.

    Engines find out how a page lies, but not from the few words of a cover or a note.
    """
    lines = await recogniser.recognise(picture, languages)
    if _certainty(lines) >= _CERTAIN:
        return lines
    turned = await recogniser.recognise(picture.upside_down(), languages)
    if _certainty(turned) < _CERTAIN:
        return lines
    return [line.upside_down(picture) for line in turned]


def _certainty(lines: Sequence[Line]) -> float:
    """Return the mean confidence of the letters; 0 without any."""
    letters = sum(len(line.text) for line in lines)
    return sum(len(line.text) * line.confidence for line in lines) / max(1, letters)


def chosen_languages(recogniser: Recogniser, own: str, usual: str) -> list[str]:
    """Return the languages of a document, which are joined by "+", or the usual ones.

    UnknownLanguage: the engine has no data of one of them.
    """
    names = list(dict.fromkeys((own or usual).split("+")))
    missing = [name for name in names if name not in recogniser.languages]
    if missing:
        known = ", ".join(sorted(recogniser.languages)) or "none"
        raise UnknownLanguage(
            f"Text recognition has no data of the language {missing[0]} (it has: {known})."
            " Choose another one, or have it installed on the server."
        )
    return names
