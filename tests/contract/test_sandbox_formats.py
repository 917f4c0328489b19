"""A file of every type is read within the sandbox, whose limits its reader must keep."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import pymupdf
import pytest
import pytest_asyncio

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.file_types import FILE_TYPES, FileType
from shared.files.file_type import file_type_of
from tests.support import scans
from tests.support.archives import mail, zipped
from tests.support.office_files import shape, write_pptx, write_xlsx
from tests.support.ole_files import write_ole
from tests.support.readers import paragraph, write_docx, write_tokenizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = "The pump runs at five bar."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ReaderLimits())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


def _text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def _pdf(path: Path) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), SAID)
    document.save(path)


def _open_document(path: Path) -> None:
    names = 'xmlns:office="o" xmlns:text="t"'
    with zipfile.ZipFile(path, "w") as archive:
        kind = next(one for one in FILE_TYPES if one.name == path.suffix[1:])
        archive.writestr("mimetype", kind.media_type)
        archive.writestr("content.xml", f"<office:x {names}><text:p>{SAID}</text:p></office:x>")


def _epub(path: Path) -> None:
    container = '<container><rootfile full-path="b.opf"/></container>'
    book = '<package><manifest><item id="a" href="a.html"/></manifest><spine><itemref idref="a"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("b.opf", f"{book}</spine></package>")
        archive.writestr("a.html", f"<p>{SAID}")


def _outlook(path: Path) -> None:
    text = {"__substg1.0_1000001F": SAID.encode("utf-16-le")}
    write_ole(path, {"__properties_version1.0": bytes(32), **text})


def _outlook_with(path: Path, files: dict[str, bytes]) -> None:
    streams = {"__properties_version1.0": bytes(32)}
    for number, (name, data) in enumerate(files.items()):
        folder = f"__attach_version1.0_#{number:08X}/"
        streams[f"{folder}__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{folder}__substg1.0_37010102"] = data
    write_ole(path, streams)


def write_tiff(pages: int) -> bytes:
    """Return a TIFF file of small white pages: TIFF 6.0, baseline, one strip each."""
    width = height = 40
    parts, directories = bytearray(b"II*\0\0\0\0\0"), []
    for _ in range(pages):
        strip = len(parts)
        parts += b"\xff" * (width * height)
        directories.append(len(parts))
        entries = [
            (256, 4, width),
            (257, 4, height),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, strip),
            (278, 4, height),
            (279, 4, width * height),
        ]
        parts += struct.pack("<H", len(entries))
        for tag, kind, value in entries:
            parts += struct.pack("<HHII", tag, kind, 1, value)
        parts += b"\0\0\0\0"
    struct.pack_into("<I", parts, 4, directories[0])
    for here, following in pairwise(directories):
        struct.pack_into("<I", parts, here + 2 + 12 * 8, following)
    return bytes(parts)


CELL = f'<sheetData><row r="1"><c t="inlineStr"><is><t>{SAID}</t></is></c></row></sheetData>'
WRITERS: dict[str, Callable[[Path], object]] = {
    "pdf": _pdf,
    "docx": lambda path: write_docx(path, paragraph(SAID)),
    "pptx": lambda path: write_pptx(path, [shape(SAID)]),
    "xlsx": lambda path: write_xlsx(path, {"Plan": CELL}),
    "odt": _open_document,
    "ods": _open_document,
    "odp": _open_document,
    "epub": _epub,
    "html": _text(f"<!doctype html><p>{SAID}"),
    "csv": _text(f"a,b\n1,{SAID}\n"),
    "eml": _text(f"From: a@b.c\nMessage-ID: <1@b.c>\n\n{SAID}"),
    "rtf": _text(rf"{{\rtf1 {SAID}\par}}"),
    "md": _text(f"# Title\n\n{SAID}"),
    "msg": _outlook,
    "srt": _text(f"1\n00:00:01,000 --> 00:00:02,000\n{SAID}\n"),
    "vtt": _text(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{SAID}\n"),
    "txt": _text(SAID),
}


PICTURES = ("png", "jpeg", "tiff")
WITH_TEXT = [kind for kind in FILE_TYPES if kind.name not in PICTURES and not kind.is_archive]


@pytest.mark.parametrize("kind", PICTURES)
async def test_pictures_are_pages_without_text(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"f.{kind}"
    # MuPDF writes no TIFF.
    path.write_bytes(write_tiff(2) if kind == "tiff" else scans.picture(SAID, dpi=40, kind=kind))
    with path.open("rb") as handle:
        assert file_type_of(path.name, handle) == kind
    options = ReadOptions(kind, str(write_tokenizer(tmp_path)))
    found = [page async for batch in sandbox.read(path, options) for page in batch.unread]
    pages = 2 if kind == "tiff" else 1
    assert [(page.number, page.reason) for page in found] == [
        (number, "no_text") for number in range(1, pages + 1)
    ]


@pytest.mark.parametrize("kind", WITH_TEXT, ids=lambda kind: kind.name)
async def test_every_type_is_recognised_and_read(
    sandbox: Sandbox, tmp_path: Path, kind: FileType
) -> None:
    name = kind.name
    path = tmp_path / f"f.{name}"
    WRITERS[name](path)
    with path.open("rb") as handle:
        assert file_type_of(path.name, handle) == name
    options = ReadOptions(name, str(write_tokenizer(tmp_path)))
    drafts = [draft async for batch in sandbox.read(path, options) for draft in batch.chunks]
    assert SAID in " ".join(" ".join(draft.content for draft in drafts).split())


@pytest.mark.parametrize("kind", ["zip", "eml", "msg"])
async def test_files_in_files_come_out_of_the_sandbox_in_pieces(
    sandbox: Sandbox, tmp_path: Path, kind: str
) -> None:
    large = bytes(range(256)) * 6_000  # more than one piece
    files = {"plan.pdf": large, "empty.bin": b""}
    path = tmp_path / f"f.{kind}"
    if kind == "msg":
        _outlook_with(path, files)
    else:
        path.write_bytes(zipped(files) if kind == "zip" else mail("plan", files))
    options = ReadOptions(kind, str(write_tokenizer(tmp_path)))
    found: dict[str, bytes] = {}
    async for piece in sandbox.members(path, options):
        assert piece.refusal is None
        found[piece.path] = found.get(piece.path, b"") + piece.data
    assert found == files
