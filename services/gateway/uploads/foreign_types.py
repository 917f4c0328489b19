"""Names the types of files that can't be read, by their first bytes. No I/O."""

from __future__ import annotations

import re

_SIGNATURES = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
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
    (b"{\\rtf", "an RTF document; save it as DOCX"),
)
_HTML = re.compile(
    rb"(<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*)*+<(!doctype\s+html|html|head|body|script)\b", re.S
)
_HTML_WITHIN = 4096  # bytes


def foreign_type(head: bytes, *, is_text: bool) -> str:
    """Return the type of a file, "; " and what to do if that is known; "" for another type.

    A text may begin with the letters of a signature.
    """
    start = head.lstrip(b"\xef\xbb\xbf\t\n\f\r ")
    if _HTML.match(start[:_HTML_WITHIN].lower()):
        return "a web page; save it as PDF"
    if head[4:8] == b"ftyp":
        return "a media file"
    for magic, kind in _SIGNATURES:
        if head.startswith(magic) and not (magic.isalnum() and is_text):
            return kind
    return ""
