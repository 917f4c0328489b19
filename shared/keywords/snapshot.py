"""The index as one commit left it. A question is analysed once for all searches of a commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tantivy import Query, Schema, Searcher

from shared.domain.position import Position
from shared.keywords import queries, schema, spelling
from shared.keywords.analysis import analyse_question
from shared.keywords.base import KeywordHit
from shared.keywords.folding import fold
from shared.keywords.queries import Clause, Vocabulary

# Questions whose clauses are kept: each is searched, scored and explained one after the other.
_QUESTIONS = 64
# Words that stand for a missing one: more add noise.
_MOST_NEIGHBOURS = 5
# Letters that a word needs to be taken as the beginning of a longer one.
_MIN_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """The clauses of a question, and the words that stand for those that no chunk has."""

    clauses: Sequence[Clause]
    similar: Mapping[str, tuple[str, ...]]


class Snapshot:
    """One commit, from which any thread may read."""

    def __init__(self, fields: Schema, searcher: Searcher) -> None:
        self.searcher = searcher
        self._fields = fields
        self._vocabulary = Vocabulary(fields, searcher)
        self._languages = self._vocabulary.languages()
        self._asked: dict[tuple[str, ...], Asked] = {}

    def asked(self, question: str, also: Sequence[str] = ()) -> Asked:
        """Return the clauses of a question and of the synonyms of its words."""
        texts = (question, *also)
        found = self._asked.get(texts)
        if found is None:
            if len(self._asked) >= _QUESTIONS:
                self._asked.clear()
            found = self._asked[texts] = self._analysed(*texts)
        return found

    def position(self) -> Position | None:
        """Return the position of the commit."""
        marked = Query.term_query(self._fields, "kind", "position", "basic")
        for _, address in self.searcher.search(marked, limit=1, count=False).hits:
            return schema.parse_position(str(self.searcher.doc(address).get_first("position")))
        return None

    def hits(self, clauses: Sequence[Clause], filters: Sequence[Query], k: int) -> list[KeywordHit]:
        """Return the `k` best hits, best first."""
        if not clauses or k < 1:
            return []
        query = queries.within(queries.any_of(clauses), filters)
        found = self.searcher.search(query, limit=k, count=False).hits
        hits = [
            KeywordHit(str(self.searcher.doc(address).get_first("chunk_id")), float(score))
            for score, address in found
        ]
        # Among equals by id, since the order in the index changes with its merges.
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))

    def hits_among(self, chunk_ids: Sequence[str], clauses: Sequence[Clause]) -> list[KeywordHit]:
        """Return the hits among some chunks."""
        some = Query.term_set_query(self._fields, "chunk_id", list(chunk_ids))
        return self.hits(clauses, [some], len(chunk_ids))

    def neighbours(self, word: str) -> list[str]:
        """Return words spelt like `word`, then words that it begins, then words less like it.

        Words that begin with another letter are compared only if one edit explains it.
        """
        limit = spelling.edits_allowed(word)
        if not limit:
            return []
        begun = self.searcher.terms_with_prefix("words", word, limit=_MOST_NEIGHBOURS)
        ranked = [((1, 1, -count), other) for other, count in begun if len(word) >= _MIN_PREFIX]
        if self._has_similar(word, limit):
            for prefix in {word[0], word[1] + word[0], word[1:3]}:
                for other, count in self.searcher.terms_with_prefix("words", prefix):
                    edits = spelling.distance(word, other, limit)
                    if edits <= limit:
                        ranked.append(((edits, 0, -count), other))
        return list(dict.fromkeys(other for _, other in sorted(ranked)))[:_MOST_NEIGHBOURS]

    def _analysed(self, question: str, *also: str) -> Asked:
        parts = analyse_question(question, self._languages)
        similar = {
            term.shown: tuple(words)
            for term in parts.terms
            if term.is_word
            and not self._vocabulary.has_word(term)
            and (words := self.neighbours(fold(term.shown)))
        }
        clauses = list(queries.clauses(self._vocabulary, parts, similar))
        for text in also:
            synonyms = analyse_question(text, self._languages).without(parts)
            clauses += queries.lighter(queries.clauses(self._vocabulary, synonyms, {}))
        return Asked(clauses, similar)

    def _has_similar(self, word: str, limit: int) -> bool:
        """Return whether some word is spelt like `word`, which takes less time than to find it."""
        fuzzy = Query.fuzzy_term_query(self._fields, "words", word, limit)
        return bool(self.searcher.search(fuzzy, limit=1, count=False).hits)
