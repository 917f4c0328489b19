"""Detects the type of a file from its bytes, and from its name only if the bytes don't tell.

A file named .pdf or .docx whose content is of no known type is accepted under its name: reading it
then reports that it is damaged. Pure, apart from reading the file.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO, Literal

from services.gateway.uploads import containers
from services.gateway.uploads.file_name import suffix
from shared.domain.errors import EmptyFile, UnsupportedType
from shared.text.encoding import utf16_by_zeros

FileType = Literal["pdf", "docx", "txt", "md"]

# Enough to recognise every format and to count control characters reliably; one read.
HEAD_BYTES = 64 * 1024
# PDF readers accept a header within the first 1,024 bytes.
_PDF_WITHIN = 1024
# Text files with stray control characters exist; binary formats have far more than 2 %.
_MAX_CONTROLS = 0.02
_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
_PLAIN = frozenset({".txt", ".text", ".log"})
_HTML = re.compile(
    rb"(<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*)*+<(!doctype\s+html|html|head|body|script)\b", re.S
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_FOREIGN = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"RIFF", "a media file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
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
_OLE_STREAMS = ("EncryptedPackage", "WordDocument", "Workbook", "PowerPoint Document")


def file_type_of(name: str, handle: BinaryIO) -> FileType:
    """Return the type of a document; `handle` is binary and seekable.

    EmptyFile: it has no bytes. UnsupportedType: names the type, and one to save the file as.
    """
    handle.seek(0)
    head = handle.read(HEAD_BYTES)
    if not head:
        raise EmptyFile
    ending = suffix(name)
    if _is_pdf(head, ending):
        return "pdf"
    if head.startswith((containers.ZIP_MAGIC, containers.EMPTY_ZIP_MAGIC)):
        return _in_zip(head, ending, handle)
    if head.startswith(containers.OLE_MAGIC):
        return _in_ole(ending, handle)
    if foreign := _foreign(head):
        raise _unsupported(foreign, ending)
    return _plain(head, ending)


def _is_pdf(head: bytes, ending: str) -> bool:
    """Return whether the file has a PDF header; a text that mentions one does not count."""
    if head.lstrip(b"\xef\xbb\xbf\0\t\n\f\r ").startswith(b"%PDF-"):
        return True
    if b"%PDF-" not in head[:_PDF_WITHIN]:
        return False
    return ending not in _MARKDOWN | _PLAIN or not _is_text(head)


def _in_zip(head: bytes, ending: str, handle: BinaryIO) -> FileType:
    names = containers.zip_names(handle)
    folders = {name.partition(b"/")[0] for name in names}
    if b"word" in folders or (not names and b"word/" in head):
        return "docx"
    if b"xl" in folders:
        raise _unsupported("an Excel workbook; save it as PDF", ending)
    if b"ppt" in folders:
        raise _unsupported("a PowerPoint presentation; save it as PDF", ending)
    if head[30:38] == b"mimetype":
        kind = "an EPUB book" if b"epub" in head[38:80] else "an OpenDocument file"
        raise _unsupported(f"{kind}; save it as DOCX or PDF", ending)
    if ending == ".docx":
        return "docx"
    raise _unsupported("a ZIP archive; upload the files in it", ending)


def _in_ole(ending: str, handle: BinaryIO) -> FileType:
    streams = containers.ole_streams(handle, _OLE_STREAMS)
    if "WordDocument" in streams:
        raise _unsupported("a Word 97–2003 document (.doc); save it as .docx", ending)
    if "Workbook" in streams or ending in (".xls", ".xlsx"):
        raise _unsupported("an Excel workbook; save it as PDF", ending)
    if "PowerPoint Document" in streams or ending in (".ppt", ".pptx"):
        raise _unsupported("a PowerPoint presentation; save it as PDF", ending)
    if "EncryptedPackage" in streams or ending == ".docx":
        return "docx"
    raise _unsupported("an Office 97–2003 file; save it as DOCX or PDF", ending)


def _foreign(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf\t\n\f\r ")
    if _HTML.match(start[:4096].lower()):
        return "a web page; save it as PDF"
    if head[4:8] == b"ftyp":
        return "a media file"
    for magic, kind in _FOREIGN:
        # A text may begin with the letters of a signature.
        if head.startswith(magic) and not (magic.isalnum() and _is_text(head)):
            return kind
    return ""


def _plain(head: bytes, ending: str) -> FileType:
    if ending == ".pdf":
        return "pdf"
    if ending == ".docx":
        return "docx"
    if ending in (".eml", ".mht", ".mhtml"):
        raise _unsupported("an e-mail; save it as PDF", ending)
    if not _is_text(head):
        raise UnsupportedType
    return "md" if ending in _MARKDOWN else "txt"


def _is_text(head: bytes) -> bool:
    """Return whether the data has few control characters, in whatever encoding it is."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if 0 in head:
        return utf16_by_zeros(head) is not None
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= _MAX_CONTROLS * len(head)


def _unsupported(kind: str, ending: str) -> UnsupportedType:
    """Return the error of a file of another kind; `kind` may end with "; " and what to do."""
    what, _, advice = kind.partition("; ")
    if ending in (".pdf", ".docx"):
        sentence = f"The file's name ends in {ending}, but it is {what}, which can't be read"
    else:
        sentence = f"{what[0].upper()}{what[1:]} can't be read"
    return UnsupportedType(f"{sentence}; {advice}." if advice else f"{sentence}.")
