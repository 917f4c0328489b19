"""Builds the query of a question: one clause for each of its words and codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tantivy import Occur, Query, Schema, Searcher

from shared.domain.status import CHUNK_TYPES
from shared.keywords.analysis import Analysis, Languages, Term
from shared.keywords.codes import Code

# Weights of the fields. Titles and headings are short, so BM25 already counts a word in them more;
# with full weight a title would hide which of its document's chunks has the answer.
_FIELDS = (("body", 1.0), ("section", 0.5), ("title", 0.3))
# A code names one thing: its weight is above that of the few other words of a question together.
_SPELLING_WEIGHT = 4.0
# Plain numbers: long ones are often the key, short ones are mostly counts.
_LONG_NUMBER_WEIGHT, _SHORT_NUMBER_WEIGHT = 2.0, 0.5
_LONG_NUMBER = 3
# A part, such as the number of another document's id, is a hint only.
_PART_WEIGHT = 0.5
# A word that is only spelt like the one asked for counts less than one that is asked for.
_SIMILAR_WEIGHT = 0.5
# A synonym counts less than the word of the question, which may have been meant more narrowly.
_SYNONYM_WEIGHT = 0.7
# Languages whose stems of a word are tried: more than a few in one installation are rare.
_MOST_LANGUAGES = 4


@dataclass(frozen=True, slots=True)
class Clause:
    """The part of a query that stands for one word or code of the question."""

    shown: str
    query: Query


@dataclass(frozen=True)
class Vocabulary:
    """What the index contains, seen by one searcher."""

    schema: Schema
    searcher: Searcher

    def languages(self) -> list[Languages]:
        """Return the languages of chunks, the most frequent first."""
        ranks: dict[str, int] = {}
        rows: list[dict[str, str]] = []
        for term, _ in self.searcher.terms_with_prefix("language", ""):
            script, _, language = term.partition(":")
            rank = ranks[script] = ranks.get(script, -1) + 1
            if rank >= _MOST_LANGUAGES:
                continue
            if rank == len(rows):
                rows.append({})
            rows[rank][script] = language
        return list(rows)

    def has(self, field: str, term: str) -> bool:
        """Return whether a chunk has the term in the field."""
        return self.searcher.doc_freq(field, term) > 0

    def has_word(self, term: Term) -> bool:
        """Return whether a chunk, its title or its section has a stem of the word."""
        return any(self.has(field, stem) for field, _ in _FIELDS for stem in term.stems)


def clauses(
    vocabulary: Vocabulary, analysis: Analysis, similar: Mapping[str, Sequence[str]]
) -> Iterator[Clause]:
    """Yield the clauses of a question; `similar` has the words to search for missing ones."""
    for term in analysis.terms:
        replaced = similar.get(term.shown)
        query = _any_word(vocabulary, replaced) if replaced else _word(vocabulary, term)
        if query is not None:
            yield Clause(term.shown, query)
    for code in analysis.codes:
        query = _code(vocabulary, code)
        if query is not None:
            yield Clause(code.spellings[0], query)


def lighter(some: Iterable[Clause]) -> list[Clause]:
    """Return the clauses of synonyms with less weight than words that are asked for."""
    return [Clause(each.shown, Query.boost_query(each.query, _SYNONYM_WEIGHT)) for each in some]


def any_of(parts: Iterable[Clause]) -> Query:
    """Return the query that adds up the scores of clauses."""
    return Query.boolean_query([(Occur.Should, clause.query) for clause in parts])


def within(query: Query, filters: Sequence[Query]) -> Query:
    """Return the query with filters, which do not change its scores."""
    if not filters:
        return query
    required = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in filters]
    return Query.boolean_query([(Occur.Must, query), *required])


def filters(
    schema: Schema,
    types: Sequence[str],
    collections: Sequence[str],
    document_ids: Sequence[str] | None,
) -> list[Query]:
    """Return the filters of a search; types that leave no chunk out need none."""
    lists = (
        ("chunk_type", None if set(CHUNK_TYPES) <= set(types) else types),
        ("collection", collections or None),
        ("document_id", document_ids),
    )
    return [
        Query.term_set_query(schema, field, list(values))
        for field, values in lists
        if values is not None
    ]


def _word(vocabulary: Vocabulary, term: Term) -> Query | None:
    """Return the query of a word: the sum over fields, of the best of its stems in each."""
    parts = [
        Query.boost_query(best, weight)
        for field, weight in _FIELDS
        if (best := _best(vocabulary, field, [(stem, 1.0) for stem in term.stems])) is not None
    ]
    return _sum(parts)


def _any_word(vocabulary: Vocabulary, words: Sequence[str]) -> Query | None:
    return _best(vocabulary, "words", [(word, _SIMILAR_WEIGHT) for word in words])


def _code(vocabulary: Vocabulary, code: Code) -> Query | None:
    """Return the query of a code: its best spelling, or else its parts."""
    whole = _best(vocabulary, "codes", [(each, _weight(each)) for each in code.spellings])
    parts = _best(vocabulary, "codes", [(part, _PART_WEIGHT) for part in code.parts])
    return _sum([each for each in (whole, parts) if each is not None])


def _weight(spelling: str) -> float:
    if not spelling.isdigit():
        return _SPELLING_WEIGHT
    return _LONG_NUMBER_WEIGHT if len(spelling) >= _LONG_NUMBER else _SHORT_NUMBER_WEIGHT


def _best(
    vocabulary: Vocabulary, field: str, weighted: Iterable[tuple[str, float]]
) -> Query | None:
    """Return the query whose score is that of the best of several terms of a field."""
    found = [
        Query.boost_query(Query.term_query(vocabulary.schema, field, term, "freq"), weight)
        for term, weight in weighted
        if vocabulary.has(field, term)
    ]
    if not found:
        return None
    return found[0] if len(found) == 1 else Query.disjunction_max_query(found)


def _sum(parts: Sequence[Query]) -> Query | None:
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Should, part) for part in parts])
