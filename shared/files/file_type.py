"""Detects the type of a file from its bytes, and from its name only if the bytes don't tell.

A file whose name ends like that of a binary format, and whose content is of no known type, is
accepted under its name: reading it then reports that it is damaged. Pure, apart from reading the
file.
"""

from __future__ import annotations

import codecs
from typing import BinaryIO

from shared.domain.errors import EmptyFile, UnsupportedType
from shared.domain.file_types import BY_NAME, FILE_TYPES, FileType, by_ending
from shared.files import containers
from shared.files.file_name import suffix
from shared.files.foreign_types import foreign_type, markup_type
from shared.text.encoding import utf16_by_zeros

# Enough to recognise every format and to count control characters reliably; one read.
HEAD_BYTES = 64 * 1024
# PDF readers accept a header within the first 1,024 bytes.
_PDF_WITHIN = 1024
# Text files with stray control characters exist; binary formats have far more than 2 %.
_MAX_CONTROLS = 0.02
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_SPACE = b"\xef\xbb\xbf\t\n\f\r "
_ARCHIVES = [kind for kind in FILE_TYPES if kind.zip_folder or kind.zip_mimetype]
_BINARY = [kind for kind in FILE_TYPES if not kind.is_text]
_OLE = [kind for kind in FILE_TYPES if kind.ole_stream]
_OLE_STREAMS = (
    "EncryptedPackage",
    "WordDocument",
    "Workbook",
    "PowerPoint Document",
    *(kind.ole_stream for kind in _OLE),
)


def file_type_of(name: str, handle: BinaryIO) -> str:
    """Return the name of a document's type; `handle` is binary and seekable.

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
    for kind in FILE_TYPES:
        if kind.magic and head.startswith(kind.magic):
            return kind.name
    is_text = _is_text(head)
    if foreign := foreign_type(head, is_text=is_text):
        raise _unsupported(foreign, ending)
    return _other(head, ending, is_text=is_text)


def _is_pdf(head: bytes, ending: str) -> bool:
    """Return whether the file has a PDF header; a text that mentions one does not count."""
    if head.lstrip(b"\xef\xbb\xbf\0\t\n\f\r ").startswith(b"%PDF-"):
        return True
    if b"%PDF-" not in head[:_PDF_WITHIN]:
        return False
    named = by_ending(ending)
    return named is None or not named.is_text or not _is_text(head)


def _in_zip(head: bytes, ending: str, handle: BinaryIO) -> str:
    names = containers.zip_names(handle)
    folders = {name.partition(b"/")[0] for name in names if b"/" in name}
    declared = head[38:] if head[30:38] == b"mimetype" else b""
    is_archive = ending in BY_NAME["zip"].endings
    for kind in _ARCHIVES:
        if kind.zip_mimetype and declared.startswith(kind.zip_mimetype):
            return kind.name
        # An archive of documents may have a folder of this name too.
        if is_archive and b"[Content_Types].xml" not in names:
            continue
        if kind.zip_folder and (
            kind.zip_folder in folders or (not names and kind.zip_folder + b"/" in head)
        ):
            return kind.name
    if is_archive and not declared:
        return "zip"
    if any(name.endswith(b".iwa") for name in names):
        raise _unsupported("an iWork file; save it as PDF or in a format of Office", ending)
    if declared:
        raise _unsupported("an OpenDocument file of another kind; save it as PDF", ending)
    if named := by_ending(ending, _ARCHIVES):
        return named.name
    advice = "let its name end in .zip, or upload the files in it"
    raise _unsupported(f"a ZIP archive; {advice}", ending)


def _in_ole(ending: str, handle: BinaryIO) -> str:
    streams = containers.ole_streams(handle, _OLE_STREAMS)
    for kind in _OLE:
        if kind.ole_stream in streams:
            return kind.name
    named = by_ending(ending, _ARCHIVES)
    if "WordDocument" in streams:
        raise _unsupported("a Word 97–2003 document (.doc); save it as .docx", ending)
    if "Workbook" in streams or ending == ".xls":
        raise _unsupported("an Excel 97–2003 workbook (.xls); save it as .xlsx", ending)
    if "PowerPoint Document" in streams or ending == ".ppt":
        raise _unsupported("a PowerPoint 97–2003 presentation (.ppt); save it as .pptx", ending)
    if "EncryptedPackage" in streams or named:
        return (named or BY_NAME["docx"]).name
    raise _unsupported("an Office 97–2003 file; save it as DOCX or PDF", ending)


def _other(head: bytes, ending: str, *, is_text: bool) -> str:
    """Return the type of a text, or of a binary file that only its name tells the type of."""
    named = by_ending(ending)
    start = head.lstrip(_SPACE)
    if is_text and (named is None or not named.is_text or named.name == "txt"):
        if begun := _begun_like(start):
            return begun.name
        if kind := markup_type(start, ending):
            raise _unsupported(kind, ending)
    if named and not named.is_text:
        return named.name
    if not is_text:
        raise UnsupportedType
    return (named or BY_NAME["txt"]).name


def _begun_like(start: bytes) -> FileType | None:
    """Return the type whose texts begin like this one, or None."""
    kinds = (kind for kind in FILE_TYPES if kind.begins and kind.begins.match(start))
    return next(kinds, None)


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
    if by_ending(ending, _BINARY):
        sentence = f"The file's name ends in {ending}, but it is {what}, which can't be read"
    else:
        sentence = f"{what[0].upper()}{what[1:]} can't be read"
    return UnsupportedType(f"{sentence}; {advice}." if advice else f"{sentence}.")
