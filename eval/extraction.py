"""Measures how well files are read, without a server: `python -m eval extraction`.

A folder has `documents` and `groundtruth`, where `NAME.md` or `NAME.txt` is the known text of the
document NAME; or `pdfs` and `ground-truth/markdown`, where `STEM.md` is that of `STEM.pdf`. Files
are read in the sandbox and cut into chunks as the service does it; the text is that of all chunks
in order, without composites, which repeat that of others. Beside it stands MuPDF's plain text of
the same file. `probes.tsv` has phrases that a reader sees on pages that are hard to read; a phrase
is kept if one chunk has its words in order. `headings.tsv` has the headings of marked pages.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pymupdf
from rich.console import Console

from eval.datasets import BadDataset
from eval.extraction_measures import SHARES, breaks, compare
from eval.marked_headings import headings_of, judge, marked, totals
from eval.reference_text import Read, from_markdown, is_rule, plain, tables_of
from services.extractor.document import ChunkDraft, ReaderLimits, ReadOptions, Totals
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.errors import QuireError
from shared.encoders.options import options_from, tokenizer_path
from shared.settings import Settings

_PROBES = Path(__file__).parent / "probes.tsv"
MAX_TOKENS = ReadOptions("", "").max_tokens
_TYPES: dict[str, str] = {".pdf": "pdf", ".docx": "docx", ".md": "md", ".txt": "txt"}


@dataclass(frozen=True)
class Sample:
    """A document, and its known text where there is one."""

    path: Path
    known: Path | None


def samples(folder: Path | None, names: Sequence[str] = ()) -> list[Sample]:
    """Return the named documents of a folder, or all. BadDataset: there are none."""
    if folder is None:
        raise BadDataset("Name a folder with --folder or QUIRE_CORPUS.")
    found = [
        Sample(path, _known(folder, path))
        for path in sorted((*folder.glob("documents/*"), *folder.glob("pdfs/*")))
        if path.suffix in _TYPES and (not names or path.name in names)
    ]
    if not found:
        raise BadDataset(f"{folder} has no such files in documents or pdfs.")
    return found


def measure(
    chosen: Iterable[Sample], console: Console, tokenizer: Path | None = None
) -> dict[str, Any]:
    """Read the files and return the figures of each one and of all.

    Chunks are cut with the tokenizer of this file, by default that of the configured encoder.
    """
    used = tokenizer or tokenizer_path(options_from(Settings()))
    return asyncio.run(_measured(list(chosen), console, used))


async def _measured(chosen: Sequence[Sample], console: Console, tokenizer: Path) -> dict[str, Any]:
    sandbox = Sandbox(ReaderLimits(), tokenizer_path=tokenizer)
    files: dict[str, Any] = {}
    unread: dict[str, str] = {}
    try:
        for sample in chosen:
            options = ReadOptions(_TYPES[sample.path.suffix], str(tokenizer))
            try:
                chunks, totals = await _chunks(sandbox, sample.path, options)
            except QuireError as failure:
                unread[sample.path.name] = failure.code
                continue
            files[sample.path.name] = _figures(sample, chunks, totals)
            console.print(f"{sample.path.name}: {len(chunks)} chunks", highlight=False)
    finally:
        await sandbox.close()
    return {"files": files, "unread": unread, **summary(files)}


async def _chunks(
    sandbox: Sandbox, path: Path, options: ReadOptions
) -> tuple[list[ChunkDraft], Totals]:
    chunks: list[ChunkDraft] = []
    totals = None
    async for batch in sandbox.read(path, options):
        chunks += batch.chunks
        totals = batch.totals
    assert totals is not None, "the last batch has the totals"
    return chunks, totals


def _figures(sample: Sample, chunks: Sequence[ChunkDraft], totals: Totals) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "pages": totals.pages,
        "chunks": len(chunks),
        "text": any(chunk.content for chunk in chunks),
        "cpu_ms_a_page": 1000 * totals.cpu_seconds / max(1, totals.pages),
        "breaks": sum(breaks(chunk.content) for chunk in chunks),
    }
    if phrases := probes().get(sample.path.name):
        figures["probes"] = {
            "asked": len(phrases),
            "quire": kept(phrases, (chunk.content for chunk in chunks)),
            "plain": kept(phrases, [plain_text(sample.path)]),
        }
    if document := marked().get(sample.path.name):
        figures["marked"] = judge(document, headings_of(chunks))
    if sample.known is not None:
        known = known_text(sample.known)
        figures["quire"] = asdict(compare(known, read_text(chunks)))
        if sample.path.suffix == ".pdf":
            figures["plain"] = asdict(compare(known, Read(plain_text(sample.path))))
    return figures


@cache
def probes() -> dict[str, list[str]]:
    """Return phrases by the name of the document that has them."""
    found: dict[str, list[str]] = {}
    for row in _PROBES.read_text(encoding="utf-8").splitlines():
        name, phrase = row.split("\t")
        found.setdefault(name, []).append(phrase)
    return found


def kept(phrases: Iterable[str], texts: Iterable[str]) -> int:
    """Return how many phrases have all of their words in order in one of the texts.

    >>> kept(["a pump", "pump runs"], ["The: A\\npump.", "Runs"])
    1
    """
    held = [f" {plain(text)} " for text in texts]
    return sum(any(f" {plain(phrase)} " in text for text in held) for phrase in phrases)


def known_text(path: Path) -> Read:
    """Return the known text of a file; a plain one does not tell its headings."""
    source = path.read_text(encoding="utf-8")
    return from_markdown(source) if path.suffix == ".md" else Read(source, None)


def read_text(chunks: Sequence[ChunkDraft]) -> Read:
    """Return what a document's chunks say, without what they repeat.

    Composites repeat what others say, and the parts of a table its title and header.
    """
    chunks = [chunk for chunk in chunks if chunk.chunk_type != "composite"]
    headings = (
        plain(chunk.content[each.start : each.end])
        for chunk in chunks
        for each in chunk.sentences
        # A header row of a table is a heading of its columns only.
        if each.kind == "heading" and not chunk.content.startswith("|", each.start)
    )
    texts: list[str] = []
    tables: list[list[str]] = []
    header: list[str] = []
    tokens = 0
    for chunk in chunks:
        lines = chunk.content.split("\n")
        if chunk.chunk_type != "table":
            header = []
            texts.append(chunk.content)
            continue
        repeated, header = header, _header(lines)
        before, tokens = tokens, chunk.token_count
        # Two parts that would fit into one chunk are two tables with the same header.
        if header and header == repeated and before + tokens > MAX_TOKENS:
            rows = lines[lines.index(header[-1]) + 1 :]
            tables[-1] += rows
            texts.append("\n".join(rows))
        else:
            tables.append([line for line in lines if line.startswith("|")])
            texts.append(chunk.content)
    found = (table for rows in tables for table in tables_of(rows))
    return Read("\n\n".join(texts), tuple(filter(None, headings)), tuple(found))


def _header(lines: Sequence[str]) -> list[str]:
    """Return the rows of a table up to the rule below its header; none without one."""
    rows = [line for line in lines if line.startswith("|")]
    rule = next((at for at, row in enumerate(rows) if is_rule(row)), None)
    return [] if rule is None else rows[: rule + 1]


def plain_text(path: Path) -> str:
    """Return MuPDF's own text of a PDF, the cheapest reading there is."""
    with pymupdf.open(path) as document:
        return "\n".join(page.get_text() for page in document)


