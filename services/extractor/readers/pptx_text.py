"""Reads the paragraphs of text in drawings: their levels, bullets, numbers and struck words.

Source: ECMA-376 part 1, 21.1.2 (DrawingML text).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.extractor.readers.paragraph_text import Apart, ParagraphText
from services.extractor.readers.xml import Element, attribute, child, local

_MAX_LEVEL = 8
_STRUCK = ("sngStrike", "dblStrike")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph; struck text stands `apart`.

    `label` is its bullet or number: "" if it has none, None if the layout of the slide decides.
    """

    text: str
    level: int = 0
    label: str | None = None
    apart: tuple[Apart, ...] = ()


def lines_of(body: Element | None) -> Iterator[Line]:
    """Yield the paragraphs of a text body."""
    counts: dict[int, int] = {}
    for paragraph in body if body is not None else ():
        if local(paragraph) != "p":
            continue
        properties = child(paragraph, "pPr")
        level = _level(properties)
        label = _label(properties, level, counts)
        text, apart = _text(paragraph)
        if text or apart:
            yield Line(text, level, label, apart)


def _text(paragraph: Element) -> tuple[str, tuple[Apart, ...]]:
    held = ParagraphText()
    for element in paragraph.iter():
        name = local(element)
        if name == "br":
            held.end_line()
        elif name == "t" and element.text:
            struck = attribute(_properties(element), "strike") in _STRUCK
            held.add(element.text.replace("\v", "\n"), struck=struck)
    return held.take()


def _properties(text: Element) -> Element:
    found = child(text.getparent(), "rPr")
    return text if found is None else found


def _level(properties: Element | None) -> int:
    given = attribute(properties, "lvl") if properties is not None else None
    return min(int(given), _MAX_LEVEL) if given and given.isdecimal() and len(given) < 3 else 0


def _label(properties: Element | None, level: int, counts: dict[int, int]) -> str | None:
    """Return the bullet or number of a paragraph, and count it; see `Line`."""
    for deeper in [known for known in counts if known > level]:
        del counts[deeper]
    if child(properties, "buAutoNum") is not None:
        counts[level] = counts.get(level, 0) + 1
        return f"{counts[level]}."
    counts.pop(level, None)
    if child(properties, "buNone") is not None:
        return ""
    return "•" if child(properties, "buChar") is not None else None
