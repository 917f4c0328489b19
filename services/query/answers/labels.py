"""Joins values with the labels that a form prints below or above them. No I/O.

A form has `Trento 300` in one line and `(Model of the boiler)` below it, or names its columns in
one line, `Title of each class Trading symbol`, and has their values in the next. Both are one pair,
whose key is the label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from services.query.lexical import STOP_WORDS

if TYPE_CHECKING:
    from services.query.answers.units import Unit

# A label in brackets: words, of which the first one is written large, and no sentence.
_LABEL = re.compile(r"\((?!In\s|See\s|As\s)[A-Z][\w.,'’-]{0,30}\s\S")
_ENDED = re.compile(r"[.!?…;。！？؟]$")
_SENTENCE = re.compile(r"[^\W\d_]{4}[.!?…;。！？؟]\)$")
# Lines of a value above its label, as of an address with a telephone number; words of each.
_VALUE_LINES, _VALUE_WORDS = 3, 15
# Lines of a label, as narrow columns have; letters of one that is no paragraph in brackets.
_LABEL_LINES, _LABEL_LETTERS = 3, 200
_VALUES = ("prose", "item", "heading")
# Names of columns beside the first one, and words of their values.
_LEAST_NAMES, _LINE_WORDS = 2, 25


def joined(found: Sequence[Unit], content: str) -> list[Unit]:
    """Return the units with each value and the label below it as one pair."""
    made: list[Unit] = []
    at = 0
    while at < len(found):
        label = _label(found[at:])
        if not label:
            made.append(found[at])
            at += 1
            continue
        at += len(label)
        values: list[Unit] = []
        while made and len(values) < _VALUE_LINES and _is_value(made[-1]):
            values.insert(0, made.pop())
        if not values and made and made[-1].kind == "heading":
            values = [made[-1]]
        if values:
            start, end = values[0].start, label[-1].end
            key = " ".join(content[label[0].start : end].split()).strip("() ")
            text = content[start:end]
            made.append(replace(values[0], kind="pair", end=end, text=text, label=key))
        else:
            made += [replace(each, kind="furniture") for each in label]
    return made


def below_names(found: Sequence[Unit], content: str) -> list[Unit]:
    """Return the units with each line that names columns and the values below it as one pair."""
    made: list[Unit] = []
    for unit in found:
        last = made[-1] if made else None
        if last and _names_columns(last) and _is_below(last, unit):
            key = " ".join(last.text.split())
            text = content[last.start : unit.end]
            made[-1] = replace(last, kind="pair", end=unit.end, text=text, label=key)
        else:
            made.append(unit)
    return made


def _names_columns(unit: Unit) -> bool:
    """Return whether a line has several names side by side, and is too long for a heading."""
    words = unit.text.split()
    names = [word for word in words[1:] if word[:1].isupper()]
    return (
        unit.kind == "prose"
        and not unit.marked
        and len(words) <= _VALUE_WORDS
        and words[0][:1].isupper()
        and len(names) >= _LEAST_NAMES
        # A name of several words; a title in large letters only is a heading.
        and any(word in STOP_WORDS for word in words)
        and not any(sign in unit.text for sign in ".,;:?!|")
        and not any(map(str.isdigit, unit.text))
    )


def _is_below(names: Unit, unit: Unit) -> bool:
    """Return whether a line has values of the columns that the line before it names."""
    return (
        unit.kind in ("prose", "heading")
        and not unit.marked
        and not _ENDED.search(unit.text)
        and len(unit.text.split()) <= _LINE_WORDS
        and any(map(str.isdigit, unit.text))
        and unit.block - names.block <= 1
    )


def _label(following: Sequence[Unit]) -> list[Unit]:
    """Return the units of the label with which some units begin; none if they begin otherwise."""
    if not _LABEL.match(following[0].text):
        return []
    label: list[Unit] = []
    open_brackets = 0
    for each in following[:_LABEL_LINES]:
        if each.kind not in _VALUES or each.marked or each.block != following[0].block:
            return []
        label.append(each)
        open_brackets += each.text.count("(") - each.text.count(")")
        if open_brackets == 0:
            text = each.text
            short = sum(len(one.text) for one in label) <= _LABEL_LETTERS
            return label if short and text.endswith(")") and not _SENTENCE.search(text) else []
    return []


def _is_value(unit: Unit) -> bool:
    return (
        unit.kind in _VALUES
        and not unit.marked
        and not _ENDED.search(unit.text)
        and len(unit.text.split()) <= _VALUE_WORDS
    )
