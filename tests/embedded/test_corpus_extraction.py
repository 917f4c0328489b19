"""Every document of a real corpus is read with its words in place, or refused with the right error.

The corpus is a folder with `documents/`, `groundtruth/` and `manifest.csv`, named by QUIRE_CORPUS.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pymupdf
import pytest
import pytest_asyncio

from services.extractor.document import ChunkDraft, ReaderLimits, ReadOptions, Totals
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.errors import Bomb, Corrupt, Encrypted, QuireError, UnsupportedType
from tests.support.readers import write_tokenizer

pytestmark = [pytest.mark.optional, pytest.mark.asyncio(loop_scope="module")]

REFUSED: dict[str, type[QuireError]] = {
    "docling__2206.01062_pg3.pdf": Encrypted,
    "docling__legacy_sample.doc": UnsupportedType,
    "ocrmypdf__invalid.pdf": Corrupt,
    "pdfjs__GHOSTSCRIPT-698804-1-fuzzed.pdf": Corrupt,
    "pdfjs__REDHAT-1531897-0.pdf": Corrupt,
    "pdfjs__encrypted-attachment.pdf": Encrypted,
    "sample-files__libreoffice-writer-password.pdf": Encrypted,
    "sample-files__unreadablemetadata.pdf": Corrupt,
    "syn__billion_laughs.docx": Bomb,
    "syn__html_named.pdf": Corrupt,
    "syn__zip_named.docx": Corrupt,
    "syn__zipbomb_document_xml.docx": Bomb,
    "syn__zipbomb_media.docx": Bomb,
    "tika__testUnicodePassword.pdf": Encrypted,
    "tika__testWORD_protected_passtika.docx": Encrypted,
    "tika__testWORD_truncated.docx": Corrupt,
    "unstructured__fake.doc": UnsupportedType,
    "unstructured__password.pdf": Encrypted,
}
BAD_PAGES = {"pdfjs__Pages-tree-refs.pdf": 1}
PASSWORDS = {
    "docling__2206.01062_pg3.pdf": "1234",
    "sample-files__libreoffice-writer-password.pdf": "openpassword",
    "unstructured__password.pdf": "password",
}
UNREADABLE = {
    "pdfjs__copy_paste_ligatures.pdf": "the expected words leave its ligatures out",
    "pdfjs__xfa_filled_imm1344e.pdf": "its page only asks to wait; the form is read from its XML",
    "pdfjs__poppler-90-0-fuzzed.pdf": "its content streams are damaged",
    "sample-files__habibi-rotated.pdf": "its font names several letters for one sign",
}
MEMORY_MB = 1_024


@cache
def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if Path(row["file"]).suffix in (".pdf", ".docx", ".doc", ".txt")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ReaderLimits(wall_seconds=60, page_seconds=30))
    yield sandbox
    await sandbox.close()


class Reading:
    """Reads files of the corpus; the chunks of each are kept for the next test."""

    def __init__(self, sandbox: Sandbox, folder: Path, tokenizer: Path) -> None:
        self.folder = folder
        self._sandbox = sandbox
        self._tokenizer = str(tokenizer)
        self._usual: dict[str, tuple[list[ChunkDraft], Totals]] = {}

    async def usual(self, name: str) -> tuple[list[ChunkDraft], Totals]:
        """Return the default options for a file."""
        if name not in self._usual:
            self._usual[name] = await self.read(name)
        return self._usual[name]

    async def read(
        self, name: str, password: str | None = None, strict: bool = False
    ) -> tuple[list[ChunkDraft], Totals]:
        path = self.folder / "documents" / name
        kind = "pdf" if path.suffix == ".pdf" else "txt" if path.suffix == ".txt" else "docx"
        options = ReadOptions(kind, self._tokenizer, password=password, strict=strict)
        chunks: list[ChunkDraft] = []
        async for batch in self._sandbox.read(path, options):
            chunks += batch.chunks
        assert batch.totals is not None
        return chunks, batch.totals


@pytest.fixture(scope="module")
def reading(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = os.environ.get("QUIRE_CORPUS", "")
    if not folder:
        pytest.skip("QUIRE_CORPUS names no folder of documents")
    return Reading(sandbox, Path(folder), write_tokenizer(tmp_path_factory.mktemp("tokenizer")))


async def test_every_document_is_read_or_refused_as_expected(reading: Reading) -> None:
    wrong: list[str] = []
    for row in manifest(reading.folder):
        name = row["file"]
        try:
            chunks, totals = await reading.usual(name)
        except QuireError as refused:
            if not isinstance(refused, REFUSED.get(name, ())):
                wrong.append(f"{name}: {type(refused).__name__}")
            continue
        wrong += [f"{name}: {fault}" for fault in faults(name, row, chunks, totals)]
    assert not wrong, "\n".join(wrong)


async def test_every_word_of_every_chunk_is_in_a_sentence_with_its_place(reading: Reading) -> None:
    wrong: list[str] = []
    for row in manifest(reading.folder):
        if row["file"] not in REFUSED:
            chunks, totals = await reading.usual(row["file"])
            wrong += [
                f"{row['file']}: {fault} in {chunk.content[:60]!r}"
                for chunk in chunks
                for fault in misplaced(chunk, totals.pages)
            ]
    assert not wrong, "\n".join(wrong[:50])


def misplaced(chunk: ChunkDraft, pages: int) -> Iterator[str]:
    """Yield what is wrong with the sentences of a chunk."""
    texts = [chunk.content[each.start : each.end] for each in chunk.sentences]
    if any(text != text.strip() or not text for text in texts):
        yield "white space around a sentence"
    rules = [line for line in chunk.content.split("\n") if set(line) == set("|-")]
    words = "".join("".join(texts).split())
    if chunk.chunk_type != "image" and len(words) + len("".join(rules)) != len(
        "".join(chunk.content.split())
    ):
        yield "words without a sentence"
    for each in chunk.sentences:
        on = {box.page for box in each.boxes}
        if each.page is not None and not 1 <= each.page <= pages:
            yield "a page that does not exist"
        if (each.page is None and on) or (on and min(on) != each.page):
            yield "boxes on another page"


def faults(name: str, row: dict[str, str], chunks: list[ChunkDraft], totals: Totals) -> list[str]:
    found: list[str] = []
    if name in REFUSED:
        found.append("was read")
    if totals.bad_pages != BAD_PAGES.get(name, 0):
        found.append(f"{totals.bad_pages} bad pages")
    if row["pages"] and totals.pages != int(row["pages"]):
        found.append(f"{totals.pages} pages")
    if totals.peak_memory_mb > MEMORY_MB:
        found.append(f"{totals.peak_memory_mb} MiB")
    if any(chunk.token_count > 250 for chunk in chunks):
        found.append("a chunk is too long")
    if any(not chunk.content for chunk in chunks):
        found.append("a chunk is empty")
    expected = row["expected_snippet"] if row["kind"] != "scan" and name not in UNREADABLE else ""
    said = letters(" ".join(chunk.content for chunk in chunks))
    if missing_words(expected, said) > 0.2:
        found.append("expected words are missing")
    return found


def missing_words(expected: str, said: str) -> float:
    """Return the share of expected words, of three letters or more, that are missing in the text.

    Words that a line's end breaks in the print are whole in a chunk, so letters alone are compared.
    """
    words = set(re.findall(r"\w{3,}", expected.casefold()))
    return sum(word not in said for word in words) / len(words) if words else 0.0


def letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.casefold()))


async def test_every_page_that_has_text_has_chunks(reading: Reading) -> None:
    missing: list[str] = []
    for row in manifest(reading.folder):
        name = row["file"]
        if name in REFUSED or not name.endswith(".pdf") or int(row["pages"] or 0) > 130:
            continue
        chunks, _ = await reading.usual(name)
        said = letters(" ".join(chunk.content for chunk in chunks))
        with pymupdf.open(reading.folder / "documents" / name) as document:
            for page in document.pages() if name not in BAD_PAGES else ():
                printed = plain_words(page.get_text())
                lost = missing_words(printed, said) if name not in UNREADABLE else 0
                if lost > 0.03:
                    missing.append(f"{name} page {page.number + 1}: {lost:.0%} of the words")
    assert not missing, "\n".join(missing)


def plain_words(printed: str) -> str:
    """Return the ordinary words of a page, or none if there are fewer than eight."""
    words = re.findall(r"[a-z]{4,}", printed.casefold())
    return " ".join(words) if len(words) >= 8 else ""


async def test_a_document_is_read_with_the_right_password(reading: Reading) -> None:
    for name, password in PASSWORDS.items():
        chunks, _ = await reading.read(name, password)
        assert chunks, name


async def test_strict_reading_finds_the_same_words(reading: Reading) -> None:
    for name in ("pdfjs__tracemonkey.pdf", "docling__word_sample.docx"):
        usual, _ = await reading.usual(name)
        strict, _ = await reading.read(name, strict=True)
        said = " ".join(chunk.content for chunk in usual if chunk.chunk_type == "text")
        assert {chunk.chunk_type for chunk in strict} <= {"text", "table", "composite"}
        present = letters(" ".join(chunk.content for chunk in strict))
        assert missing_words(said, present) < 0.1
