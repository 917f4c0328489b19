"""Pictures are found by what they show if a model is set, else honestly by their texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.query import pictures
from shared.blobs.folder import FolderBlobs
from shared.encoders.base import Embeddings
from tests.support.query_service import Library, small_library

SHOWN = ("lamp", "freezer", "gate")


class SeesNames:
    """A picture encoder for files whose bytes name what they show."""

    name = "names"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode_text(self, text: str) -> Embeddings:
        vector = np.array([float(word in text) for word in SHOWN], np.float32)
        return np.asarray(vector / max(1.0, float(np.linalg.norm(vector))), np.float32)

    def encode_pictures(self, paths: Sequence[Path]) -> list[Embeddings | None]:
        texts = [path.read_text() for path in paths]
        self.read += texts
        return [None if text == "broken" else self.encode_text(text) for text in texts]

    def close(self) -> None:
        self.read.clear()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture
async def documents(tmp_path: Path, blobs: FolderBlobs) -> AsyncIterator[Library]:
    async with small_library(tmp_path, pictures=SeesNames(), blobs=blobs) as opened:
        yield opened


def image(blobs: FolderBlobs, shows: str, caption: str, key: str = "") -> dict[str, Any]:
    """Store a picture and return its chunk."""
    key = f"pictures/d/{key or shows.replace(' ', '-')}.png"
    blobs.put(key, shows.encode())
    return {"content": caption, "chunk_type": "image", "image_path": key}


async def found(documents: Library, **body: Any) -> dict[str, Any]:
    response = await documents.client.post("/api/v1/query/pictures", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def captions(answer: dict[str, Any]) -> list[str]:
    return [passage["content"] for passage in answer["passages"]]


async def test_a_picture_is_found_by_what_it_shows(documents: Library, blobs: FolderBlobs) -> None:
    await documents.add(
        image(blobs, "lamp", "Figure 1"), image(blobs, "gate", "Figure 2"), "a lamp in words"
    )
    answer = await found(documents, query="lamp")
    assert captions(answer)[0] == "Figure 1"
    assert "a lamp in words" not in captions(answer)
    assert (answer["compared"], answer["waiting"]) == (True, 0)
    assert answer["passages"][0]["scores"]["picture"] == 1.0
    assert answer["passages"][0]["picture"]


async def test_caption_and_picture_together_come_first(
    documents: Library, blobs: FolderBlobs
) -> None:
    await documents.add(
        image(blobs, "lamp", "Figure 1", key="one"),
        image(blobs, "lamp", "the lamp of room 3", key="two"),
        image(blobs, "gate", "the lamp is outside", key="three"),
    )
    assert captions(await found(documents, query="lamp"))[0] == "the lamp of room 3"


async def test_pictures_like_another_are_found_without_it(
    documents: Library, blobs: FolderBlobs
) -> None:
    await documents.add(
        image(blobs, "lamp", "A", key="one"), image(blobs, "gate", "B"),
        image(blobs, "lamp and gate", "C"),
    )  # fmt: skip
    first = (await found(documents, query="lamp"))["passages"][0]
    assert first["content"] == "A"
    like = await found(documents, like=first["chunk_id"], top_k=2)
    assert captions(like) == ["C", "B"]


async def test_only_pictures_in_scope_are_compared(documents: Library, blobs: FolderBlobs) -> None:
    await documents.add(image(blobs, "lamp", "A"), collection="one")
    await documents.add(image(blobs, "lamp", "B", key="b"), collection="two")
    assert captions(await found(documents, query="lamp", filters={"collection": ["two"]})) == ["B"]


async def test_an_unreadable_or_missing_picture_is_left_out(
    documents: Library, blobs: FolderBlobs
) -> None:
    gone = {"content": "C", "chunk_type": "image", "image_path": "pictures/d/gone.png"}
    await documents.add(image(blobs, "lamp", "A"), image(blobs, "broken", "B"), gone)
    answer = await found(documents, query="lamp")
    assert captions(answer)[0] == "A"
    assert [p for p in answer["passages"] if "picture" in p["scores"]] == answer["passages"][:1]


async def test_many_pictures_are_compared_a_moment_later(
    documents: Library, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_AT_ONCE", 2)
    await documents.add(*(image(blobs, "lamp", f"F{n}", key=f"k{n}") for n in range(7)))
    assert (await found(documents, query="lamp"))["waiting"] == 5
    for _ in range(500):
        answer = await found(documents, query="lamp")
        if not answer["waiting"]:
            break
        await asyncio.sleep(0.01)
    assert sum("picture" in passage["scores"] for passage in answer["passages"]) == 7


async def test_without_a_model_only_texts_are_searched_and_it_says_so(
    tmp_path: Path, blobs: FolderBlobs
) -> None:
    async with small_library(tmp_path) as documents:
        await documents.add(image(blobs, "lamp", "Figure 1"), image(blobs, "gate", "a lamp"))
        answer = await found(documents, query="lamp")
        assert (captions(answer)[0], answer["compared"]) == ("a lamp", False)
        like = {"like": answer["passages"][0]["chunk_id"]}
        refused = await documents.client.post("/api/v1/query/pictures", json=like)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_picture_model")


@pytest.mark.parametrize(("body", "status"), [
    ({}, 422), ({"query": "a", "like": "b"}, 422), ({"like": "unknown"}, 404),
])  # fmt: skip
async def test_a_request_names_words_or_a_known_picture(
    body: dict[str, str], status: int, documents: Library
) -> None:
    response = await documents.client.post("/api/v1/query/pictures", json=body)
    assert response.status_code == status


async def test_pictures_beyond_the_limit_wait_until_others_are_deleted(
    tmp_path: Path, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_MOST_KEPT", 2)
    monkeypatch.setattr(pictures, "_LOOK_EVERY_S", 0.0)
    model = SeesNames()
    async with small_library(tmp_path, pictures=model, blobs=blobs) as documents:
        first = await documents.add(*(image(blobs, "lamp", f"F{n}", key=f"k{n}") for n in range(2)))
        await documents.add(*(image(blobs, "gate", f"G{n}", key=f"g{n}") for n in range(2)))
        for _ in range(3):
            assert (await found(documents, query="lamp"))["waiting"] == 2
        assert model.read == ["lamp", "lamp"]
        await documents.set(first, live_revision=None)
        answer = await found(documents, query="gate")
    assert (answer["waiting"], model.read) == (0, ["lamp", "lamp", "gate", "gate"])
    assert captions(answer) == ["G0", "G1"]
