"""An answer from a PDF cites the page and the printed lines of the quoted sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from services.extractor.document import ChunkDraft
from services.extractor.sandbox.reader_process import frames
from shared.text import chunk_sentences
from tests.support.query_service import Library, small_library
from tests.support.readers import LIMITS, options, paragraph, write_docx, write_tokenizer

PAGES = (
    ["The store has two pumps and one relief valve.", "The valve is closed by the crew before the"],
    ["pump is opened.", "The relief valve is tested every ninth", "Tuesday by the harbour crew."],
)
QUESTION = "When is the relief valve tested?"


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


def write_pdf(path: Path, rotation: int) -> Path:
    document = pymupdf.open()
    for lines in PAGES:
        page = document.new_page()
        for number, line in enumerate(lines):
            page.insert_text((72, 100 + 14 * number), line, fontsize=11)
        page.set_rotation(rotation)
    document.save(path)
    return path


def read(path: Path, file_type: str) -> list[dict[str, Any]]:
    """Return the chunks of a file as columns of their rows."""
    choices = options(file_type)
    tokenizer = str(write_tokenizer(path.parent))
    read = frames(path, type(choices)(choices.file_type, tokenizer), LIMITS)
    return [_columns(draft) for frame in read for draft in frame.chunks]


def _columns(draft: ChunkDraft) -> dict[str, Any]:
    names = ("x0", "y0", "x1", "y1")
    return {
        "content": draft.content,
        "page_num": draft.page_num,
        "box": dict(zip(names, draft.box, strict=True)) if draft.box else None,
        "sentences": chunk_sentences.encode(draft.sentences),
    }


@pytest.mark.parametrize("rotation", [0, 90])
async def test_a_quote_on_the_second_page_of_a_chunk_is_cited_there(
    library: Library, tmp_path: Path, rotation: int
) -> None:
    path = write_pdf(tmp_path / "store.pdf", rotation)
    (chunk,) = read(path, "pdf")
    assert chunk["page_num"] == 1
    await library.add(chunk)
    answer = await library.ask(QUESTION)
    (citation,) = answer["citations"]
    assert (
        citation["quote"] == "The relief valve is tested every ninth Tuesday by the harbour crew."
    )
    assert citation["page"] == 2
    assert citation["sentence_ids"] == [f"{citation['chunk_id']}#2"]
    assert [box["page"] for box in citation["boxes"]] == [2, 2]
    assert citation["bbox"] == citation["boxes"][0]
    page = pymupdf.open(path)[1]
    for line, box in zip(PAGES[1][1:], citation["boxes"], strict=True):
        (printed,) = page.search_for(line)
        covered = pymupdf.Rect(box["x0"], box["y0"], box["x1"], box["y1"])
        # A search rounds differently from what was read, by less than half a point.
        assert printed in pymupdf.Rect(
            covered.x0 - 0.5, covered.y0 - 0.5, covered.x1 + 0.5, covered.y1 + 0.5
        )
        assert covered.height < 2 * printed.height


async def test_a_quote_of_a_word_file_without_page_breaks_has_no_page(
    library: Library, tmp_path: Path
) -> None:
    path = write_docx(tmp_path / "a.docx", paragraph("The relief valve is tested on Tuesday."))
    await library.add(*read(path, "docx"))
    (citation,) = (await library.ask(QUESTION))["citations"]
    assert (citation["page"], citation["boxes"], citation["bbox"]) == (None, [], None)


async def test_an_answer_says_how_it_is_grounded(library: Library) -> None:
    await library.add("The relief valve is tested on Tuesday.")
    answer = await library.ask(QUESTION)
    (claim,) = answer["claims"]
    assert answer["response"][claim["start"] : claim["end"]] == claim["text"]
    assert (claim["citations"], claim["verdict"], answer["grounding"]) == ([1], "exact", "cited")
    assert answer["nearest"] == []
    other = await library.ask("Who won the football match of the valve tested?")
    assert (other["grounding"], other["citations"], other["claims"]) == ("abstained", [], [])
    assert [each["content"] for each in other["nearest"]] == [
        "The relief valve is tested on Tuesday."
    ]
