"""Names and codes of a text, and which of them another text lacks. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.query import wording
from services.query.lexical import STOP_WORDS
from shared.keywords.stop_words import LANGUAGES_OF

_WORD = re.compile(r"[^\W_]+(?:[-'’.&/][^\W_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n)[\s\W]{0,8}$")
_LONGEST_GAP = 64  # characters between two sentences; more are no gap
# Letters that two forms of one name share at least: Keller and Kellers, Basel and Baseler.
_SHARED_LETTERS = 4
# Share of the longer form that both have.
_SAME_NAME = 0.7


def names(text: str) -> list[tuple[str, bool]]:
    """Return the capitalised words and codes of a text, True for a word that begins a sentence.

    >>> names("Records go to Anna Keller with form QF-7.")
    [('Records', True), ('Anna', False), ('Keller', False), ('QF-7', False)]
    """
    return [
        (found[0], _begins_sentence(text, found.start()))
        for found in _WORD.finditer(text)
        if _is_name(found[0])
    ]


def _begins_sentence(text: str, at: int) -> bool:
    # What stands between two sentences is short; without a bound, long texts take quadratic time.
    return _SENTENCE_START.search(text, max(0, at - _LONGEST_GAP), at) is not None


def unknown_names(claim: str, known: str) -> bool:
    """Return whether a claim has a name that a text lacks.

    A word that begins a sentence may be no name. It counts if the text has a capitalised word that
    the claim lacks, as if one had been put in the other's place.
    """
    there = _forms(known)
    unknown = [
        (name, first)
        for name, first in names(claim)
        if not _is_in(name, there, wording.words(known))
    ]
    if any(not first for _, first in unknown):
        return True
    return bool(unknown) and any(
        not _is_in(name, _forms(claim), wording.words(claim)) for name, _ in names(known)
    )


def _is_name(word: str) -> bool:
    if any(map(str.isdigit, word)):
        return any(map(str.isalpha, word))
    # A single capital is an initial, or the pronoun; a month may be spelt like a common word.
    return word[0].isupper() and len(word) > 1 and (word == "May" or not _is_common(word))


def _is_common(word: str) -> bool:
    return word.lower() in STOP_WORDS or word.lower() in LANGUAGES_OF


def _forms(text: str) -> frozenset[str]:
    return frozenset(_parts(text))


def _parts(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        yield wording.folded(wording.bare(found[0]))
        yield from (wording.folded(part) for part in re.split(r"[-'’.&/]", found[0]))


def _is_in(name: str, forms: frozenset[str], words: wording.Words) -> bool:
    bare = wording.folded(wording.bare(name))
    if bare in forms or wording.form(bare) in words.present or wording.code(name) in words.codes:
        return True
    if any(map(str.isdigit, name)):
        return False
    return any(_is_same(bare, form) for form in forms)


def _is_same(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHARED_LETTERS or not longer.startswith(shorter):
        return False
    return len(shorter) >= _SAME_NAME * len(longer)
