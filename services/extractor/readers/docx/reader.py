"""Reads DOCX as a stream, so that memory does not grow with the number of pages.

Headers come before the body, footers after it, notes after the paragraph that refers to them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import IO

from lxml import etree

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import zip_guard
from services.extractor.readers.docx import alternative
from services.extractor.readers.docx.blocks import BlockReader
from services.extractor.readers.docx.package import Package
from services.extractor.readers.docx.tables import TableReader
from services.extractor.readers.slices import SLICE
from services.extractor.readers.source import Source
from services.extractor.readers.xml import is_nested, local, release, stream
from shared.domain.errors import Corrupt, Encrypted, UnsupportedType

_ONLY_NUMBER = re.compile(r"\W*+(?:page|seite)?\W*+\d*+\W*+(?:of|von)?\W*+\d*+\W*+$", re.IGNORECASE)
_MAX_DEPTH = 2  # Word files in each other


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of pages, numbered by the page breaks that Word recorded in the file.

    Raises Corrupt, or the errors of `zip_guard.check`, for a file that can't be read.
    """
    zip_guard.check(source, limits, main="word/document.xml")
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            package = Package(archive)
            blocks = _blocks(package, options, limits)
            if not package.has_pages():
                blocks = (replace(block, page=None, row_pages=()) for block in blocks)
            yield from _slices(blocks)
    except etree.XMLSyntaxError as broken:
        if broken.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from broken
        raise Corrupt() from broken
    except (zipfile.BadZipFile, KeyError) as broken:
        raise Corrupt() from broken


def _slices(blocks: Iterable[Block]) -> Iterator[Page]:
    """Group blocks into pages, and long pages into slices; without pages there is no count."""
    held: list[Block] = []
    size = 0
    for block in blocks:
        if held and (block.page != held[0].page or size >= SLICE):
            yield Page(held[0].page or 1, tuple(held))
            held, size = [], 0
        held.append(block)
        size += block.size
    if held:
        yield Page(held[0].page or 1, tuple(held), count=held[0].page)


def _blocks(
    package: Package, options: ReadOptions, limits: ReaderLimits, depth: int = 0
) -> Iterator[Block]:
    """Yield the blocks of headers, body and footers."""

    def imported(data: bytes) -> Iterator[Block]:
        if not alternative.is_word(data):
            yield from alternative.blocks_of(data, options)
        elif depth < _MAX_DEPTH:
            yield from _inner(data, options, limits, depth + 1)

    reader = BlockReader(package, options, 0 if options.strict else limits.max_images, imported)
    yield from _edges(package, reader, "header")
    with package.main() as part:
        yield from _body(part, reader)
    yield from _edges(package, reader, "footer")


def _inner(data: bytes, options: ReadOptions, limits: ReaderLimits, depth: int) -> Iterator[Block]:
    """Yield the blocks of a Word file inside of another one, up to where it is malformed."""
    file = io.BytesIO(data)
    try:
        zip_guard.check_archive(file, limits, main="word/document.xml")
        with zipfile.ZipFile(file) as archive:
            yield from _blocks(Package(archive), options, limits, depth)
    except etree.XMLSyntaxError as broken:
        if broken.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from broken
    except (Corrupt, Encrypted, UnsupportedType, zipfile.BadZipFile, KeyError):
        return


def _body(part: IO[bytes], reader: BlockReader) -> Iterator[Block]:
    table = TableReader(reader)
    for element in stream(part, "p", "tr", "tbl", "altChunk", "background"):
        name = local(element)
        if name == "background":
            reader.has_background = True
        elif is_nested(element, "p", "txbxContent", "Fallback", "moveFrom"):
            continue
        elif name == "altChunk" and not is_nested(element, "tbl"):
            yield from (piece.block for piece in reader.imported(element))
        elif name == "p" and not is_nested(element, "tbl"):
            yield from (piece.block for piece in reader.paragraph(element))
            release(element)
        elif name == "tr" and not is_nested(element, "tc"):
            yield from (piece.block for piece in table.add(element))
            release(element)
        elif name == "tbl" and not is_nested(element, "tbl"):
            yield from (piece.block for piece in table.end())
            table = TableReader(reader)
            release(element)


def _edges(package: Package, reader: BlockReader, kind: str) -> Iterator[Block]:
    """Yield headers or footers, each distinct text once, without page numbers."""
    seen: set[str] = set()
    page = reader.pages.number
    for part in package.parts(kind):
        for element in stream(part, "p"):
            text = reader.plain_text(element)
            if text and text not in seen and not _ONLY_NUMBER.match(text):
                seen.add(text)
                yield Block("paragraph", text, page, aside=True)
