"""Measures text recognition: `python -m eval scans` makes scans of printed pages and reads them.

The known text is that of the printed page, as MuPDF reads it. Of each PDF in the folder the first
page of a letter's size that has running text in Latin script is drawn at 200 dpi: as it is, turned
by 1.5 degrees, and with the noise and compression of an office scanner.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pymupdf
from rich.console import Console

from eval.datasets import BadDataset
from eval.extraction_measures import compare
from eval.reference_text import Read
from services.extractor.document import ReaderLimits
from services.extractor.recognition import open_recogniser
from services.extractor.recognition.page_reader import PageReader
from services.extractor.sandbox.sandbox import Sandbox
from shared.encoders.options import options_from, tokenizer_path
from shared.settings import Settings

_DPI = 200
_PAGES = 10  # a page takes some seconds in each of its variants
_WORDS = range(150, 1_200)
_LATIN = 0.95  # share of the letters; the default language is English
_WIDTHS, _HEIGHTS = range(560, 640), range(750, 860)  # points: A4 and letter
_LOOKED_AT = 12  # pages of a file
_NOISE = 18.0  # standard deviation of grey, of 255
_QUALITY = 60  # of JPEG, in percent
_SEED = 9


def measure(folder: Path | None, console: Console) -> dict[str, Any]:
    """Return recall, precision and order of words for each variant. BadDataset: no page, no engine.

    Also the wall seconds for a page, which depend on the load of the machine.
    """
    if folder is None:
        raise BadDataset("Name a folder with --folder or QUIRE_CORPUS.")
    pages = list(_printed(folder))[:_PAGES]
    if not pages:
        raise BadDataset(f"{folder} has no PDF with a page of running text.")
    return asyncio.run(_measured(pages, console))


async def _measured(pages: list[tuple[Path, int, str]], console: Console) -> dict[str, Any]:
    settings = Settings()
    engine = open_recogniser(settings)
    if engine is None:
        raise BadDataset("No text recognition is installed: install tesseract-ocr.")
    tokenizer = tokenizer_path(options_from(settings))
    sandbox = Sandbox(ReaderLimits(), tokenizer_path=tokenizer)
    reader = PageReader(sandbox, tokenizer, settings.chunk_tokens, settings.chunk_overlap_tokens)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in _VARIANTS}
    files: dict[str, Any] = {}
    try:
        with tempfile.TemporaryDirectory() as kept:
            for path, number, known in pages:
                for name, scan in _VARIANTS.items():
                    file = Path(kept) / "scan.pdf"
                    file.write_bytes(scan(path, number))
                    begun = time.monotonic()
                    read = await reader.read(engine, ["eng"], file, "pdf", 1)
                    text = "\n\n".join(chunk.content for chunk in read.chunks)
                    figures = asdict(compare(Read(known), Read(text)))
                    figures["seconds"] = time.monotonic() - begun
                    found[name].append(figures)
                    files[f"{path.name}, page {number + 1}, {name}"] = figures
                    recall = f"{figures['recall']:.3f}"
                    console.print(
                        f"{path.name} page {number + 1} {name}: {recall}", highlight=False
                    )
    finally:
        await sandbox.close()
    kinds = ("recall", "precision", "tau", "seconds")
    summary = {
        name: {kind: mean(one[kind] for one in figures) for kind in kinds}
        for name, figures in found.items()
    }
    return {"engine": engine.name, "pages": len(pages), "variants": summary, "files": files}


def _printed(folder: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield path, index and text of the first suitable page of each PDF."""
    for path in sorted((*folder.glob("documents/*.pdf"), *folder.glob("pdfs/*.pdf"))):
        try:
            with pymupdf.open(path) as document:
                if document.needs_pass:
                    continue
                for index in range(min(_LOOKED_AT, document.page_count)):
                    page = document[index]
                    text = page.get_text()
                    if _is_suitable(page, text):
                        yield path, index, text
                        break
        except Exception:  # a damaged file of the corpus
            continue


def _is_suitable(page: pymupdf.Page, text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters)
    return (
        int(page.rect.width) in _WIDTHS
        and int(page.rect.height) in _HEIGHTS
        and page.rotation == 0
        and len(text.split()) in _WORDS
        and latin >= _LATIN * len(letters)
        and not page.get_images()
    )


def _drawn(path: Path, index: int, degrees: float = 0.0) -> Any:
    with pymupdf.open(path) as document:
        matrix = pymupdf.Matrix(_DPI / 72, _DPI / 72).prerotate(degrees)
        page = document[index]
        return page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)


def _as_pdf(image: bytes, width: int, height: int) -> bytes:
    document = pymupdf.open()
    page = document.new_page(width=width * 72 / _DPI, height=height * 72 / _DPI)
    page.insert_image(page.rect, stream=image)
    data: bytes = document.tobytes()
    return data


def _clean(path: Path, index: int) -> bytes:
    drawn = _drawn(path, index)
    return _as_pdf(drawn.tobytes("png"), drawn.width, drawn.height)


def _skewed(path: Path, index: int) -> bytes:
    drawn = _drawn(path, index, degrees=1.5)
    return _as_pdf(drawn.tobytes("png"), drawn.width, drawn.height)


def _noisy(path: Path, index: int) -> bytes:
    drawn = _drawn(path, index, degrees=0.4)
    grey = np.frombuffer(drawn.samples, np.uint8).astype(np.float64)
    noise = np.random.default_rng(_SEED).normal(0.0, _NOISE, grey.shape)
    pixels = np.clip(grey * 0.9 + noise, 0, 255).astype(np.uint8).tobytes()
    noisy = pymupdf.Pixmap(pymupdf.csGRAY, drawn.width, drawn.height, pixels, False)
    return _as_pdf(noisy.tobytes("jpeg", jpg_quality=_QUALITY), drawn.width, drawn.height)


_VARIANTS: Mapping[str, Callable[[Path, int], bytes]] = {
    "clean": _clean,
    "skewed by 1.5 degrees": _skewed,
    "noise and JPEG": _noisy,
}
