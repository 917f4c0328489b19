"""Makes texts that are hard for one regular expression, from its own parse tree.

A backtracking matcher is slow where it can divide a run among several repetitions and then fails.
So each text is a beginning that the expression accepts, a long run of the characters that one of
its repetitions accepts, and an end that it does not accept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

# The parser of the standard library; its tree is an implementation detail of CPython, which a test
# of known slow expressions pins.
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# None of them is in a class of characters of an expression here, alone or after a run.
_ENDS = ("", "\x01", "\x01x", "\n\x01", "x", "1", " ")
_CATEGORIES = {
    ops.CATEGORY_DIGIT: "1",
    ops.CATEGORY_NOT_DIGIT: "x",
    ops.CATEGORY_SPACE: " ",
    ops.CATEGORY_NOT_SPACE: "x",
    ops.CATEGORY_WORD: "x",
    ops.CATEGORY_NOT_WORD: "-",
}
_PROBES = "x1 -\n.,|#*_aA\u00e9\u4e00\t:\"'()[]<>=~+/\\"


def hostile_texts(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """Yield texts of about `length` characters, for every length in the same order."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    tree = parser.parse(text, pattern.flags & ~re.DEBUG)
    for (before, run), end in product(dict.fromkeys(_runs(list(tree), "")), _ENDS):
        yield f"{before}{run * max(1, length // len(run))}{end}"


def _runs(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """Yield (beginning, unit of a run) for each repetition below `items`."""
    for op, argument in items:
        for inner in _children(op, argument):
            yield from _runs(inner, before)
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            units = dict.fromkeys(_samples(list(argument[2])))
            for unit in filter(None, units):
                yield before, unit
                yield "", unit
        before += _sample([(op, argument)])


def _children(op: Any, argument: Any) -> list[list[Any]]:
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        return [list(argument[2])]
    if op is ops.SUBPATTERN:
        return [list(argument[3])]
    if op is ops.BRANCH:
        return [list(each) for each in argument[1]]
    if op is ops.ATOMIC_GROUP:
        return [list(argument)]
    if op in (ops.ASSERT, ops.ASSERT_NOT):
        return [list(argument[1])]
    return []


def _sample(items: list[Any]) -> str:
    return next(iter(_samples(items)), "")


def _samples(items: list[Any]) -> list[str]:
    """Return a few texts that `items` accept, one for each kind of character or branch."""
    made = [""]
    for op, argument in items:
        choices = _choices(op, argument)
        if len(choices) > 1 and len(made) > 1:
            choices = choices[:2]
        made = [a + b for a, b in product(made, choices)][:6]
    return made


def _choices(op: Any, argument: Any) -> list[str]:
    if op is ops.LITERAL:
        return [chr(argument)]
    if op is ops.NOT_LITERAL:
        return [next(each for each in _PROBES if ord(each) != argument)]
    if op is ops.ANY:
        return ["x", " "]
    if op is ops.IN:
        return _of_class(argument)
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        least, _, inner = argument
        return [each * max(least, 1) for each in _samples(list(inner))] or [""]
    if op is ops.SUBPATTERN:
        return _samples(list(argument[3]))
    if op is ops.ATOMIC_GROUP:
        return _samples(list(argument))
    if op is ops.BRANCH:
        return [_sample(list(each)) for each in argument[1]][:6]
    return [""]


def _of_class(members: list[Any]) -> list[str]:
    """Return probes that are in a class of characters, and its own first literals."""
    negated = bool(members) and members[0][0] is ops.NEGATE
    accepted = [each for each in _PROBES if _is_in(each, members) != negated]
    if negated:
        return accepted[:3] or ["\u0416"]
    own = [chr(value) for op, value in members if op is ops.LITERAL]
    own += [chr(value[0]) for op, value in members if op is ops.RANGE]
    return list(dict.fromkeys([*accepted[:3], *own[:3]])) or ["x"]


def _is_in(char: str, members: list[Any]) -> bool:
    for op, value in members:
        if op is ops.LITERAL and ord(char) == value:
            return True
        if op is ops.RANGE and value[0] <= ord(char) <= value[1]:
            return True
        if op is ops.CATEGORY and re.fullmatch(_CLASS_OF[value], char):
            return True
    return False


_CLASS_OF = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}
