"""Finds the terms of a question and how surely an answer must stand under them. No I/O.

A code, a year, a date and the number of a model or room are *keys*: they name one thing of many
that are alike, so a statement about another one is never an answer. A capital within the question
marks a name. Other words weigh by their place: the last noun of `the snow plough` more than the
first, a verb or a word for a relation (`kept`, `located`) least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from services.query import wording
from services.query.answers.stop_words import ENGLISH, RELATIONS, is_stop_word
from services.query.lexical import stem

TermKind = Literal["code", "year", "number", "name", "word", "relation"]

# Weight of a term by its kind; a word weighs less if it is not the last of its noun phrase.
WEIGHTS: Mapping[TermKind, float] = {
    "code": 2.0,
    "year": 1.5,
    "number": 1.5,
    "name": 1.5,
    "word": 1.0,
    "relation": 0.25,
}
_MODIFIER = 0.8
VERB = 0.6

_TOKEN = re.compile(r"[^\W_]+(?:[-–_/.,:'’@+][^\W_]+)*|[,;:()\"“”„«»?!]")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Digits of a number that names something, as a ticket; amounts that are asked about are shorter.
_LONG_NUMBER = 5
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LETTERS_FIRST = re.compile(r"[^\W\d_]{1,10}[-–_/.]?\d")
_LONG_WORD = re.compile(r"[a-zà-ÿ]{3,}")
# Words of questions in scripts without spaces, and their particles.
_ASKING = re.compile(
    "在?哪里|在?哪儿|哪个|哪些|哪|什么时候|为什么|什么|多少|怎么样?|如何|几|谁|吗|呢|[的是了在有]"
    "|どこ|いつ|だれ|誰|なぜ|どの|どう|いくら|いくつ|何|です|ます|[はがをにのでとかもへ]|อะไร|ที่ไหน|เมื่อไร|ใคร|ทำไม|อย่างไร|เท่าไร|กี่"
)
_DETERMINERS = frozenset(
    "the a an of for in on at to with by from under per each every this that is are does do".split()
)
_BEFORE_VERB = frozenset("i you we they one he she to should must can may shall not and".split())
# Of a person; they name none.
_TITLES = frozenset("dr mr mrs ms miss prof professor sir herr frau".split())
# Of what a person does, all words count: there are several officers.
_ROLES = frozenset(
    wording.form(word)
    for word in "officer director manager president secretary minister chair chairman head".split()
)
_DO = frozenset(("do", "does", "did"))
_BE = frozenset(("is", "are", "was", "were", "be", "been"))
_WHICH = frozenset(("which", "what"))


@dataclass(frozen=True, slots=True)
class Term:
    """One term: `stem` as in `Words`, `shown` as asked, `beside` the stem before a number."""

    stem: str
    shown: str
    kind: TermKind
    weight: float
    beside: str = ""
    # Whether a text about the asked thing need not name it: what is done, or the sort of answer.
    implied: bool = False

    @property
    def is_key(self) -> bool:
        """Return whether an answer must stand under it."""
        return self.kind in ("code", "year", "number")


@dataclass(frozen=True, slots=True)
class Name:
    """A run of names, as `Sankt Nimmerlein`."""

    stems: tuple[str, ...]
    shown: str

    @property
    def is_role(self) -> bool:
        """Return whether it is what a person does, as `Chief Technology Officer` is."""
        return len(self.stems) > 1 and self.stems[-1] in _ROLES


@dataclass(frozen=True, slots=True)
class Keys:
    """The terms of a question in order, its names, and pairs of neighbouring words.

    `adjacent` has relations too: `total assets`.
    """

    terms: tuple[Term, ...]
    names: tuple[Name, ...]
    beside: tuple[tuple[str, str], ...]
    adjacent: tuple[tuple[str, str], ...] = ()

    @property
    def weight(self) -> float:
        """Return the sum of the weights."""
        return sum(term.weight for term in self.terms)


@lru_cache(maxsize=500)
def keys_of(question: str) -> Keys:
    """Return the keys of a question.

    >>> [(term.shown, term.kind) for term in keys_of("Where is the ladder of Trento 300?").terms]
    [('ladder', 'word'), ('Trento', 'name'), ('Trento 300', 'number')]
    """
    plain = _ASKING.sub(" ", wording.without_dates(wording.respelled(question)))
    written = _TOKEN.findall(plain)
    tokens = [wording.bare(token) for token in written]
    owners = [token != bare for token, bare in zip(written, tokens, strict=True)]
    english = is_english(tokens)
    titled = _is_titled(tokens)
    found: dict[str, Term] = {}
    for date in wording.dates(question):
        found[date] = Term(date, date, "code", WEIGHTS["code"])
    for at in range(len(tokens)):
        for term in _terms(tokens, at, english=english, names=english and not titled):
            found.setdefault(term.stem, term)
    adjacent = tuple(_adjacent(tokens, found))
    return Keys(
        tuple(found.values()),
        tuple(_names(tokens, owners, found)),
        tuple(pair for pair in adjacent if all(found[stem].kind != "relation" for stem in pair)),
        adjacent,
    )


def is_english(tokens: Sequence[str]) -> bool:
    """Return whether a question has words that only English ones have, or no stop words at all."""
    lower = [token.lower() for token in tokens]
    english = sum(token in ENGLISH for token in lower)
    others = sum(is_stop_word(token) and token not in ENGLISH for token in lower)
    return english >= others


def _is_titled(tokens: Sequence[str]) -> bool:
    """Return whether nearly all words begin in upper case, as in a title."""
    words = [token for token in tokens if token[0].isalpha()]
    upper = sum(token[0].isupper() for token in words)
    return len(words) > 2 and upper > 0.7 * len(words)


def _terms(tokens: Sequence[str], at: int, *, english: bool, names: bool) -> Iterator[Term]:
    token = tokens[at]
    if not token[0].isalnum():
        return
    if any(map(str.isdigit, token)):
        yield from _numbered(tokens, at)
        return
    lower = token.lower()
    if (lower in ENGLISH if english else is_stop_word(lower)) or (
        len(lower) == 1 and token.isascii() and not token.isupper()
    ):
        return
    if lower in _TITLES:
        return
    acronym = len(token) > 1 and token.isupper()
    if names and (acronym or (at > 0 and token[0].isupper() and tokens[at - 1] not in ".?!:")):
        for part in wording.words(token).stems:
            yield Term(part, token, "name", WEIGHTS["name"])
        return
    kind: TermKind = "relation" if stem(lower) in RELATIONS else "word"
    weight = WEIGHTS[kind]
    if kind == "word" and english:
        weight *= _place_weight(tokens, at)
    if not english and token[0].islower():
        weight *= VERB
    implied = english and _is_implied(tokens, at)
    if _is_email_address(tokens, at):
        kind, weight = "relation", WEIGHTS["relation"]
    for part in wording.words(token).stems:
        yield Term(part, token, kind, weight, implied=implied)


def _is_email_address(tokens: Sequence[str], at: int) -> bool:
    """Return whether an e-mail's `address` is meant, which no text calls by that word."""
    return at > 0 and tokens[at - 1].lower() == "email" and tokens[at].lower() == "address"


