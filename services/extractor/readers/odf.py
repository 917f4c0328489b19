"""Reads OpenDocument texts, spreadsheets and presentations as a stream.

Their elements are reported under the names of HTML elements that mean the same, so that lists and
tables are read as those of web pages. Source: OpenDocument 1.3, part 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.html_blocks import HtmlBlocks
from services.extractor.readers.odf_elements import OdfElements
from services.extractor.readers.odf_styles import OdfStyles
from services.extractor.readers.office import OfficePackage, opened
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source
from services.extractor.readers.xml import child, local
from shared.domain.errors import Encrypted

_CONTENT, _STYLES, _META = "content.xml", "styles.xml", "meta.xml"
_MANIFEST = "META-INF/manifest.xml"
_PIECE = 64 * 1024  # bytes given to the parser together


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    with opened(source, limits, main=_CONTENT, doctype=True) as package:
        _refuse_encrypted(package)
        yield from slices(_blocks(package, options))


def _refuse_encrypted(package: OfficePackage) -> None:
    found = package.tree(_MANIFEST).iter("{*}encryption-data") if package.has(_MANIFEST) else ()
    if next(iter(found), None) is not None:
        raise Encrypted()


def _blocks(package: OfficePackage, options: ReadOptions) -> Iterator[Block]:
    styles = OdfStyles()
    if package.has(_STYLES):
        styles.add_all(package.tree(_STYLES))
    target = HtmlBlocks(options, comments=True)
    elements = OdfElements(target, styles)
    elements.title(_title(package))
    parser = etree.XMLParser(
        target=elements, resolve_entities=False, no_network=True, huge_tree=False
    )
    with package.open(_CONTENT) as part:
        while data := part.read(_PIECE):
            parser.feed(data)
            yield from target.take()
    parser.close()
    yield from target.take()


def _title(package: OfficePackage) -> str:
    """Return the title that the properties of the file have, or ""."""
    meta = child(package.tree(_META), "meta") if package.has(_META) else None
    for element in meta if meta is not None else ():
        if local(element) == "title":
            return element.text or ""
    return ""
