"""The fields of the index, and a chunk as a document with these fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tantivy import Document, Schema, SchemaBuilder

from shared.domain.position import Position
from shared.keywords.analysis import Languages, Text
from shared.keywords.base import KeywordChunk
from shared.keywords.languages import DEFAULTS, evidence, likely

# Raise it when the fields change; the rules of the terms have a version of their own.
VERSION = 1
# Scripts whose language every question considers; most chunks have no words of the others.
_LATIN = "latin"


def build_schema() -> Schema:
    """Return the fields.

    body, title, section  stems of words, and pairs of scripts without spaces
    codes                 spellings and parts of codes, numbers and dates
    words                 words of the body without accents, each once, for `neighbours`
    language              "latin:de" for each script of a chunk
    position              the position of the last commit, in a document of its own
    """
    builder = SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("document_id", "collection", "chunk_type", "language", "kind"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("revision", indexed=True)
    # Text is analysed before it is added; the index only splits it at spaces.
    for name in ("body", "title", "section", "codes"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("position", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def as_documents(chunks: Sequence[KeywordChunk]) -> Iterator[Document]:
    """Yield the documents of chunks; the chunks of a document tell each other's language."""
    texts = [Text.of(chunk.content) for chunk in chunks]
    found = [evidence(text.words) for text in texts]
    fallbacks = {each: likely(counted) for each, counted in _by_document(chunks, found).items()}
    for chunk, text, counted in zip(chunks, texts, found, strict=True):
        yield _as_document(chunk, text, likely(counted, fallbacks[chunk.document_id]))


def position_document(position: Position) -> Document:
    """Return the document that keeps the position."""
    document = Document()
    document.add_text("kind", "position")
    document.add_text("position", f"{position.epoch} {position.seq}")
    return document


def parse_position(text: str) -> Position:
    """Return the position that `position_document` wrote."""
    epoch, _, seq = text.rpartition(" ")
    return Position(epoch, int(seq))


def _as_document(chunk: KeywordChunk, text: Text, languages: Languages) -> Document:
    title, section = Text.of(chunk.title), Text.of(chunk.section)
    codes = dict.fromkeys((*text.codes(), *title.codes(), *section.codes()))
    document = Document()
    document.add_text("kind", "chunk")
    document.add_text("chunk_id", chunk.chunk_id)
    document.add_text("document_id", chunk.document_id)
    document.add_text("collection", chunk.collection)
    document.add_text("chunk_type", chunk.chunk_type)
    # A signed value in an unsigned field makes the writer panic.
    document.add_unsigned("revision", max(0, chunk.revision))
    document.add_text("body", _joined(text.stems(languages)))
    document.add_text("title", _joined(title.stems(languages)))
    document.add_text("section", _joined(section.stems(languages)))
    document.add_text("codes", _joined(codes))
    document.add_text("words", _joined(dict.fromkeys(text.folded)))
    for script, language in {_LATIN: DEFAULTS[_LATIN], **languages}.items():
        document.add_text("language", f"{script}:{language}")
    return document


def _by_document(
    chunks: Sequence[KeywordChunk], found: Sequence[Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Return the evidence of each document: the sum of that of its chunks."""
    whole: dict[str, dict[str, float]] = {}
    for chunk, counted in zip(chunks, found, strict=True):
        its = whole.setdefault(chunk.document_id, {})
        for language, weight in counted.items():
            its[language] = its.get(language, 0.0) + weight
    return whole


def _joined(terms: Iterable[str]) -> str:
    return " ".join(terms)
