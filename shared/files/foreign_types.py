"""Names the types of files that can't be read, by their first bytes. No I/O."""

from __future__ import annotations

import re

_SIGNATURES = (
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"\x1f\x8b", "a gzip archive; upload the files in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; upload the files in it"),
    (b"Rar!\x1a\x07", "a RAR archive; upload the files in it"),
    (b"BZh", "a bzip2 archive; upload the files in it"),
    (b"\xfd7zXZ\x00", "an xz archive; upload the files in it"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"ID3", "a media file"),
    (b"OggS", "a media file"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
# Texts that are made of marks more than of words, by how they begin or how their names end.
_MARKUP = (
    (re.compile(rb"<svg\b|<\?xml[^>]{0,1000}>.{0,4000}?<svg\b", re.S), (".svg",), "an SVG image"),
    (re.compile(rb"<\?xml\b"), (".xml", ".xsd", ".xsl"), "an XML file; save it as PDF or HTML"),
    (
        re.compile(rb"\\(?:documentclass|begin\s{0,9}\{document\})"),
        (".tex", ".ltx", ".bib"),
        "a TeX source; upload the PDF made from it",
    ),
    (
        None,
        (".json", ".jsonl", ".ndjson", ".geojson", ".ipynb"),
        "JSON data; save it as CSV or plain text",
    ),
)


def foreign_type(head: bytes, *, is_text: bool) -> str:
    """Return the type of a file, "; " and what to do if that is known; "" for another type.

    A text may begin with the letters of a signature.
    """
    if head[4:8] == b"ftyp":
        return "a media file"
    for magic, kind in _SIGNATURES:
        if head.startswith(magic) and not (magic.isalnum() and is_text):
            return kind
    return ""


def markup_type(start: bytes, ending: str) -> str:
    """Return the same for a text of marks, by its start without white space and its ending."""
    for begins, endings, kind in _MARKUP:
        if ending in endings or (begins and begins.match(start)):
            return kind
    return ""