def _is_implied(tokens: Sequence[str], at: int) -> bool:
    """Return whether a word follows `which`, or is the participle at the end of a passive."""
    before = tokens[at - 1].lower() if at else ""
    ends = at + 1 == len(tokens) or not tokens[at + 1][0].isalnum()
    return before in _WHICH or (ends and tokens[at].endswith("ed") and _has(_BE, tokens[:at]))


def _numbered(tokens: Sequence[str], at: int) -> Iterator[Term]:
    token = tokens[at]
    if _YEAR.fullmatch(token):
        yield Term(token, token, "year", WEIGHTS["year"])
    elif _is_code(token):
        yield Term(wording.code(token), token, "code", WEIGHTS["code"])
    elif token.isdigit() and len(token) >= _LONG_NUMBER:
        yield Term(token, token, "code", WEIGHTS["code"])
    elif _NUMBER.fullmatch(token):
        number = wording.code(token)
        before = tokens[at - 1] if at else ""
        after = tokens[at + 1] if at + 1 < len(tokens) else "?"
        named = before[:1].isalpha() and not is_stop_word(before)
        last = not after[0].isalnum() or is_stop_word(after)
        if named and (before[0].isupper() or last):
            yield Term(
                number, f"{before} {token}", "number", WEIGHTS["number"], wording.form(before)
            )
        else:
            yield Term(number, token, "word", WEIGHTS["word"])
    else:
        for part in wording.words(token).stems:
            yield Term(part, token, "word", WEIGHTS["word"])


def _is_code(token: str) -> bool:
    """Return whether a token with a digit names something: `E117`, `4.2.1`, `7745-0091-E`."""
    if _NUMBER.fullmatch(token):
        return token.count(".") > 1
    if not any(map(str.isalpha, token)):
        return token.count("-") + token.count("/") > 0 and len(token) > 4
    if re.fullmatch(r"\d+(?:st|nd|rd|th|s|er|e|º|ª)", token, re.IGNORECASE):
        return False
    return _LETTERS_FIRST.match(token) is not None or _LONG_WORD.search(token) is None


def _place_weight(tokens: Sequence[str], at: int) -> float:
    before = tokens[at - 1].lower() if at else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else "?"
    ends = not after[0].isalnum()
    if before in _BEFORE_VERB or (
        ends and at > 2 and before not in _DETERMINERS and _has(_DO, tokens[:at])
    ):
        return VERB
    follows = after[0].isalpha() and after.lower() not in ENGLISH and stem(after) not in RELATIONS
    return _MODIFIER if follows else 1.0


def _has(words: frozenset[str], tokens: Sequence[str]) -> bool:
    return any(token.lower() in words for token in tokens)


def _names(
    tokens: Sequence[str], owners: Sequence[bool], terms: Mapping[str, Term]
) -> Iterator[Name]:
    """Yield the runs of names; one that has something ends its run: `Ada's Engine`."""
    run: list[str] = []
    for token, owns in zip([*tokens, ""], [*owners, False], strict=True):
        stems = wording.words(token).stems
        named = bool(stems) and all(part in terms and terms[part].kind == "name" for part in stems)
        if named:
            run.append(token)
        if run and (owns or not named):
            shown = " ".join(run)
            yield Name(wording.words(shown).stems, shown)
            run = []


def _adjacent(tokens: Sequence[str], terms: Mapping[str, Term]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of terms that follow one another directly."""
    before = ""
    for token in tokens:
        stems = [part for part in wording.words(token).stems if part in terms]
        if before and stems:
            yield before, stems[0]
        before = stems[-1] if stems else ""
