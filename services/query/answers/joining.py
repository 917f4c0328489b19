"""Joins the parts of a sentence that a line, a margin or an abbreviation has cut. No I/O.

A page of a book or a form is set in lines, and `The first edition was released on` is followed by
the date in the next one. Alone neither part tells anything, and a reader can't use it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.query.answers.units import Unit

# After these words a sentence of English goes on.
_GOES_ON = re.compile(
    r"\b(?:a|an|the|and|or|of|by|on|in|at|to|for|from|with|as|than|that|which|who|is|are|was|were"
    r"|be|been|has|have|had|its|their|our|this|between|under|per|into|through|include|includes)$"
)
_CUT = re.compile(r"\w-$|[^\W\d_]{2},$")
# The number of a line or item, alone or before a few words that name it: `42 Exemptions.`
_NUMBERED = re.compile(
    r"(?:[A-Z][a-z]{1,11} )?\d{1,3}[a-z]?(?: [A-Z]\S{0,30}(?: [^\W\d]\S{0,30}){0,3})?|\d{1,3}[.)]"
)
_ENDED = re.compile(r"[.!?…;:。！？؟][*_\"'”’»)\]]{0,4}$")
# Titles and initials before a name, and words before a number, which end in a point.
_SHORT = re.compile(
    r"(?:^|\s)(?:Dr|Mr|Mrs|Ms|Prof|Messrs|Hon|Rev|Sen|Rep|Gov|St|No|Nos|Ref|Tel|Fig|Figs|Sec|Art|Eq|vs|v)\.$"
    r"|^(?:Dr\. |Mr\. |Mrs\. |Ms\. )?(?:[A-Z][a-z]{1,15} )?(?:[A-Z]\.){1,4}$"
)
# Parts of one sentence, and letters of a joined one.
_MOST_PARTS, _MOST_LETTERS = 12, 700
_PARTS = ("prose", "pair", "item")


def joined(found: Sequence[Unit], content: str) -> list[Unit]:
    """Return the units with each cut sentence as one unit, of the kind of its first part."""
    made: list[Unit] = []
    parts = 0
    for unit in found:
        last = made[-1] if made else None
        if last and parts < _MOST_PARTS and _is_one(last, unit, content):
            kind = "prose" if last.kind == "pair" else last.kind
            text = content[last.start : unit.end]
            made[-1] = replace(last, kind=kind, end=unit.end, text=text)
            parts += 1
        else:
            made.append(unit)
            parts = 0
    return made


def _is_one(first: Unit, second: Unit, content: str) -> bool:
    """Return whether two units that follow one another are parts of one sentence."""
    if first.kind not in _PARTS or first.marked or second.marked or first.block != second.block:
        return False
    if second.end - first.start > _MOST_LETTERS or second.kind == "row":
        return False
    short = _NUMBERED.fullmatch(first.text.rstrip(".")) or _SHORT.search(first.text)
    if short and second.kind in ("prose", "pair"):
        return "\n" not in content[first.end : second.start]
    if second.kind not in ("prose", "pair", "heading") or _ENDED.search(first.text):
        return False
    goes_on = _GOES_ON.search(first.text) or _CUT.search(first.text)
    return goes_on is not None or (first.kind == "prose" and second.text[:1].islower())
