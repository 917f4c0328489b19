"""Chooses the statements that answer a question, or decides that none does. No I/O.

The best statement decides whether the question is answered: a logistic blend of its features must
reach one half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.query import wording
from services.query.answers import coverage, definitions, expected, guard, relevance, wholes
from services.query.answers.coverage import Weighted
from services.query.answers.keys import Keys, keys_of
from services.query.answers.relevance import Features
from services.query.answers.statement import Statement, continues

# Statements encoded per question; encoding them takes most of an answer's time.
MAX_COMPARED = 12
# Order of statements: the weight of each feature beside the similarity, and of the passage's place
# (1 for the first one, 1/2 for the second …). Fitted by a conditional logit, the gate by a logistic
# regression, on the first, third … question of XQuAD (English) and the half to tune on of the own
# sets (`eval/own`).
_COVERAGE = 1.5
_OWN = 0.2
_KEY = 0.45
_EXPECTED = 0.3
_LACKING = 0.2
_WORST = 0.4
_ANOTHER = 0.05
_UNNAMED = 0.1
_ABOUT = 0.1
_RANK = 0.4
_PHRASE = 0.25
_COUNTED = 0.13
_DEFINES = 0.6
_LONG = 0.15
# The gate: the weights of the features in the order of `Features.values`, and the bias.
GATE = (4.55, 3.1, 0.3, 0.75, 0.45, -1.1, -2.5, -0.35, -0.25, -0.65, 0.0, 0.0, 0.0, 2.0, -0.5, -2.0)
BIAS = -3.55
# Running text has no key that tells what it is about: its words and their order count more.
PROSE_GATE = (7.4, 5.6, 0.5, 2.0, 0.0, -0.1, -5.0, -0.6, -0.7, 0.6, 0.0, 3.5, 0.0, 2.0, -1.0, -2.0)
PROSE_BIAS = -6.5
# A second sentence is shown too if it is nearly as good, since of so close ones either may answer:
# the less sure the first one is, the wider is a tie.
_TIE = 0.2
_UNSURE_TIE = 0.3
# Its cosine is at most so much lower: what is less near is about another thing of the same sort.
_LESS_SIMILAR = 0.18
_QUITE_SURE = 0.97
_SURE = 0.5
# What has no number, date or length that is asked for has to be surer; whom a text means can't be
# told as well.
_SURE_WITHOUT = 0.8
# A statement so similar may call the thing by another name, as one whose key is asked for.
_SAME_MEANING = 0.6
# Of two statements under a key, the one that has it itself is a little better.
_KEYED = 0.1
# Of two sentences below a heading, the one that tells about it (`It is …`) is a little better.
_CONTINUED = 0.1
# If several things are asked for, the items of a list with a lead-in are better than a sentence.
_LISTED = 0.25
# Share of words that two sentences of one pattern have in common.
_COPIED = 0.6
# Weight of the place of the passage beside the words, for what is compared by meaning.
_PLACE = 0.2
# Weight of the words of the setting, and of words of the answer to the part before.
_SETTING = 0.4
_CHAINED = 0.15
_MOST_CHAINED = 2

# A statement whose other features are by so much worse than the best one's is not compared by
# meaning: its cosine would have to be as much higher. In 367 parts of questions of `QUIRE_CASES`,
# the marked and real sets and the benchmark none such came first, nor near enough to be shown too;
# with 0.5 the answer to one of 86 others did.
_HOPELESS = 0.6

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement that may answer, with its features."""

    statement: Statement
    features: Features
    rank: int = 0
    bonus: float = 0.0
    lacks_subject: bool = False
    # Whether the question has a key.
    keyed: bool = False
    # Whether it has no number, date or length although one is asked for.
    lacks_value: bool = False
    # Whether it is the field of a message that names the sender who is asked for.
    sent: bool = False

    @property
    def score(self) -> float:
        """Return how well it answers, for ordering; `rank` is that of its passage, from 0."""
        each = self.features
        return (
            each.similarity
            + _COVERAGE * each.coverage
            + _OWN * each.own
            + _KEY * each.key
            + _EXPECTED * each.expected
            - _LACKING * each.lacking
            - _WORST * each.worst
            - _ANOTHER * each.another
            - _UNNAMED * each.unnamed
            - _ABOUT * each.about
            + _PHRASE * each.phrase
            + _COUNTED * each.counted
            + _DEFINES * each.defines
            - _LONG * each.long
            + _RANK / (1 + self.rank)
            + self.bonus
        )

    @property
    def confidence(self) -> float:
        """Return the probability that it answers the question."""
        told = self.keyed or bool(self.statement.question)
        running = self.statement.kind == "prose" and not told
        weights, bias = (PROSE_GATE, PROSE_BIAS) if running else (GATE, BIAS)
        total = bias + float(np.dot(weights, self.features.values()))
        return 1 / (1 + math.exp(-total))


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The statements of one question that are worth comparing by meaning."""

    question: str
    keys: Keys
    weighted: Weighted
    statements: list[Statement]
    # Keys of the question under which no statement stands.
    unmet: list[str]
    # The rank of each passage, by chunk id.
    ranks: dict[str, int]
    setting: Weighted


def shortlist(question: str, statements: Sequence[Statement], setting: str = "") -> Shortlist:
    """Return the statements under the keys of a question that have most of its words.

    They stand under the keys of its `setting` too, and its words are looked for as well.
    """
    keys = keys_of(question)
    around = keys_of(setting)
    if around.terms:
        added = tuple(term for term in around.terms if term.is_key and term not in keys.terms)
        keys = replace(keys, terms=(*keys.terms, *added))
    of_setting = coverage.weighted(around, statements)
    of = coverage.weighted(keys, statements)
    standing = [each for each in statements if guard.stands_under(each, keys)]
    if not definitions.asks(question):
        standing = [each for each in standing if not relevance.tells_its_key(keys, each)]
    unmet = guard.unmet(statements, keys) if statements else []
    if unmet:
        standing = []
    chunks = dict.fromkeys(each.passage.chunk_id for each in statements)
    ranks = {chunk_id: rank for rank, chunk_id in enumerate(chunks)}
    likely = {
        at: coverage.coverage(of, each)[0]
        + _KEY * relevance.key_match(keys, each)
        + _DEFINES * relevance.tells(question, each.text)
        + _SETTING * coverage.coverage(of_setting, each)[0]
        + _PLACE / (1 + ranks[each.passage.chunk_id])
        for at, each in enumerate(standing)
    }
    best = sorted(likely, key=lambda at: -likely[at])[:MAX_COMPARED]
    return Shortlist(question, keys, of, [standing[at] for at in best], unmet, ranks, of_setting)


def candidates(of: Shortlist, similarity: Sequence[float]) -> list[Candidate]:
    """Return the candidates of a shortlist, best first; `similarity` in the order of statements."""
    return ordered(_made(of), similarity)


def promising(of: Shortlist, *, is_part: bool = False) -> list[Candidate]:
    """Return the candidates, not yet compared by meaning, that this may put first or second.

    Of a part of a question, the answers to earlier parts may prefer others (`chained`).
    """
    made = _made(of)
    least = max((each.score for each in made), default=0.0) - _HOPELESS
    least -= _MOST_CHAINED * _CHAINED * is_part
    return [each for each in made if each.score >= least]


def ordered(made: Sequence[Candidate], similarity: Sequence[float]) -> list[Candidate]:
    """Return the candidates with their similarity to the question, best first."""
    compared = (
        replace(each, features=replace(each.features, similarity=float(cosine)))
        for each, cosine in zip(made, similarity, strict=True)
    )
    return sorted(compared, key=lambda each: -each.score)


def _made(of: Shortlist) -> list[Candidate]:
    """Return the candidates of a shortlist, in the order of its statements."""
    several = wholes.asks_for_several(of.question)
    keyed = any(term.is_key for term in of.keys.terms)
    made: list[Candidate] = []
    for each in of.statements:
        features = relevance.features(of.question, of.weighted, each, 0.0)
        sent = expected.is_sender(of.question, each.text)
        bonus = (
            _SETTING * coverage.coverage(of.setting, each)[0]
            + _KEYED * _has_key(each, of.keys)
            + _CONTINUED * _tells_of_heading(each)
            + _LISTED * (several and _is_listed(each))
        )
        made.append(
            Candidate(
                each,
                features,
                of.ranks[each.passage.chunk_id],
                bonus,
                coverage.lacks_subject(of.weighted, each, of_message=sent),
                keyed,
                _lacks_value(of.question, features),
                sent,
            )
        )
    return made


def _lacks_value(question: str, features: Features) -> bool:
    return bool(features.lacking) and expected.expected(question) != "person"


def _is_listed(statement: Statement) -> bool:
    return statement.kind == "lead_in" or (statement.kind == "item" and bool(statement.lead))


def _tells_of_heading(statement: Statement) -> bool:
    """Return whether a sentence goes on with the thing that its heading names."""
    told = bool(statement.headings) and continues(statement.text)
    return told and not relevance.is_about_document(statement)


def _has_key(statement: Statement, keys: Keys) -> bool:
    own = wording.words(statement.text).present
    return any(term.is_key and term.stem in own for term in keys.terms)


def chained(
    ranked: Sequence[Candidate], known: Sequence[Statement], of: Shortlist
) -> list[Candidate]:
    """Return the candidates in an order that prefers words of the answers to earlier parts.

    So "a major deviation" decides which deadline is meant in the next part.
    """
    if not known:
        return list(ranked)
    asked = {term.stem for term in (*of.keys.terms, *of.setting.keys.terms)}
    told = frozenset[str]().union(*(wording.words(each.text).present for each in known))
    telling = told - asked - guard.NAMELESS

    def score(each: Candidate) -> float:
        shared = len(telling & wording.words(each.statement.text).present)
        return each.score + _CHAINED * min(shared, _MOST_CHAINED)

    return sorted(ranked, key=lambda each: -score(each))


def answering(ranked: Sequence[Candidate], keys: Keys) -> list[Candidate]:
    """Return the best candidate if it surely answers, with a second one that is nearly as good.

    A statement under a key, or a row or pair, answers alone.
    """
    if not ranked or ranked[0].confidence < _SURE:
        return []
    best, *others = ranked
    if best.lacks_value and best.confidence < _SURE_WITHOUT:
        return []
    named = best.features.similarity >= _SAME_MEANING or best.features.key == 1
    named = named or (best.features.defines == 1 and not best.sent)
    if best.lacks_subject and not named:
        return []
    alone = any(term.is_key for term in keys.terms) or best.statement.kind != "prose"
    tie = _TIE if best.confidence >= _QUITE_SURE else _UNSURE_TIE
    if alone or not others or best.score - others[0].score >= tie:
        return [best]
    second = others[0]
    if best.statement.question or second.statement.headings != best.statement.headings:
        return [best]
    if second.features.similarity < best.features.similarity - _LESS_SIMILAR:
        return [best]
    if second.statement.kind != "prose" or _is_copy(second.statement, best.statement):
        return [best]
    return [best, second]


def _is_copy(one: Statement, other: Statement) -> bool:
    """Return whether two statements say the same, perhaps of two things: with other values."""
    first, second = wording.words(one.text).present, wording.words(other.text).present
    return len(first & second) >= _COPIED * min(len(first), len(second))
