"""The keyword index on tantivy, in a folder or in memory."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tantivy import FieldType, Index, IndexWriter, Occur, Query, Searcher

from shared.domain.errors import SettingsError
from shared.keywords import analysis, queries, schema, spelling
from shared.keywords.analysis import analyse_question
from shared.keywords.base import Found, KeywordChunk, KeywordHit, Position
from shared.keywords.folding import fold
from shared.keywords.queries import Clause, Vocabulary

log = logging.getLogger(__name__)

# One thread writes faster than chunks are encoded. It keeps terms in this many bytes before it
# writes a segment; 15 MB is the least that tantivy accepts.
_WRITER_THREADS = 1
_WRITER_BYTES = 30_000_000
# Words that stand for a missing one: more add noise.
_MOST_NEIGHBOURS = 5
# Letters that a word needs to be taken as the beginning of a longer one.
_MIN_PREFIX = 4

T = TypeVar("T")


def open_index(folder: Path | None) -> TantivyIndex:
    """Open the index of this version in `folder`, or an empty one in memory.

    A folder of another version is removed. SettingsError: another process uses it.
    """
    fields = schema.build_schema()
    if folder is None:
        return TantivyIndex(Index(fields))
    here = folder / f"fields{schema.VERSION}-terms{analysis.VERSION}"
    try:
        here.mkdir(parents=True, exist_ok=True)
        for other in folder.iterdir():
            if other != here:
                _remove(other)
        return _open_or_replace(lambda: TantivyIndex(Index(fields, path=str(here))), here)
    except OSError as error:
        raise SettingsError(f"The keyword index can't be kept in {folder}: {error}.") from error


class TantivyIndex:
    """`KeywordIndex` on one tantivy index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        # Held while a change is made, so that a commit has whole changes only.
        self._writing = threading.Lock()
        index.config_reader("manual", 0)
        self._writer: IndexWriter | None = index.writer(_WRITER_BYTES, _WRITER_THREADS)
        index.reload()
        self._position = self._stored_position()

    @property
    def position(self) -> Position | None:
        return self._position

    def put(self, chunks: Sequence[KeywordChunk]) -> None:
        documents = list(schema.as_documents(chunks))
        with self._writing:
            writer = self._opened()
            for chunk, document in zip(chunks, documents, strict=True):
                writer.delete_documents_by_term("chunk_id", chunk.chunk_id)
                writer.add_document(document)

    def remove_document(self, document_id: str, *, below_revision: int | None = None) -> None:
        fields = self._index.schema
        with self._writing:
            writer = self._opened()
            if below_revision is None:
                writer.delete_documents_by_term("document_id", document_id)
                return
            its = Query.term_query(fields, "document_id", document_id, "basic")
            older = Query.range_query(
                fields, "revision", FieldType.Unsigned, 0, below_revision, include_upper=False,
                use_inverted_index=True,
            )  # fmt: skip
            both = Query.boolean_query([(Occur.Must, its), (Occur.Must, older)])
            writer.delete_documents_by_query(both)

    def commit(self, position: Position | None) -> None:
        with self._writing:
            writer = self._opened()
            writer.delete_documents_by_term("kind", "position")
            if position is not None:
                writer.add_document(schema.position_document(position))
            writer.commit()
            self._index.reload()
            self._position = position

    def clear(self) -> None:
        with self._writing:
            writer = self._opened()
            writer.delete_all_documents()
            writer.commit()
            self._index.reload()
            self._position = None

    def count(self) -> int:
        with self._writing:
            return self._searcher().num_docs - (self._position is not None)

    def search(
        self,
        question: str,
        *,
        k: int,
        types: Sequence[str],
        collections: Sequence[str] = (),
        document_ids: Sequence[str] | None = None,
    ) -> Found:
        vocabulary = Vocabulary(self._index.schema, self._searcher())
        clauses, similar = self._clauses(vocabulary, question)
        if not clauses:
            return Found()
        filters = queries.filters(vocabulary.schema, types, collections, document_ids)
        query = queries.within(queries.any_of(clauses), filters)
        return Found(_hits(vocabulary.searcher, query, k), similar)

    def scores(self, question: str, chunk_ids: Sequence[str]) -> dict[str, float]:
        vocabulary = Vocabulary(self._index.schema, self._searcher())
        clauses, _ = self._clauses(vocabulary, question)
        if not clauses or not chunk_ids:
            return {}
        some = [Query.term_set_query(vocabulary.schema, "chunk_id", list(chunk_ids))]
        query = queries.within(queries.any_of(clauses), some)
        return {
            hit.chunk_id: hit.score for hit in _hits(vocabulary.searcher, query, len(chunk_ids))
        }

    def explain(self, question: str, chunk_ids: Sequence[str]) -> dict[str, dict[str, float]]:
        vocabulary = Vocabulary(self._index.schema, self._searcher())
        some = [Query.term_set_query(vocabulary.schema, "chunk_id", list(chunk_ids))]
        found: dict[str, dict[str, float]] = {chunk_id: {} for chunk_id in chunk_ids}
        for clause in self._clauses(vocabulary, question)[0] if chunk_ids else ():
            query = queries.within(clause.query, some)
            for hit in _hits(vocabulary.searcher, query, len(chunk_ids)):
                scores = found[hit.chunk_id]
                scores[clause.shown] = scores.get(clause.shown, 0.0) + hit.score
        return found

    def neighbours(self, word: str) -> list[str]:
        return _neighbours(self._searcher(), fold(word))

    def close(self) -> None:
        with self._writing:
            if self._writer is not None:
                self._writer.rollback()
                # Merges write to the folder, which the caller may remove.
                self._writer.wait_merging_threads()
                self._writer = None

    def _clauses(
        self, vocabulary: Vocabulary, question: str
    ) -> tuple[list[Clause], dict[str, tuple[str, ...]]]:
        parts = analyse_question(question, vocabulary.languages())
        similar = {
            term.shown: tuple(words)
            for term in parts.terms
            if term.is_word
            and not vocabulary.has_word(term)
            and (words := _neighbours(vocabulary.searcher, fold(term.shown)))
        }
        return list(queries.clauses(vocabulary, parts, similar)), similar

    def _searcher(self) -> Searcher:
        return self._index.searcher()

    def _opened(self) -> IndexWriter:
        if self._writer is None:
            raise ValueError("The keyword index is closed.")
        return self._writer

    def _stored_position(self) -> Position | None:
        searcher = self._searcher()
        marked = Query.term_query(self._index.schema, "kind", "position", "basic")
        for _, address in searcher.search(marked, limit=1, count=False).hits:
            return schema.parse_position(str(searcher.doc(address).get_first("position")))
        return None


