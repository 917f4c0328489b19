"""The steps of recognising a batch of pages: one for each page, and one for all their chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from services.extractor.document import ChunkDraft
from services.extractor.recognition.base import Recogniser
from services.extractor.recognition.handlers import (
    FIRST_BATCH,
    Recognition,
    WaitingPage,
    WaitingPages,
)
from services.extractor.recognition.page_reader import PageReader, RecognisedPage
from shared.blobs.base import Blobs
from shared.domain.errors import ParserCrash, QuireError, ReadTimeout, TooLarge
from shared.ledger.steps import ClaimedTask, Step
from shared.ledger.writes import EndPage
from shared.repositories.documents import StoredFile

TASK = ClaimedTask("t", "d", 1, "recognise", 3, False, False, 1, 1, "c", datetime.now(UTC))


class Engine:
    name = "engine 1"
    languages = frozenset({"eng", "deu"})


class Folder:
    def path(self, key: str) -> Path:
        return Path("/nowhere") / key


@dataclass
class Reader:
    """Gives each page one chunk after the failures that are planned for it."""

    failures: dict[int, list[QuireError]] = field(default_factory=dict)
    empty: Sequence[int] = ()

    async def read(
        self, _: Any, languages: Sequence[str], path: Path, kind: str, number: int, turns: int
    ) -> RecognisedPage:
        if planned := self.failures.get(number):
            raise planned.pop(0)
        if number in self.empty:
            return RecognisedPage([], None)
        return RecognisedPage([ChunkDraft(f"Sheet {number}.", "text", 3, number)], 0.9)


async def steps(
    reader: Reader,
    *pages: int,
    engine: Engine | None = None,
    chunks: int = 0,
    languages: str = "",
    most: int = 100,
) -> list[Step]:
    recognition = Recognition(
        pages=cast(PageReader, reader),
        recogniser=cast(Recogniser, engine or Engine()),
        blobs=cast(Blobs, Folder()),
        max_chunks=most,
        languages="eng",
    )
    given = WaitingPages(
        StoredFile("key", "f.pdf", "pdf", languages),
        [WaitingPage(page, 0, 1_000 * page) for page in pages],
        chunks=chunks,
        chunks_of_document=chunks,
    )
    return [step async for step in recognition.recognise(TASK, given)]


def ends(made: list[Step]) -> list[EndPage]:
    return [write for step in made for write in step.writes if isinstance(write, EndPage)]


async def test_each_page_is_a_step_of_its_own() -> None:
    made = await steps(Reader(empty=[5]), 4, 5, 6)
    assert [len(step.writes) for step in made] == [1, 1, 1, 0]
    assert [(end.page, end.values["state"], len(end.rows)) for end in ends(made)] == [
        (4, "read", 1),
        (5, "empty", 0),
        (6, "read", 1),
    ]
    [row] = ends(made)[0].rows
    assert (row["ordinal"], row["batch"]) == (4_000, FIRST_BATCH + 3)
    assert row["ocr_confidence"] == 0.9
    assert [(task.task_type, task.batch) for task in made[-1].opens] == [("embed", FIRST_BATCH + 3)]


async def test_chunks_of_an_earlier_attempt_are_embedded_too() -> None:
    [last] = await steps(Reader(), chunks=2)
    assert [task.task_type for task in last.opens] == ["embed"]
    [last] = await steps(Reader())
    assert last.opens == []


async def test_an_engine_that_ended_is_asked_once_more() -> None:
    made = await steps(Reader({1: [ParserCrash()], 2: [ParserCrash(), ParserCrash()]}), 1, 2, 3)
    assert [end.values["state"] for end in ends(made)] == ["read", "failed", "read"]


async def test_a_page_that_took_too_long_is_not_tried_again() -> None:
    made = await steps(Reader({1: [ReadTimeout()]}), 1, 2)
    assert [end.values["state"] for end in ends(made)] == ["failed", "read"]


@pytest.mark.parametrize(("own", "state"), [("deu", "read"), ("deu+pol", "failed")])
async def test_pages_in_a_language_without_data_stay_unread(own: str, state: str) -> None:
    [end] = ends(await steps(Reader(), 1, languages=own))
    assert end.values["state"] == state
    assert end.values.get("languages") == (own if state == "read" else None)


async def test_a_document_with_too_many_chunks_fails_with_its_sentence() -> None:
    with pytest.raises(TooLarge, match="more than 3 passages"):
        await steps(Reader(), 1, 2, chunks=2, most=3)
