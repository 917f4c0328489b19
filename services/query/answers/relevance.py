"""How well statements answer a question: features, their blend, and the gate. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from services.query import wording
from services.query.answers import attributes, definitions, expected, guard
from services.query.answers.keys import Keys, Term
from services.query.answers.statement import Statement, continues
from services.query.answers.stop_words import ENGLISH, RELATIONS

# Share of a term's weight that counts if it stands in the text itself, or how far above it.
_OWN = 1.0
_HEADING = 0.5
_KEYED = 0.95
_TITLE = 0.85
_EARLIER = 0.75
_PARAGRAPH = 0.45
_PASSAGE = 0.3
# Terms of a short question, of which each counts; the least weight of a term that names a thing.
SHORT = 3
_THING = 0.8
# Share for a word that shares its first letters with a term, and how many of the longer word's.
_AKIN = 0.8
_AKIN_LETTERS = 5
_AKIN_SHARE = 0.7
# A sentence that only mentions what it should define rarely helps.
_MENTIONS = -1.0
# Statements whose texts above them are kept, and pairs of a word and a text that are kept compared:
# enough for one question, which looks at both several times.
_KEPT_STATEMENTS = 1_024
_KEPT_PAIRS = 4_096
# Words of a long sentence; few answers have more.
_LONG_SENTENCE = 60


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


@dataclass(frozen=True, slots=True)
class Weighted:
    """The terms of a question with their weight among the statements that are compared."""

    keys: Keys
    weights: Mapping[str, float]
    # Terms that no statement has, nor any text above one.
    missing: frozenset[str]

    @property
    def total(self) -> float:
        return sum(self.weights.values())


def weighted(keys: Keys, statements: Sequence[Statement]) -> Weighted:
    """Weigh each term by its kind and its rarity in the statements.

    Rarity is the logarithm of inverse document frequency (Spärck Jones, 1972).
    """
    texts = [_all(each) for each in statements]
    weights: dict[str, float] = {}
    missing: set[str] = set()
    for term in keys.terms:
        count = sum(_found(term, text) > 0 for text in texts)
        rarity = math.log(1 + (len(texts) + 1) / (count + 0.5))
        weights[term.stem] = term.weight * rarity
        if not count:
            missing.add(term.stem)
    return Weighted(keys, weights, frozenset(missing))


def coverage(of: Weighted, statement: Statement) -> tuple[float, float, float]:
    """Return shares of weight: covered, covered by the text alone, and the most that is lacking."""
    if not of.weights or of.total == 0:
        return 0.0, 0.0, 0.0
    placed = _levels(statement, keyed=any(term.is_key for term in of.keys.terms))
    covered = own = worst = 0.0
    for term in of.keys.terms:
        weight = of.weights[term.stem]
        best = 0.0
        for share, text in placed:
            if share <= best:
                break
            best = max(best, share * _found(term, text))
        if term.is_key and guard.is_under(statement, term):
            best = _OWN
        covered += weight * best
        worst = max(worst, weight * (1 - best))
        own += weight * _found(term, placed[0][1])
    return covered / of.total, own / of.total, worst / of.total


def lacks_subject(of: Weighted, statement: Statement) -> bool:
    """Return whether a short question has a thing that a statement and its levels do not name."""
    terms = [term for term in of.keys.terms if term.kind != "relation"]
    if len(terms) > SHORT:
        return False
    placed = [text for share, text in _levels(statement) if share >= _PARAGRAPH]
    return any(
        term.kind == "word"
        and term.weight >= _THING
        and not term.implied
        and not any(_found(term, text) for text in placed)
        for term in terms
    )


def key_match(keys: Keys, statement: Statement) -> float:
    """Return the share of the key's own words that the question has; 0 without a key."""
    key = wording.words(statement.key)
    names = key.stems
    asked = {term.stem for term in keys.terms}
    if any(asked & codes for codes in (key.codes, *map(_codes, statement.before))):
        return _OWN
    if statement.kind == "prose" and _names_key(keys, statement.text):
        return _OWN
    telling = [name for name in names if name not in _COMMON]
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
    """Return whether a text has the form of what is asked: a definition, or a signature."""
    return definitions.defines(question, text) or expected.is_signature(question, text)


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
    placed = [text for share, text in _levels(statement) if share > _PASSAGE]
    if statement.kind != "prose":
        placed += map(wording.words, statement.earlier)
    found = (max((_found(term, text) for text in placed), default=0.0) for term in terms)
    return (
        sum(of.weights[term.stem] * (1 - best) for term, best in zip(terms, found, strict=True))
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
        return bool(counted) and counted not in _all(statement)
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


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _levels(
    statement: Statement, *, keyed: bool = False
) -> tuple[tuple[float, wording.Words], ...]:
    """Return (share, words) of the texts above a statement, the nearest first."""
    texts: list[tuple[float, str]] = []
    if statement.kind == "row":
        texts.append((_OWN, " ; ".join((*statement.cells, *statement.header, statement.table))))
    else:
        texts.append((_OWN, statement.text))
    texts += [(_OWN, each) for each in (statement.question, statement.lead) if each]
    texts += [(_OWN, each) for each in statement.headings[-2:]]
    texts += [(_TITLE, each) for each in (*statement.headings[:-2], statement.title)]
    texts += [(_TITLE, statement.passage.opening), (_TITLE, statement.about)]
    if statement.before:
        near = _EARLIER if continues(statement.text) else _PARAGRAPH
        # The sentences of a paragraph under a key all tell about what has the key.
        near = _KEYED if keyed else near
        texts.append((near, " ".join(statement.before)))
    if statement.kind == "prose":
        texts.append((_PASSAGE, statement.passage.content))
    return tuple((share, wording.words(text)) for share, text in texts)


def _all(statement: Statement) -> frozenset[str]:
    return frozenset().union(
        *(text.present for share, text in _levels(statement) if share > _PASSAGE)
    )


def _found(term: Term, text: wording.Words | frozenset[str]) -> float:
    """Return 1 if a text has the term, less for a word that is akin to it, else 0."""
    present = text if isinstance(text, frozenset) else text.present
    if term.stem in present:
        return 1.0
    if term.kind != "word" or len(term.stem) < _AKIN_LETTERS:
        return 0.0
    return _AKIN if _has_akin(term.stem, present) else 0.0


@lru_cache(maxsize=_KEPT_PAIRS)
def _has_akin(stem: str, present: frozenset[str]) -> bool:
    start = stem[:_AKIN_LETTERS]
    return any(word.startswith(start) and _akin(word, stem) for word in present)


def _akin(one: str, other: str) -> bool:
    shared = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return shared >= _AKIN_SHARE * max(len(one), len(other))


# A sentence about the document itself, as an introduction has.
_ABOUT_DOCUMENT = re.compile(
    r"(?:this|the) (?:page|document|sheet|section|chapter|handbook|manual|register|list|table"
    r"|leaflet|guide|notice|inventory|overview)\b.{0,30}"
    r"\b(?:is|was|are|describes|gives|lists|belongs|covers)\b",
    re.IGNORECASE,
)
# Words of a key that do not tell it from others.
_COMMON = frozenset(wording.form(word) for word in ENGLISH - {"own"}) | RELATIONS
