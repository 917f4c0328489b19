"""Finds codes, numbers and dates, which are searched whole and in parts. No I/O.

A code is a word with a digit in it, joined by marks with its neighbours: SOP-017, 4.2.1,
7745-0091-E, 0x1F. E-mail addresses and names of files and variables are codes without digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.keywords.dates import iso_dates
from shared.keywords.folding import fold_letters
from shared.keywords.stop_words import STOP_WORDS

# Possessive, so that hostile text takes linear time.
_CODE = re.compile(r"[^\W_]++(?:(?:[-./:@+#\\_&]|(?<=\d),(?=\d))[^\W_]++)*+")
_MARKS = re.compile(r"[-./:@+#\\_&,]")
# A word before a number, as in "SOP 017", "clause 4.2", "no. 12".
_WORD_AND_NUMBER = re.compile(
    r"(?<!\w)([a-z\u00c0-\u024f\u0370-\u052f]{1,20})[ \u00a0](\d[\w.-]{0,19})(?<![.-])"
)
_GROUPED = re.compile(
    r"(?<![\w.,-])\d{1,3}(?:([.,])\d{3}(?:\1\d{3})*(?:[.,]\d+)?|(?:[ \u00a0\u202f'’]\d{3})+)"
    r"(?![\w-]|[.,]\d)"
)
# Marks that join a code with a label or with another code: "id:sop-017", "sop-017/sop-018".
_JOINTS = re.compile(r"[/:+&\\]")
_DIGIT = re.compile(r"\d")
# What tells a name without digits from words joined by a hyphen or slash.
_NAME = re.compile(r"[@_]|\w{2}\.[a-z]{2,5}$")
_STOP_WORDS = frozenset[str]().union(*STOP_WORDS.values())
# Letters; a longer one is no code that is asked for.
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its spellings, best first, and the parts that may be asked for alone."""

    spellings: tuple[str, ...]
    parts: tuple[str, ...] = ()


def find(text: str) -> list[Code]:
    """Return the codes of a normalised text, each once.

    >>> find("see sop-017")
    [Code(spellings=('sop-017', 'sop017'), parts=('017', 'sop-017-'))]
    """
    found = (each[:_LONGEST] for each in _CODE.findall(text) if not each.isalpha())
    named = (each for each in found if _DIGIT.search(each) or _NAME.search(each))
    codes = [_code(each) for whole in named for each in _separated(fold_letters(whole))]
    if _DIGIT.search(text):
        codes += [Code((date,)) for date in iso_dates(text)]
        codes += _after_words(text)
        codes += [Code((number,)) for number in _numbers(text)]
    return list(dict.fromkeys(codes))


def terms(text: str) -> list[str]:
    """Return all spellings and parts of the codes of a normalised text, each once."""
    return list(
        dict.fromkeys(term for code in find(text) for term in (*code.spellings, *code.parts))
    )


def _separated(whole: str) -> Iterator[str]:
    """Yield the code, and those that it is joined of; numbers are parts, as in 12/04/2024."""
    yield whole
    pieces = _JOINTS.split(whole)
    if len(pieces) > 1:
        yield from (each for each in pieces if _DIGIT.search(each) and not each.isdigit())


def _code(whole: str) -> Code:
    parts = [part for part in _MARKS.split(whole) if part]
    if len(parts) == 1:
        return Code((whole,))
    if not any(part.isalpha() for part in parts) and "-" not in whole and "/" not in whole:
        # "v2.3" is asked for as "version 2.3" too.
        return Code((whole, whole[1:]) if whole[0] == "v" else (whole,))
    joined = ("".join(parts),) if _DIGIT.search(whole) else ()
    kept = tuple(part for part in parts if _DIGIT.search(part) and part != whole)
    if "@" in whole or "." in whole:
        kept += _around_marks(whole)
    if "-" in whole:
        kept += _beginnings(whole)
    return Code((whole, *joined), tuple(dict.fromkeys(kept)))


def _beginnings(whole: str) -> tuple[str, ...]:
    """Return the beginnings up to each hyphen but the first, and the code as one of a longer code.

    A hyphen at the end tells them from codes, so that 7745-0091 is found before 7745-0091-E.
    """
    ends = [at for at, letter in enumerate(whole, start=1) if letter == "-"][1:]
    return (*(whole[:end] for end in ends), f"{whole}-")


def _around_marks(whole: str) -> tuple[str, ...]:
    """Return both sides of an e-mail address, and a file's name without its ending."""
    if "@" in whole:
        return tuple(side for side in whole.split("@") if side)
    name, _, ending = whole.rpartition(".")
    return (name,) if name and ending.isalpha() and not name.isalpha() else ()


def _after_words(text: str) -> Iterator[Code]:
    for word, number in _WORD_AND_NUMBER.findall(text):
        folded = fold_letters(word)
        if folded not in _STOP_WORDS:
            yield Code((folded + fold_letters(number),))


def _numbers(text: str) -> Iterator[str]:
    """Yield the numbers that have separators of thousands without them."""
    for found in _GROUPED.finditer(text):
        whole, mark = found[0], found[1]
        if mark is None:
            yield re.sub(r"\D", "", whole)
            continue
        integer, _, decimals = whole.replace(mark, "").partition("," if mark == "." else ".")
        yield f"{integer}.{decimals}" if decimals else integer
