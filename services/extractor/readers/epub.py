"""Reads books chapter by chapter, in the order in which they are read.

Source: EPUB 3.3 (package document, spine).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import html
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import decoded
from services.extractor.readers.office import OfficePackage, opened
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source
from services.extractor.readers.xml import Element, attribute, child, children, local
from shared.domain.errors import Corrupt, Encrypted

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PEOPLE = {"creator": "Author", "publisher": "Publisher", "date": "Date", "language": "Language"}
# XHTML may close an element in its start tag, which HTML ignores for all but these.
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CLOSED = re.compile(r"<([A-Za-z][\w:-]{0,40})((?:\s[^<>]{0,2000})?)/>")


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; Encrypted: a chapter is protected."""
    with opened(source, limits, doctype=True) as package:
        yield from slices(_blocks(package, options))


def _blocks(package: OfficePackage, options: ReadOptions) -> Iterator[Block]:
    main = _main(package)
    root = package.tree(main)
    yield from _metadata(root)
    protected = _protected(package)
    for chapter in _chapters(root, posixpath.dirname(main)):
        if chapter in protected:
            raise Encrypted()
        if package.has(chapter):
            with package.open(chapter) as part:
                text = _CLOSED.sub(_opened_and_closed, decoded(part.read()))
            yield from html.blocks_of([text], options, titled=False)


def _main(package: OfficePackage) -> str:
    if package.has(_CONTAINER):
        for file in package.tree(_CONTAINER).iter("{*}rootfile"):
            path = attribute(file, "full-path") or ""
            if package.has(path):
                return path
    raise Corrupt()


def _metadata(root: Element) -> Iterator[Block]:
    """Yield the title of the book as a heading, then its people and date."""
    known = [(local(one), one.text or "") for one in children(root, "metadata")]
    named = [(name, " ".join(clean(text).split())) for name, text in known]
    title = next((text for name, text in named if name == "title" and text), "")
    if title:
        yield Block("heading", title, None, level=1)
    for name, text in named:
        if name in _PEOPLE and text:
            yield Block("field", f"{_PEOPLE[name]}: {text}", None)


def _chapters(root: Element, folder: str) -> Iterator[str]:
    """Yield the paths of the chapters, without the table of contents."""
    paths: dict[str, str] = {}
    for item in children(root, "manifest"):
        if "nav" not in (attribute(item, "properties") or "").split():
            target = unquote(attribute(item, "href") or "")
            path = posixpath.normpath(posixpath.join(folder, target))
            paths[attribute(item, "id") or ""] = path
    spine = child(root, "spine")
    for entry in spine if spine is not None else ():
        identity = attribute(entry, "idref") or ""
        if identity in paths:
            yield paths[identity]


def _protected(package: OfficePackage) -> set[str]:
    if not package.has(_ENCRYPTION):
        return set()
    references = package.tree(_ENCRYPTION).iter("{*}CipherReference")
    return {unquote(attribute(one, "URI") or "") for one in references}


def _opened_and_closed(found: re.Match[str]) -> str:
    if found[1].lower() in _VOID:
        return found[0]
    return f"<{found[1]}{found[2]}></{found[1]}>"
