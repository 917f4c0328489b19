"""Reads Markdown as its page would show it: headings, nested lists, tables, code, HTML in it.

It is turned into HTML in pieces, which bounds memory, and that is read as web pages are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import html
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import lines_of
from services.extractor.readers.front_matter import fields_of, without_front_matter
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source, size_of

_MAX_LINE = 4 * 1024 * 1024  # characters; holds a picture that is written into the text
_MAX_TEXT_LINE = 16 * 1024  # characters without such pictures; longer lines are split
_PIECE = 16 * 1024  # characters after which a piece ends at a blank line
_MAX_PIECE = 64 * 1024  # characters after which it ends anywhere
_MAX_REFERENCES = 10_000  # targets of links that are defined apart from them
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_OPENS = re.compile(r"#{1,6}\s|[^\s>|*+-]")  # a line that begins a block of its own
_DATA = re.compile(
    r"data:[\w/+.-]{1,60}(?:;[\w=-]{1,60}){0,5}(?:;base64)?,[A-Za-z0-9+/=%_.-]{0,4194304}+"
)
_LETTERS = re.compile(r"[A-Za-z0-9+/=]{1000,4194304}+")  # the rest of a picture on the next line
_OF_PICTURES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))
_DEFINITION = re.compile(r" {0,3}\[([^\[\]]{1,200})\]:\s{0,9}\S")


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    fields, skipped = fields_of(_lines(source))
    references = _references(source) if size_of(source) > _PIECE else {}
    body = without_front_matter(_lines(source), skipped)
    return slices(_blocks(fields, _pages(body, references), options))


def _blocks(fields: list[Block], pages: Iterable[str], options: ReadOptions) -> Iterator[Block]:
    """Yield the front matter and the text; a title that both have comes once."""
    body = html.blocks_of(pages, options, bullet="-", comments=True)
    first = next(body, None)
    if first is not None and first.kind == "heading" and fields and fields[0].text == first.text:
        fields, first = [first, *fields[1:]], None
    yield from fields
    if first is not None:
        yield first
    yield from body


def _lines(source: Source) -> Iterator[str]:
    for line in map(clean, lines_of(source, _MAX_LINE)):
        if len(line) > 60:  # characters; a shorter line has no picture worth removing
            line = _LETTERS.sub(_without_picture, _DATA.sub("#", line))
        for start in range(0, max(1, len(line)), _MAX_TEXT_LINE):
            yield line[start : start + _MAX_TEXT_LINE]


def _without_picture(found: re.Match[str]) -> str:
    """Return "" for letters and digits as in encoded pictures; other long words stay."""
    return "" if all(kind.search(found[0]) for kind in _OF_PICTURES) else found[0]


def _pages(lines: Iterable[str], references: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield pieces as HTML; each link finds its target wherever that is defined."""
    parser = _parser()
    for piece in _pieces(lines):
        environment: dict[str, Any] = {"references": dict(references)} if references else {}
        yield parser.render(piece, environment)


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text in pieces that end before a block, and not within code."""
    held: list[str] = []
    size = 0
    fence = ""
    blank = False
    for line in lines:
        if (blank and not fence and size >= _PIECE and _OPENS.match(line)) or size >= _MAX_PIECE:
            yield "\n".join([*held, fence])
            held, size = [fence] if fence else [], 0
        held.append(line)
        size += len(line) + 1
        blank = not line.strip()
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif line.strip().startswith(fence):
                fence = ""
    yield "\n".join(held)


def _references(source: Source) -> dict[str, dict[str, str]]:
    """Return the targets of links that are defined anywhere in the file, by name."""
    found: dict[str, dict[str, str]] = {}
    for line in _lines(source):
        if len(found) < _MAX_REFERENCES and (defined := _DEFINITION.match(line)):
            found[normalizeReference(defined[1])] = {"title": "", "href": "#"}
    return found


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Line ends are kept: many texts put one fact on each line.
    parser = MarkdownIt("commonmark", {"breaks": True}).enable(["table", "strikethrough"])
    parser.validateLink = _any_target  # type: ignore[method-assign]
    return parser


def _any_target(url: str) -> bool:
    """Accept every target of a link, since targets are never shown or followed."""
    return True
