"""The keyword index on tantivy, in a folder or in memory."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tantivy import FieldType, Index, IndexWriter, Occur, Query

from shared.domain.errors import SettingsError
from shared.domain.position import Position
from shared.keywords import analysis, queries, schema
from shared.keywords.base import Found, KeywordChunk
from shared.keywords.folding import fold
from shared.keywords.snapshot import Snapshot

log = logging.getLogger(__name__)

# One thread writes faster than chunks are encoded. It keeps terms in this many bytes before it
# writes a segment; 15 MB is the least that tantivy accepts.
_WRITER_THREADS = 1
_WRITER_BYTES = 30_000_000

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
        self._reload()
        self._position = self._snapshot.position()

    @property
    def position(self) -> Position | None:
        return self._position

    def put(self, chunks: Sequence[KeywordChunk]) -> None:
        documents = list(schema.as_documents(chunks))
        with self._changing() as writer:
            for chunk, document in zip(chunks, documents, strict=True):
                writer.delete_documents_by_term("chunk_id", chunk.chunk_id)
                writer.add_document(document)

    def remove_document(self, document_id: str, *, below_revision: int | None = None) -> None:
        fields = self._index.schema
        with self._changing() as writer:
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
        with self._changing() as writer:
            writer.delete_documents_by_term("kind", "position")
            if position is not None:
                writer.add_document(schema.position_document(position))
            writer.commit()
            self._reload()
            # A writer whose thread has ended commits nothing, and says nothing.
            if self._snapshot.position() != position:
                raise RuntimeError("The keyword index did not store what was committed.")
            self._position = position

    def clear(self) -> None:
        with self._changing() as writer:
            writer.delete_all_documents()
            writer.commit()
            self._reload()
            self._position = None

    def count(self) -> int:
        with self._writing:
            return self._snapshot.searcher.num_docs - (self._position is not None)

    def search(
        self,
        question: str,
        *,
        k: int,
        types: Sequence[str],
        collections: Sequence[str] = (),
        document_ids: Sequence[str] | None = None,
        also: Sequence[str] = (),
    ) -> Found:
        snapshot = self._snapshot
        asked = snapshot.asked(question, also)
        filters = queries.filters(self._index.schema, types, collections, document_ids)
        return Found(snapshot.hits(asked.clauses, filters, k), asked.similar)

    def explain(
        self, question: str, chunk_ids: Sequence[str], *, also: Sequence[str] = ()
    ) -> dict[str, dict[str, float]]:
        snapshot = self._snapshot
        found: dict[str, dict[str, float]] = {chunk_id: {} for chunk_id in chunk_ids}
        for clause in snapshot.asked(question, also).clauses:
            for hit in snapshot.hits_among(chunk_ids, [clause]):
                scores = found[hit.chunk_id]
                scores[clause.shown] = scores.get(clause.shown, 0.0) + hit.score
        return found

    def neighbours(self, word: str) -> list[str]:
        return self._snapshot.neighbours(fold(word))

    def close(self) -> None:
        with self._writing:
            if self._writer is not None:
                self._writer.rollback()
                # Merges write to the folder, which the caller may remove.
                self._writer.wait_merging_threads()
                self._writer = None

    def _reload(self) -> None:
        """Let searches see the last commit."""
        self._index.reload()
        self._snapshot = Snapshot(self._index.schema, self._index.searcher())

    @contextlib.contextmanager
    def _changing(self) -> Iterator[IndexWriter]:
        """Yield the writer to one thread; after a failure, drop what is not committed.

        A writer that failed once loses later documents; `rollback` gives it new threads.
        """
        with self._writing:
            if self._writer is None:
                raise ValueError("The keyword index is closed.")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise


def _open_or_replace(open_: Callable[[], T], folder: Path) -> T:
    try:
        return open_()
    except BaseException as error:
        # A file with wrong content makes tantivy panic; its error is not an `Exception`.
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