def _hits(searcher: Searcher, query: Query, k: int) -> list[KeywordHit]:
    if k < 1:
        return []
    found = searcher.search(query, limit=k, count=False).hits
    hits = [
        KeywordHit(str(searcher.doc(address).get_first("chunk_id")), float(score))
        for score, address in found
    ]
    # Among equals by id, since the order in the index changes with its merges.
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def _neighbours(searcher: Searcher, word: str) -> list[str]:
    """Return words spelt like `word`, then words that it begins, then words less like it.

    Words that begin with another letter are compared only if one edit explains it.
    """
    limit = spelling.edits_allowed(word)
    if not limit:
        return []
    begun = searcher.terms_with_prefix("words", word, limit=_MOST_NEIGHBOURS)
    ranked = [((1, 1, -count), other) for other, count in begun if len(word) >= _MIN_PREFIX]
    for prefix in {word[0], word[1] + word[0], word[1:3]}:
        for other, count in searcher.terms_with_prefix("words", prefix):
            edits = spelling.distance(word, other, limit)
            if edits <= limit:
                ranked.append(((edits, 0, -count), other))
    return list(dict.fromkeys(other for _, other in sorted(ranked)))[:_MOST_NEIGHBOURS]


def _open_or_replace(open_: Callable[[], T], folder: Path) -> T:
    try:
        return open_()
    except BaseException as error:
        # A file with wrong content makes tantivy panic, which is no `Exception`.
        broken = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if not broken:
            raise
        if "LockBusy" in str(error):
            raise SettingsError(
                f"Another process uses the keyword index in {folder.parent}; stop it, or set"
                " QUIRE_KEYWORDS_DIR to another folder."
            ) from error
        log.warning("the keyword index is broken and is built again", extra={"reason": str(error)})
    _remove(folder)
    folder.mkdir(parents=True)
    return open_()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