def summary(files: dict[str, Any]) -> dict[str, Any]:
    """Return the means over files of each type that have text, and sums of headings and breaks."""
    result: dict[str, Any] = {}
    for kind in ("pdf", "docx"):
        figures = [each for name, each in files.items() if name.endswith(kind) and each["text"]]
        for reader in ("quire", "plain"):
            compared = [each[reader] for each in figures if reader in each]
            if compared:
                result[f"{kind} {reader}"] = means(compared)
        asked = [each["probes"] for each in figures if "probes" in each]
        if asked:
            names = ("asked", "quire", "plain")
            result[f"{kind} probes"] = {name: sum(each[name] for each in asked) for name in names}
        if judged := totals(each["marked"] for each in figures if "marked" in each):
            result[f"{kind} marked"] = judged
        if figures:
            result[f"{kind} breaks"] = sum(each["breaks"] for each in figures)
    return result


def means(compared: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the means of the shares of some files, and the sums of their headings."""
    means: dict[str, Any] = {"files": len(compared)}
    for name in SHARES:
        values = [each[name] for each in compared if not math.isnan(each[name])]
        means[name] = sum(values) / len(values) if values else math.nan
    for name in ("headings", "headings_found", "headings_told"):
        means[name] = sum(each[name] for each in compared)
    return means


def _known(folder: Path, path: Path) -> Path | None:
    candidates = (
        folder / "groundtruth" / f"{path.name}.md",
        folder / "groundtruth" / f"{path.name}.txt",
        folder / "ground-truth" / "markdown" / f"{path.stem}.md",
    )
    return next((each for each in candidates if each.is_file()), None)
