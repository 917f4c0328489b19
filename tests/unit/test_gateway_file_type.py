"""A file's type is detected by its bytes, not by its name."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from shared.domain.errors import EmptyFile, UnsupportedType
from shared.files.file_type import file_type_of


def zipped(*names: str, first: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), first)  # of a fixed date
    return buffer.getvalue()


def ole(*streams: str) -> bytes:
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 0)
    return bytes(header) + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)


DOCX = zipped("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("a", b"%PDF-1.7\n", "pdf"),
        ("a.docx", b"%PDF-1.7\n", "pdf"),
        ("a.pdf", b"\xef\xbb\xbf%PDF-1.4\n", "pdf"),
        ("a.pdf", b"\x00junk\xff" * 40 + b"%PDF-1.4\n", "pdf"),
        ("a.pdf", b"this is no pdf at all, but says so in its name", "pdf"),
        ("a.pdf", b"\x00\x01\x02\x03", "pdf"),
        ("a.pdf", b"%PDF-1.4\n" + DOCX, "pdf"),
        ("notes.md", b"# Formats\n\nA file starts with %PDF-1.7 then.", "md"),
        ("a.docx", DOCX, "docx"),
        ("a.pdf", DOCX, "docx"),
        ("a.docx", DOCX[:60], "docx"),
        ("a.docx", zipped(), "docx"),
        ("a.docx", b"not a zip", "docx"),
        ("a.docx", b"junk before" + DOCX, "docx"),
        ("a.docx", ole("EncryptedPackage"), "docx"),
        ("a", ole("EncryptedPackage"), "docx"),
        ("a.docx", ole("Root Entry"), "docx"),
        ("a.txt", b"plain words", "txt"),
        ("a", b"plain words", "txt"),
        ("a.csv", b"a;b\n1;2\n", "csv"),
        ("a.TSV", b"a\tb\n1\t2\n", "csv"),
        ("a.MD", b"# Title", "md"),
        ("a.markdown", b"# Title", "md"),
        ("a", zipped("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        ("a.pptx", ole("EncryptedPackage"), "pptx"),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        ("a.docx", zipped("xl/workbook.xml"), "xlsx"),
        ("a.xlsx", ole("EncryptedPackage"), "xlsx"),
        ("a", zipped("mimetype", first=b"application/epub+zip"), "epub"),
        ("a.zip", zipped("mimetype", first=b"application/vnd.oasis.opendocument.text"), "odt"),
        ("a", zipped("mimetype", first=b"application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        ("a", zipped("mimetype", first=b"application/vnd.oasis.opendocument.presentation"), "odp"),
        ("a.epub", zipped("OPS/book.opf"), "epub"),
        ("a.zip", zipped("a.pdf", "b.pdf"), "zip"),
        ("a.ZIP", zipped("word/report.docx", "xl/figures.xlsx"), "zip"),
        ("a.zip", zipped(), "zip"),
        ("a.zip", DOCX, "docx"),
        ("a.doc", b"{\\rtf1 words}", "rtf"),
        ("a.rtf", b"words", "rtf"),
        ("a", ole("__properties_version1.0"), "msg"),
        ("a.txt", b"\xef\xbb\xbfWEBVTT\n\n", "vtt"),
        ("a.txt", b"1\r\n00:00:01,000 --> 00:00:02,000\r\nx", "srt"),
        ("a.xlsx", b"\x00damaged", "xlsx"),
        ("a.txt", b"MZ is how the programs of a certain system begin.", "txt"),
        ("a.txt", "Größe".encode("latin-1"), "txt"),
        ("a.txt", "Größe".encode("utf-16"), "txt"),
        ("a.txt", "words without a mark".encode("utf-16-le"), "txt"),
        ("a.txt", "words without a mark".encode("utf-16-be"), "txt"),
        ("a.txt", b" \n\t ", "txt"),
        ("a.html", b"<!-- one --><!-- two -->\n<HTML lang=en>", "html"),
        ("a.htm", b"<p>a part of a page", "html"),
        ("a.xhtml", b"<?xml version='1.0'?><html>", "html"),
        ("a.pdf", b"\n<!DOCTYPE html><html>", "html"),
        ("a.xls", b"\xef\xbb\xbf<html><table>", "html"),
        ("a.eml", b"From: someone\nTo: someone else\n", "eml"),
        ("a.txt", b"Return-Path: <a@b.c>\r\nReceived: from x\r\n\tby y\r\nFrom: z\r\n", "eml"),
        ("a.mhtml", b"From: <Saved>\nMIME-Version: 1.0\n", "eml"),
        ("a.txt", b"From: Ada\nTo: Bob\n\nA memo about Message-ID: lines", "txt"),
        ("a.md", b"<!-- a comment --><body>", "md"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0", "png"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n\0", "png"),
        ("scan", b"\xff\xd8\xff\xe0\0", "jpeg"),
        ("a.tif", b"II*\x00\x08\0\0\0", "tiff"),
        ("a.tif", b"MM\x00*\0\0\0\x08", "tiff"),
    ],
)
def test_documents_are_recognised_by_their_bytes(name: str, data: bytes, expected: str) -> None:
    assert file_type_of(name, io.BytesIO(data)) == expected


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.gif", b"GIF89a\1\0\1\0\x80\0\0", "GIF image."),
        ("a.pdf", b"GIF89a\1\0\1\0\x80\0\0", "name ends in .pdf, but it is a GIF image"),
        ("a.exe", b"MZ\x90\0\x03\0\0\0", "Windows program"),
        ("a.pdf", b"MZ\x90\0\x03\0\0\0", "Windows program"),
        ("a", b"\x7fELF\x02\x01\x01\0", "A program"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG image"),
        ("a.xml", b"<?xml version='1.0'?><!-- x --><svg>", "SVG image"),
        ("a.xml", b"<rows/>", "XML file can't be read; save it as PDF or HTML"),
        ("a.txt", b"\xef\xbb\xbf<?xml version='1.0'?><rows/>", "XML file"),
        ("a.pdf", b"<?xml version='1.0'?><rows/>", "ends in .pdf, but it is an XML file"),
        ("a.json", b'{"a": 1}', "JSON data"),
        ("a.tex", b"% a paper", "TeX source"),
        ("a", b"\\documentclass{article}", "TeX source"),
        ("a.odg", zipped("mimetype", first=b"application/vnd.oasis.opendocument.graphics"), "PDF"),
        ("a.jar", zipped("a.pdf", "b.pdf"), "ZIP archive can't be read; let its name end in .zip"),
        ("a.pages", zipped("Index/Document.iwa"), "iWork"),
        ("a.doc", ole("WordDocument"), "save it as .docx"),
        ("a.docx", ole("WordDocument"), "save it as .docx"),
        ("a.xls", ole("Workbook"), "save it as .xlsx"),
        ("a.docx", ole("Workbook"), "name ends in .docx, but it is an Excel 97–2003 workbook"),
        ("a.ppt", ole("PowerPoint Document"), "save it as .pptx"),
        ("a.bin", bytes(range(256)), "Save it as PDF"),
        ("a.txt", bytes(range(32)) * 9, "Save it as PDF"),
        ("a.gz", b"\x1f\x8b\x08\0\0\0\0\0", "gzip"),
    ],
)
def test_the_error_names_the_refused_file_type(name: str, data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedType, match=said):
        file_type_of(name, io.BytesIO(data))


def test_an_empty_file_is_refused_with_any_name() -> None:
    with pytest.raises(EmptyFile):
        file_type_of("a.pdf", io.BytesIO())


def test_a_text_of_many_html_comments_is_text() -> None:
    assert file_type_of("a.txt", io.BytesIO(b"<!---->" * 5_000)) == "txt"


def test_a_huge_central_directory_is_read_within_limits() -> None:
    entry = b"PK\x01\x02".ljust(28, b"\0") + struct.pack("<H", 8) + b"\0" * 16 + b"folder/x"
    late = entry.replace(b"folder/x", b"word/xxx")
    directory = entry * 60_000 + late
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 4, 0)
    with pytest.raises(UnsupportedType, match="ZIP"):
        file_type_of("a.bin", io.BytesIO(b"PK\x03\x04" + directory + end))
    assert file_type_of("a.bin", io.BytesIO(b"PK\x03\x04" + late + entry + end)) == "docx"
