"""The table of file types: one row for each type of document that can be read.

Other modules read the properties of a type here; CONTRIBUTING.md lists the steps that add one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileType:
    """The properties of one type, and how its files are recognised.

    name          the API's `file_type`, and the module of its reader unless `reader` names another
    label         what its files are called in a list of types
    media_type    of the original file when it is downloaded
    endings       of file names, the usual one first
    reader        module in `services/extractor/readers/`
    is_text       its files are text: the ending decides, since other text has the same bytes
    begins        pattern at the start of a text, which decides more than the ending
    zip_folder    first folder of an entry that only ZIP archives of this type have
    zip_mimetype  start of the entry `mimetype`, which stands first in the ZIP archive
    ole_stream    name of a stream that only OLE compound files of this type have
    magic         first bytes of its files, of which each has one
    has_pages     its pages are fixed, so they can be drawn, for people and for text recognition
    has_members   files in it become documents of their own: attachments, or members of an archive
    """

    name: str
    label: str
    media_type: str
    endings: tuple[str, ...]
    reader: str = ""
    is_text: bool = False
    begins: re.Pattern[bytes] | None = None
    zip_folder: bytes = b""
    zip_mimetype: bytes = b""
    ole_stream: str = ""
    magic: tuple[bytes, ...] = ()
    has_pages: bool = False
    has_members: bool = False

    @property
    def module(self) -> str:
        """Return the name of the module that reads the type."""
        return self.reader or self.name

    @property
    def is_archive(self) -> bool:
        """Return whether its files have no text of their own, only other files."""
        return self.reader == "archive"


_OFFICE = "application/vnd.openxmlformats-officedocument."

_ODF = "application/vnd.oasis.opendocument."
_WORD = f"{_OFFICE}wordprocessingml.document"

_HTML = re.compile(
    rb"\A(?:<\?xml[^>]{0,1000}>\s{0,1000})?(?:(?><!--.{0,4000}?-->)\s{0,1000}){0,50}+"
    rb"<(?:!doctype\s{1,1000}html|html|head|body|script)\b",
    re.DOTALL | re.IGNORECASE,
)

# Lines of a header, among them one that programs write and people don't.
_EML = re.compile(
    rb"\A(?=(?:[^\n]{0,2000}\n){0,60}?(?:Message-ID|MIME-Version|Received|Return-Path):)"
    rb"(?:From [^\n]{1,200}\n)?"
    rb"(?:[A-Za-z][A-Za-z-]{1,60}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,99}+){2}",
    re.IGNORECASE,
)

# fmt: off
FILE_TYPES = (
    FileType("pdf", "PDF", "application/pdf", (".pdf",), has_pages=True),
    FileType("docx", "Word", _WORD, (".docx", ".docm"), zip_folder=b"word"),
    FileType("pptx", "PowerPoint", f"{_OFFICE}presentationml.presentation", (".pptx", ".ppsx"),
             zip_folder=b"ppt"),
    FileType("xlsx", "Excel", f"{_OFFICE}spreadsheetml.sheet", (".xlsx", ".xlsm"),
             zip_folder=b"xl"),
    FileType("odt", "OpenDocument text", f"{_ODF}text", (".odt", ".ott"), reader="odf",
             zip_mimetype=f"{_ODF}text".encode()),
    FileType("ods", "OpenDocument spreadsheet", f"{_ODF}spreadsheet", (".ods",), reader="odf",
             zip_mimetype=f"{_ODF}spreadsheet".encode()),
    FileType("odp", "OpenDocument presentation", f"{_ODF}presentation", (".odp",), reader="odf",
             zip_mimetype=f"{_ODF}presentation".encode()),
    FileType("epub", "EPUB", "application/epub+zip", (".epub",),
             zip_mimetype=b"application/epub+zip"),
    FileType("html", "web pages", "text/html", (".html", ".htm", ".xhtml"), is_text=True,
             begins=_HTML),
    FileType("csv", "CSV", "text/csv", (".csv", ".tsv", ".tab"), is_text=True),
    FileType("eml", "e-mails", "message/rfc822", (".eml", ".mht", ".mhtml"), is_text=True,
             begins=_EML, has_members=True),
    FileType("rtf", "RTF", "application/rtf", (".rtf",), begins=re.compile(rb"\{\\rtf")),
    FileType("msg", "Outlook e-mails", "application/vnd.ms-outlook", (".msg",),
             ole_stream="__properties_version1.0", has_members=True),
    FileType("zip", "ZIP archives", "application/zip", (".zip",), reader="archive",
             has_members=True),
    FileType("png", "PNG images", "image/png", (".png",), reader="image", has_pages=True,
             magic=(b"\x89PNG\r\n",)),
    FileType("jpeg", "JPEG images", "image/jpeg", (".jpg", ".jpeg", ".jpe"), reader="image",
             has_pages=True, magic=(b"\xff\xd8\xff",)),
    FileType("tiff", "TIFF images", "image/tiff", (".tif", ".tiff"), reader="image",
             has_pages=True, magic=(b"II*\x00", b"MM\x00*")),
    FileType("srt", "subtitles (SRT)", "application/x-subrip", (".srt",), reader="subtitles",
             is_text=True, begins=re.compile(rb"\d{1,6}\r?\n\d{1,4}:\d\d:\d\d[,.]\d{1,3} -->")),
    FileType("vtt", "subtitles (WebVTT)", "text/vtt", (".vtt",), reader="subtitles",
             is_text=True, begins=re.compile(rb"WEBVTT\b")),
    FileType("md", "Markdown", "text/markdown", (".md", ".markdown", ".mdown", ".mkd"),
             reader="markdown", is_text=True),
    FileType("txt", "plain text", "text/plain", (".txt", ".text", ".log"),
             reader="text", is_text=True),
)
# fmt: on

# Up to five names of languages, joined by "+": 64 characters.
OCR_LANGUAGES = r"^[a-z]{3}[A-Za-z_]{0,9}(\+[a-z]{3}[A-Za-z_]{0,9}){0,4}$"
BY_NAME = {kind.name: kind for kind in FILE_TYPES}


def by_ending(ending: str, among: Iterable[FileType] = FILE_TYPES) -> FileType | None:
    """Return the type whose files have names with this ending, such as ".pdf", or None."""
    return next((kind for kind in among if ending.lower() in kind.endings), None)
