"""Reads HTML as a stream: headings, lists, tables and text in the order of the file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from lxml import etree

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.decoding import encoding_of, text_parts
from services.extractor.readers.html_blocks import HtmlBlocks
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source

_PIECE = 64 * 1024  # characters given to the parser together
_READ = 1024 * 1024  # bytes
_MAX_TAG = 256  # bytes between the start of a tag and the attribute that is looked for
_MAIN = re.compile(
    rb"""<main[\s>]|<[a-z][^<>]{0,200}\srole\s?=\s?["']?main["'\s>]""", re.IGNORECASE
)
_HEAD_BYTES = 4096  # browsers look for the encoding in the first 1,024 bytes
_CHARSET = re.compile(
    rb"""<meta[^>]{1,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""",
    re.IGNORECASE,
)
# Pages that declare Latin-1 are written in Windows-1252, as the HTML standard says.
_WINDOWS = frozenset({"iso8859-1", "ascii"})


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    texts = text_parts(source, _encoding(source))
    return slices(blocks_of(texts, options, main_only=_marks_main_part(source)))


def blocks_of(
    texts: Iterable[str],
    options: ReadOptions,
    *,
    bullet: str = "•",
    comments: bool = False,
    main_only: bool = False,
    titled: bool = True,
) -> Iterator[Block]:
    """Yield the blocks of the HTML that `texts` are the parts of.

    `bullet` stands before items of lists without numbers; with `comments` these are hidden text;
    with `main_only` text outside of the main part of the page is left out; the title of the page is
    read if `titled`.
    """
    target = HtmlBlocks(
        options, bullet=bullet, comments=comments, main_only=main_only, titled=titled
    )
    parser = etree.HTMLParser(target=target, huge_tree=True, no_network=True)
    parser.feed("<html>")  # a parser that was fed nothing can't be closed
    for text in texts:
        for start in range(0, len(text), _PIECE):
            parser.feed(text[start : start + _PIECE].replace("\0", ""))
            yield from target.take()
    parser.close()
    yield from target.take()


def _marks_main_part(source: Source) -> bool:
    """Return whether the page says which part of it is not menus and other frame."""
    rest = b""
    with source.open("rb") as file:
        while data := file.read(_READ):
            if _MAIN.search(rest + data):
                return True
            rest = data[-_MAX_TAG:]
    return False


def _encoding(source: Source) -> str:
    """Return the encoding that the page declares, unless its bytes are of another one."""
    found = encoding_of(source)
    with source.open("rb") as file:
        declared = _CHARSET.search(file.read(_HEAD_BYTES))
    if found != "cp1252" or declared is None:  # neither UTF-8 nor UTF-16
        return found
    try:
        known = codecs.lookup(declared[1].decode())
    except LookupError:
        return found
    is_text = known._is_text_encoding and not known.name.startswith("utf")
    return known.name if is_text and known.name not in _WINDOWS else found
