"""A rescorer reads the best passages and changes their order; the explanation says by how much."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.query.retrieval import model_rescoring, retrieval
from services.query.retrieval.model_rescoring import READ
from shared.encoders.base import Embeddings
from tests.support.query_service import small_library


class LikesLamps:
    """A rescorer that finds only lamps good, and notes what it read."""

    name, weight = "lamps", 1.0

    def __init__(self) -> None:
        self.read: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Embeddings:
        self.read += texts
        return np.array([float("lamp" in text) for text in texts], np.float32)

    def close(self) -> None:
        self.read.clear()


async def test_the_model_decides_between_passages_that_it_reads(tmp_path: Path) -> None:
    model = LikesLamps()
    async with small_library(tmp_path, rescorer=model) as documents:
        await documents.add("alarm delay", "delay of the lamp", title="Rules")
        first, second = await documents.retrieve("alarm delay", explain=True)
    assert [first["content"], second["content"]] == ["delay of the lamp", "alarm delay"]
    assert (first["explanation"]["model"], second["explanation"]["model"]) == (1.0, 0.0)
    assert 1 >= first["score"] > second["score"] > 0
    assert sorted(model.read) == ["Rules\nalarm delay", "Rules\ndelay of the lamp"]


async def test_without_a_model_no_score_of_one_is_shown(tmp_path: Path) -> None:
    async with small_library(tmp_path) as documents:
        await documents.add("alarm delay")
        (passage,) = await documents.retrieve("alarm delay", explain=True)
    assert passage["explanation"]["model"] is None


async def test_passages_that_are_not_read_stay_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_rescoring, "READ", 2)
    assert READ > 2
    model = LikesLamps()
    async with small_library(tmp_path, rescorer=model) as documents:
        await documents.add("alarm delay", "alarm delay of gates", "lamp")
        body = {"query": "alarm delay", "top_k": 3}
        response = (await documents.client.post("/api/v1/query/retrieve", json=body)).json()
    assert [each["content"] for each in response["passages"]][2] == "lamp"
    assert len(model.read) == 2
    # All three have features; the model read two of them.
    assert response["chunks_reranked"] == 3


async def test_a_wider_search_reads_only_what_was_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "_CANDIDATES", 3)
    monkeypatch.setattr(retrieval, "_SPARE", 0)
    model = LikesLamps()
    async with small_library(tmp_path, rescorer=model) as documents:
        await documents.add(*["alarm delay of the gate"] * 4, "lamp of a gate", "a gate")
        body = {"query": "alarm delay of the gate", "top_k": 3}
        response = (await documents.client.post("/api/v1/query/retrieve", json=body)).json()
    assert len(response["passages"]) == 3
    assert len(model.read) == 6
