"""The recall of the index is measured against a comparison with every stored vector."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.blobs.folder import FolderBlobs
from shared.bus.in_process import InProcessBus
from shared.maintenance import recall
from shared.maintenance.recall import Recall, RecallWatch, measure
from shared.maintenance.verify import IntegrityCheck
from shared.telemetry.metrics import METRICS
from shared.vectors.base import Hit, Vector, VectorIndex
from shared.vectors.exact import ExactIndex
from tests.support.fakes import AsyncEncoder
from tests.support.query_service import Library, library, small_library

WORDS = "alarm delay freezer gate oven pump valve filter sensor seal rotor shaft".split()


class Forgetful(ExactIndex):
    """An index whose graph does not lead to every second vector."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        return (await super().search(vector, types=types, k=2 * k))[::2]


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


async def fill(documents: Library) -> list[str]:
    texts = [f"{first} {second}" for first in WORDS for second in WORDS if first < second]
    return [await documents.add(*texts[at : at + 20]) for at in range(0, len(texts), 20)]


async def test_an_index_that_compares_everything_finds_everything(documents: Library) -> None:
    await fill(documents)
    assert await measure(documents.database, documents.index) == Recall(1.0, 66)
    assert METRICS.get_sample_value("quire_index_recall") == 1.0


async def test_vectors_that_the_graph_does_not_reach_lower_the_recall(documents: Library) -> None:
    index = Forgetful(AsyncEncoder().dimension)
    async with library(documents.database, index) as opened:
        await fill(opened)
        measured = await measure(documents.database, index)
    assert measured is not None
    assert 0.4 < measured.share < 0.6
    assert measured.is_low


async def test_any_of_equal_vectors_counts_as_the_nearest(documents: Library) -> None:
    index = Forgetful(AsyncEncoder().dimension)
    async with library(documents.database, index) as opened:
        await opened.add(*["alarm delay"] * 60)
        assert await measure(documents.database, index) == Recall(1.0, 60)


async def test_nothing_is_measured_without_vectors(documents: Library) -> None:
    assert await measure(documents.database, documents.index) is None


async def test_of_few_vectors_all_are_the_nearest(documents: Library) -> None:
    await documents.add("alarm", "delay", "gate")
    assert await measure(documents.database, documents.index) == Recall(1.0, 3)
    await documents.index.reset()
    assert await measure(documents.database, documents.index) == Recall(0.0, 3)


async def test_the_sample_begins_again_with_the_first_id(
    documents: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(documents)
    monkeypatch.setattr(recall, "SAMPLE", 40)
    for _ in range(3):
        measured = await measure(documents.database, documents.index)
        assert measured is not None and measured.questions == 40


async def test_verify_reports_a_low_recall_and_what_to_do(
    documents: Library, tmp_path: Path
) -> None:
    index = Forgetful(AsyncEncoder().dimension)
    async with library(documents.database, index) as opened:
        await fill(opened)
        low = await _recall_check(documents, index, tmp_path)
    assert not low["ok"]
    assert low["rule"].startswith("The index finds the nearest vectors: ")
    assert "quire rebuild-index" in low["examples"][0]


async def test_verify_counts_lost_vectors_as_another_problem(
    documents: Library, tmp_path: Path
) -> None:
    first, *_ = await fill(documents)
    await documents.index.delete_document(first)
    assert (await _recall_check(documents, documents.index, tmp_path))["ok"]


async def test_the_watch_measures_only_an_index_that_questions_search(
    documents: Library, caplog: pytest.LogCaptureFixture
) -> None:
    index = Forgetful(AsyncEncoder().dimension)
    async with library(documents.database, index) as opened:
        await fill(opened)
        assert await RecallWatch(documents.database, index, lambda: False).run() == {}
        with caplog.at_level(logging.WARNING):
            figures = await RecallWatch(documents.database, index, lambda: True).run()
    assert figures["recall"] < recall.FLOOR
    assert "rebuild-index" in caplog.text


async def _recall_check(documents: Library, index: VectorIndex, folder: Path) -> dict[str, Any]:
    check = IntegrityCheck(documents.database, index, FolderBlobs(folder / "b"), InProcessBus())
    report = await check.verify()
    (found,) = [each for each in report["checks"] if each["name"] == "recall"]
    assert not math.isnan(METRICS.get_sample_value("quire_index_recall") or math.nan)
    return found
