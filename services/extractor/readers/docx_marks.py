"""Finds text of a Word document that is hidden or struck out by the format of its run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.extractor.document import Mark
from services.extractor.readers.clean import clean
from services.extractor.readers.docx_xml import Element, attribute, child, local

_OFF = ("0", "false", "off", "none")
_HIDDEN = frozenset({"vanish", "webHidden", "specVanish"})
_STRUCK = frozenset({"strike", "dstrike"})


class Look(NamedTuple):
    """How the text of a run is shown."""

    hidden: bool = False
    struck: bool = False

    def __bool__(self) -> bool:
        return self.hidden or self.struck


SEEN = Look()


def look_of(text: Element) -> Look:
    """Return how a text element is shown, by the properties of its run."""
    properties = child(text.getparent(), "rPr")
    if properties is None:
        return SEEN
    on = {local(each) for each in properties if attribute(each, "val") not in _OFF}
    if on.isdisjoint(_HIDDEN) and on.isdisjoint(_STRUCK):
        return SEEN
    return Look(not on.isdisjoint(_HIDDEN), not on.isdisjoint(_STRUCK))


def marks_of(text: str, parts: Sequence[str], looks: Sequence[Look]) -> tuple[Mark, ...]:
    """Return the marks of a text that was made of `parts` by changing white space only."""
    places = [at for at, letter in enumerate(text) if not letter.isspace()]
    marks: list[Mark] = []
    first = 0
    for part, look in zip(parts, looks, strict=True):
        last = min(first + len("".join(clean(part).split())), len(places))
        if look and first < last:
            marks.append(Mark(places[first], places[last - 1] + 1, look.hidden, look.struck))
        first = last
    return tuple(marks)
