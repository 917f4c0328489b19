"""Archives that are refused before parsing, and the errors that users get."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from services.extractor.document import ReaderLimits
from services.extractor.readers import docx
from services.extractor.readers.zip_guard import check
from shared.domain.errors import Bomb, Corrupt, Encrypted, QuireError, UnsupportedType
from tests.support.readers import LIMITS, options, paragraph, part, write_docx

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def test_an_ordinary_file_is_accepted(tmp_path: Path) -> None:
    check(write_docx(tmp_path / "f.docx", paragraph("hello")), LIMITS)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"PK\x05\x06" + bytes(18), Corrupt),
        (b"not a zip at all", Corrupt),
        (OLE + bytes(600), UnsupportedType),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), Encrypted),
    ],
)
def test_a_file_that_is_not_an_archive_is_refused(
    tmp_path: Path, content: bytes, error: type[QuireError]
) -> None:
    path = tmp_path / "f.docx"
    path.write_bytes(content)
    with pytest.raises(error):
        check(path, LIMITS)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "word\\..\\..\\x", "C:\\x"])
def test_paths_outside_of_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Bomb):
        check(write_docx(tmp_path / "f.docx", "", {name: "x"}), LIMITS)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bound_are_refused(tmp_path: Path, method: int) -> None:
    path = write_docx(tmp_path / "f.docx", paragraph("one"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/media/a.bin", bytes(64 * 1024 * 1024), method)
    with pytest.raises(UnsupportedType, match="Save it again"):
        check(path, LIMITS)


def test_a_repeated_name_is_refused(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "f.docx", paragraph("one"))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", part("document", ""))
    with pytest.raises(Bomb):
        check(path, LIMITS)


@pytest.mark.parametrize(
    "limits",
    [
        ReaderLimits(max_entries=3),
        ReaderLimits(max_part_mb=1),
        ReaderLimits(max_archive_mb=1),
        ReaderLimits(),
    ],
)
def test_too_many_or_too_large_parts_are_refused(tmp_path: Path, limits: ReaderLimits) -> None:
    path = write_docx(tmp_path / "f.docx", "", {"word/big.xml": b"<x>" + b" " * 20_000_000})
    with pytest.raises(Bomb):
        check(path, limits)


def test_wrong_declared_sizes_are_refused(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "f.docx", "", {"word/media/a.png": bytes(20_000_000)})
    data = path.read_bytes().replace(struct.pack("<L", 20_000_000), struct.pack("<L", 20))
    path.write_bytes(data)
    with pytest.raises((Bomb, Corrupt)):
        check(path, LIMITS)


DOCUMENT = (
    '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_entities_are_refused(tmp_path: Path, declared: str, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{declared}' + DOCUMENT.format("&a;")
    path = tmp_path / "f.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", xml.encode(encoding))
    with pytest.raises(Bomb):
        check(path, LIMITS)


def test_an_archive_without_a_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(UnsupportedType):
        check(path, LIMITS, main="word/document.xml")
    check(path, LIMITS, main="xl/workbook.xml")


@pytest.mark.parametrize(
    "body",
    ["<w:p>", "<w:tbl><w:tr><w:tc>" * 80_000, "</w:body>"],
    ids=["not closed", "80,000 tables deep", "closed twice"],
)
def test_malformed_or_deeply_nested_xml_is_refused(tmp_path: Path, body: str) -> None:
    path = write_docx(tmp_path / "f.docx", body)
    with pytest.raises(Corrupt):
        list(docx.read(path, options("docx"), LIMITS))
