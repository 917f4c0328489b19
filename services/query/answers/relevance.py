"""How well statements answer a question: the features that are blended. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from services.query import wording
from services.query.answers import attributes, definitions, expected, guard
from services.query.answers.coverage import Weighted, coverage, found
from services.query.answers.keys import Keys
from services.query.answers.statement import Statement
from services.query.answers.stop_words import ENGLISH, RELATIONS

# Share of its words that a key has if it is the statement's own, or that of a heading.
_OWN = 1.0
_HEADING = 0.5
# A sentence that only mentions what it should define rarely helps.
_MENTIONS = -1.0
# Words of a long sentence; few answers have more.
_LONG_SENTENCE = 60
# A sentence about the document itself, as an introduction has.
_ABOUT_DOCUMENT = re.compile(
    r"(?:this|the) (?:page|document|sheet|section|chapter|handbook|manual|register|list|table"
    r"|leaflet|guide|notice|inventory|overview)\b.{0,30}"
    r"\b(?:is|was|are|describes|gives|lists|belongs|covers)\b",
    re.IGNORECASE,
)
# Words of a key that do not tell it from others.
_COMMON = frozenset(wording.form(word) for word in ENGLISH - {"own"}) | RELATIONS


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one statement; each is 0 … 1, `similarity` a cosine."""

    similarity: float
    coverage: float
    own: float
    key: float
    expected: float
    missing: float
    lacking: float
    another: float
    unnamed: float
    worst: float
    about: float
    phrase: float
    counted: float
    defines: float
    long: float
    unasked: float

    def values(self) -> list[float]:
        """Return the values in order."""
        return [
            self.similarity,
            self.coverage,
            self.own,
            self.key,
            self.expected,
            self.missing,
            self.lacking,
            self.another,
            self.unnamed,
            self.worst,
            self.about,
            self.phrase,
            self.counted,
            self.defines,
            self.long,
            self.unasked,
        ]


def key_match(keys: Keys, statement: Statement) -> float:
    """Return the share of the key's own words that the question has; 0 without a key."""
    key = wording.words(statement.key)
    # Initials tell no name from another.
    names = [name for name in key.stems if len(name) > 1 or not name.isalpha()] or key.stems
    asked = {term.stem for term in keys.terms}
    if any(asked & codes for codes in (key.codes, *map(_codes, statement.before))):
        return _OWN
    if statement.kind == "prose" and _names_key(keys, statement.text):
        return _OWN
    # A row that is only called `Total` tells so.
    telling = [name for name in names if name not in _COMMON] or list(names)
    if not telling:
        return 0.0
    own = statement.kind in ("row", "pair") or bool(statement.question)
    own = own or (statement.kind == "item" and statement.key not in statement.headings)
    return (_OWN if own else _HEADING) * sum(name in asked for name in telling) / len(telling)


def _names_key(keys: Keys, text: str) -> bool:
    """Return whether a sentence has the asked year, or begins with the asked code as a clause."""
    found = wording.words(text)
    years = {term.stem for term in keys.terms if term.kind == "year"}
    first = found.stems[0] if found.stems else ""
    return bool(years & found.codes) or any(
        term.is_key and term.stem == first for term in keys.terms
    )


def _codes(text: str) -> frozenset[str]:
    return wording.words(text).codes


def features(question: str, of: Weighted, statement: Statement, similarity: float) -> Features:
    """Return the features of one statement."""
    covered, own, worst = coverage(of, statement)
    total = of.total or 1.0
    kind = expected.expected(question)
    text = expected.telling(question, shown(statement), kind)
    if kind == "length":
        # The unit may stand in the name of the column.
        text = " ".join((text, *statement.header, statement.key))
    return Features(
        similarity=similarity,
        coverage=covered,
        own=own,
        key=key_match(of.keys, statement),
        expected=float(expected.has(text, kind)),
        missing=sum(of.weights[stem] for stem in of.missing) / total,
        lacking=float(
            expected.lacks(text, kind)
            or _gives_no_reason(statement, text, kind)
            or _counts_another(question, statement)
        ),
        another=float(guard.mentions_another(statement, of.keys)),
        unnamed=float(any(not guard.is_near_name(statement, each) for each in of.keys.names)),
        worst=worst,
        about=float(is_about_document(statement)),
        phrase=_phrase(question, of.keys, statement.text),
        counted=float(expected.counts(question, text)),
        defines=_defines(question, of.keys, statement),
        long=_excess(statement),
        unasked=_unasked(question, of, statement),
    )


