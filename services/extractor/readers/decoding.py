"""Detects the encoding of a text file from its bytes and decodes it."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from services.extractor.readers.source import Source
from shared.text.encoding import utf16_by_zeros

_READ = 1024 * 1024  # bytes decoded at a time
_SAMPLE = 64 * 1024  # bytes examined for UTF-16, enough to count zeros reliably
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_parts(source: Source, encoding: str = "") -> Iterator[str]:
    """Yield the text of a file, about 1 MiB at a time, with line feeds as line ends.

    The encoding is detected unless it is given. Undecodable bytes become U+FFFD.
    """
    characters = codecs.getincrementaldecoder(encoding or encoding_of(source))(errors="replace")
    decoder = io.IncrementalNewlineDecoder(characters, translate=True)
    with source.open("rb") as file:
        while data := file.read(_READ):
            yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def decoded(data: bytes) -> str:
    """Return the text of bytes, with line feeds as line ends; the encoding is detected."""
    encoding = _marked_encoding(data[:_SAMPLE])
    if not encoding:
        try:
            return _unified(data.decode())
        except UnicodeDecodeError:
            encoding = "cp1252"
    return _unified(data.decode(encoding, "replace"))


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines_of(source: Source, limit: int) -> Iterator[str]:
    """Yield the lines of a file, without line ends; those of over `limit` characters in parts."""
    rest = ""
    for part in text_parts(source):
        *whole, rest = (rest + part).split("\n")
        for line in whole:
            yield from _parts_of(line, limit)
        while len(rest) > limit:
            yield rest[:limit]
            rest = rest[limit:]
    yield rest


def _parts_of(line: str, limit: int) -> Iterator[str]:
    for start in range(0, max(1, len(line)), limit):
        yield line[start : start + limit]


def encoding_of(source: Source) -> str:
    """Return the encoding: by byte order mark, UTF-16 by its zeros, UTF-8, else Windows-1252."""
    with source.open("rb") as file:
        sample = file.read(_SAMPLE)
    return _marked_encoding(sample) or ("utf-8" if _is_mostly_utf8(source) else "cp1252")


def _marked_encoding(sample: bytes) -> str:
    """Return the encoding that a byte order mark or zeros tell; "" without them."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    return utf16_by_zeros(sample) or ""


def _is_mostly_utf8(source: Source) -> bool:
    """Return whether valid UTF-8 sequences are at least as many as broken ones."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    broken = whole = 0
    with source.open("rb") as file:
        while data := file.read(_READ):
            if data.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(data)
            broken += text.count("\ufffd")
            whole += len(text.encode(errors="replace")) - len(text) - 2 * text.count("\ufffd")
            if broken > 1000 and broken > whole:  # enough to decide; the rest need not be read
                return False
    return broken <= whole