def _phrase(question: str, keys: Keys, text: str) -> float:
    """Return the share of neighbouring words of a question that are neighbours in a text too.

    Words that name what the question is about may stand anywhere above; under a key it is enough
    to add what is asked.
    """
    if any(term.is_key for term in keys.terms):
        return 0.0
    naming = {term.stem for term in keys.terms if term.kind == "name"}
    pairs = pairwise(wording.words(question).stems)
    asked = {pair for pair in pairs if naming.isdisjoint(pair)}
    return len(asked.intersection(pairwise(wording.words(text).stems))) / max(len(asked), 1)


def tells(question: str, text: str) -> bool:
    """Return whether a text has the form of what is asked: a definition, signature or sender."""
    return (
        definitions.defines(question, text)
        or expected.is_signature(question, text)
        or expected.is_sender(question, text)
    )


def _defines(question: str, keys: Keys, statement: Statement) -> float:
    """Return 1 if a statement tells what the asked thing is, less than 0 if it only mentions it."""
    if tells(question, statement.text) or _is_entry(question, statement):
        return 1.0
    keyed = any(term.is_key for term in keys.terms)
    if keyed or statement.question or not definitions.asks(question):
        return 0.0
    under = key_match(keys, statement)
    return _MENTIONS if under < (_HEADING if statement.kind == "prose" else _OWN) else 0.0


def _is_located(keys: Keys, statement: Statement) -> bool:
    """Return whether a question names the row and by a year or code a column of a table.

    What the table is about may stand in the text before it.
    """
    columns = wording.words(" ; ".join(statement.header)).present
    named = any(term.is_key and term.stem in columns for term in keys.terms)
    return statement.kind == "row" and named and key_match(keys, statement) == _OWN


def _is_entry(question: str, statement: Statement) -> bool:
    """Return whether a sentence is the first one below the asked thing, as in a glossary."""
    heading = statement.headings[-1] if statement.headings else ""
    first = statement.kind == "prose" and not statement.earlier and not statement.before
    if not first or not definitions.is_thing(question, heading):
        return False
    return not statement.text.casefold().startswith(heading.casefold())


def _unasked(question: str, of: Weighted, statement: Statement) -> float:
    """Return the share of weight of what is asked that a statement and its levels do not name."""
    asked = attributes.asked(question)
    terms = [term for term in of.keys.terms if term.stem in asked and term.kind == "word"]
    total = sum(of.weights[term.stem] for term in terms)
    if not total or _is_located(of.keys, statement):
        return 0.0
    placed = [text for place, text in statement.levels if place != "passage"]
    if statement.kind != "prose":
        placed += map(wording.words, statement.earlier)
    best = (max((found(term, text) for text in placed), default=0.0) for term in terms)
    return (
        sum(of.weights[term.stem] * (1 - share) for term, share in zip(terms, best, strict=True))
        / total
    )


def _excess(statement: Statement) -> float:
    """Return how much longer than a long sentence a sentence is; 1 if twice as long."""
    if statement.kind == "row":
        return 0.0
    return min(max(len(statement.text.split()) / _LONG_SENTENCE - 1, 0.0), 1.0)


def is_about_document(statement: Statement) -> bool:
    """Return whether a sentence tells about its document, as an introduction does."""
    return _ABOUT_DOCUMENT.match(statement.text) is not None


def _gives_no_reason(statement: Statement, text: str, kind: expected.Expected) -> bool:
    """Return whether a reason is expected of a row or pair that has no word for one."""
    return kind == "reason" and statement.kind in ("row", "pair") and not expected.has(text, kind)


def _counts_another(question: str, statement: Statement) -> bool:
    """Return whether a row only mentions what is counted, or a pair does not have that word."""
    if statement.kind == "pair":
        counted = expected.counted(question)
        return bool(counted) and counted not in statement.known
    return statement.kind == "row" and expected.counts_another(question, statement.key)


def tells_its_key(keys: Keys, statement: Statement) -> bool:
    """Return whether a question has the value of a form's field, and not what the field is."""
    if not statement.is_field:
        return False
    asked = {term.stem for term in keys.terms if term.kind != "relation"}
    key, value = (wording.words(cell).present for cell in statement.cells)
    return bool(asked & value) and not asked & key


def shown(statement: Statement) -> str:
    """Return the text of a statement without the key of its row or pair."""
    if len(statement.cells) > 1:
        return " ; ".join(cell for cell in statement.cells if cell != statement.key)
    if statement.kind == "item" and statement.lead:
        return f"{statement.lead} {statement.text}"
    if statement.kind in ("pair", "item"):
        return statement.text.replace(statement.key, " ", 1) if statement.key else statement.text
    return statement.text
