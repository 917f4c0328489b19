"""The contract of every vector index, approximate or exact."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from shared.domain.errors import IndexFailed, SettingsError, Unavailable
from shared.vectors import open_index
from shared.vectors.base import Hit, VectorIndex, VectorRow
from shared.vectors.exact import ExactIndex
from shared.vectors.local import folder_lock

DIMENSION = 8
ALL = ("text", "table", "image", "composite")


def unit(*values: float) -> np.ndarray:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def row(chunk_id: str, vector: np.ndarray, kind: str = "text", document: str = "d1") -> VectorRow:
    return VectorRow(chunk_id, kind, document, vector)


def small_index(
    where: Path | str, encoder: str = "e1", dimension: int = DIMENSION, **options: bool
):
    return open_index(where, dimension=dimension, encoder=encoder, **options)


warm = pytest.mark.usefixtures("warm_starts")


@pytest.fixture(params=["folder", "server", "exact"])
async def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    opened: VectorIndex = ExactIndex(DIMENSION)
    if request.param == "folder":
        request.getfixturevalue("warm_starts")
        opened = small_index(tmp_path)
    elif request.param == "server":
        opened = small_index(request.getfixturevalue("chroma_url"), discard_foreign=True)
        await opened.reset()
    yield opened
    await opened.close()


async def found(vectors: VectorIndex, vector: np.ndarray, k: int = 10, types=ALL) -> list[str]:
    return [hit.chunk_id for hit in await vectors.search(vector, types=types, k=k)]


async def test_an_empty_index_finds_nothing(vectors: VectorIndex) -> None:
    assert await found(vectors, unit(1)) == []
    assert await vectors.count() == dict.fromkeys(ALL, 0)


async def test_hits_are_sorted_by_cosine(vectors: VectorIndex) -> None:
    await vectors.upsert([row("far", unit(0, 1)), row("near", unit(1)), row("mid", unit(1, 1))])
    hits = await vectors.search(unit(1), types=ALL, k=10)
    assert [hit.chunk_id for hit in hits] == ["near", "mid", "far"]
    assert [hit.score for hit in hits] == pytest.approx([1.0, 2**-0.5, 0.0], abs=1e-5)


async def test_hits_of_the_asked_types_are_merged_by_score(vectors: VectorIndex) -> None:
    await vectors.upsert(
        [
            row("text", unit(1, 0.3)),
            row("table", unit(1), "table"),
            row("image", unit(1, 0.1), "image"),
        ]
    )
    assert await found(vectors, unit(1)) == ["table", "image", "text"]
    assert await found(vectors, unit(1), types=("text", "table")) == ["table", "text"]
    assert await found(vectors, unit(1), k=1) == ["table"]
    assert await found(vectors, unit(1), k=0) == []
    assert await found(vectors, unit(1), types=()) == []


async def test_an_upsert_replaces_the_vector_of_an_id(vectors: VectorIndex) -> None:
    await vectors.upsert([row("a", unit(0, 1)), row("b", unit(1, 1))])
    await vectors.upsert([row("a", unit(0, 1)), row("a", unit(1))])
    assert await found(vectors, unit(1)) == ["a", "b"]
    assert (await vectors.count())["text"] == 2


async def test_rows_of_concurrent_callers_are_all_stored(vectors: VectorIndex) -> None:
    batches = [
        [row(f"{batch}-{at}", unit(at + 1, batch)) for at in range(5)] for batch in range(20)
    ]
    await asyncio.gather(*(vectors.upsert(batch) for batch in batches))
    assert await vectors.ids("text") == {r.chunk_id for batch in batches for r in batch}


async def test_invalid_rows_fail_only_their_own_call(vectors: VectorIndex) -> None:
    good, bad = await asyncio.gather(
        vectors.upsert([row("good", unit(1))]),
        vectors.upsert([row("bad", np.ones(DIMENSION + 1, np.float32))]),
        return_exceptions=True,
    )
    assert good is None
    assert isinstance(bad, ValueError)
    assert await vectors.ids("text") == {"good"}


async def test_more_rows_than_one_batch_holds_are_stored(vectors: VectorIndex) -> None:
    rng = np.random.default_rng(7)
    matrix = rng.normal(size=(5_100, DIMENSION)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    await vectors.upsert([row(str(at), vector) for at, vector in enumerate(matrix)])
    assert (await vectors.count())["text"] == 5_100
    assert await found(vectors, matrix[4_321], k=1) == ["4321"]


async def test_deleted_chunks_are_not_found(vectors: VectorIndex) -> None:
    await vectors.upsert([row("a", unit(1)), row("b", unit(1, 1)), row("t", unit(1), "table")])
    await vectors.delete_chunks({"text": ["a", "never there"], "table": []})
    assert await found(vectors, unit(1)) == ["t", "b"]


async def test_a_deleted_document_leaves_nothing_of_any_type(vectors: VectorIndex) -> None:
    rows = [row(f"{kind}-{doc}", unit(1), kind, doc) for kind in ALL for doc in ("d1", "d2")]
    await vectors.upsert(rows)
    await vectors.delete_document("d1")
    await vectors.delete_document("never there")
    assert await vectors.count() == dict.fromkeys(ALL, 1)
    assert await vectors.ids("image") == {"image-d2"}


async def test_reset_leaves_an_empty_index_that_works(vectors: VectorIndex) -> None:
    await vectors.upsert([row("a", unit(1))])
    await vectors.reset()
    assert await found(vectors, unit(1)) == []
    await vectors.upsert([row("b", unit(1))])
    assert await found(vectors, unit(1)) == ["b"]


@warm
async def test_vectors_survive_a_restart(tmp_path: Path) -> None:
    first = small_index(tmp_path)
    await first.upsert([row("a", unit(1)), row("i", unit(1, 1), "image")])
    await first.close()
    second = small_index(tmp_path)
    assert await found(second, unit(1)) == ["a", "i"]
    await second.close()


@warm
async def test_a_second_opening_of_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "WAIT_S", 0.1)
    first = small_index(tmp_path)
    with pytest.raises(SettingsError, match=r"Another Quire process \(pid \d+\) uses this data"):
        small_index(tmp_path)
    await first.close()
    await small_index(tmp_path).close()


@warm
async def test_vectors_of_another_encoder_are_refused_or_dropped(tmp_path: Path) -> None:
    first = small_index(tmp_path)
    await first.upsert([row("a", unit(1))])
    await first.close()
    with pytest.raises(SettingsError, match=r"made by e1, but e2 is set.*quire rebuild-index"):
        small_index(tmp_path, "e2")
    second = small_index(tmp_path, "e2", DIMENSION * 2, discard_foreign=True)
    assert (await second.count())["text"] == 0
    await second.close()


@warm
async def test_an_empty_index_takes_any_encoder(tmp_path: Path) -> None:
    await small_index(tmp_path).close()
    second = small_index(tmp_path, "e2", 3)
    await second.upsert([row("a", np.array([1, 0, 0], np.float32))])
    await second.close()


@warm
async def test_a_closed_index_raises_unavailable(tmp_path: Path) -> None:
    index = small_index(tmp_path)
    await index.upsert([row("a", unit(1))])
    await index.close()
    with pytest.raises(Unavailable, match="closed"):
        await index.search(unit(1), types=ALL, k=1)
    with pytest.raises(Unavailable, match="closed"):
        await index.upsert([row("b", unit(1))])


async def test_an_index_restarts_after_its_process_dies(tmp_path: Path) -> None:
    index = small_index(tmp_path)
    await index.upsert([row("kept", unit(1))])
    children = psutil.Process().children()
    (child,) = [each for each in children if "shared.vectors.local.server" in each.cmdline()]
    child.kill()
    child.wait()
    await index.upsert([row("late", unit(0, 1))])
    assert await index.ids("text") == {"kept", "late"}
    await index.close()


async def test_a_folder_can_be_opened_after_its_owner_was_killed(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from shared.vectors import open_index\n"
        f"open_index(Path({str(tmp_path)!r}), dimension={DIMENSION}, encoder='e1')\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"open\n"
    owner.kill()
    owner.communicate()
    index = small_index(tmp_path)
    assert await index.count() == dict.fromkeys(ALL, 0)
    await index.close()


async def test_an_index_opened_without_an_encoder_adopts_the_stored_one(chroma_url: str) -> None:
    known = small_index(chroma_url, discard_foreign=True)
    await known.reset()
    learning = open_index(chroma_url)
    assert await learning.count() == dict.fromkeys(ALL, 0)
    await learning.upsert([row("a", unit(1))])
    # An empty collection is cached as empty for a short time.
    hits: list[Hit] = []
    for _ in range(200):
        if hits := await known.search(unit(1), types=ALL, k=3):
            break
        await asyncio.sleep(0.02)
    assert [hit.chunk_id for hit in hits] == ["a"]
    with pytest.raises(ValueError, match="its vector has shape"):
        await learning.upsert([row("b", np.ones(3, np.float32))])
    await learning.close()
    await known.close()


async def test_a_collection_recreated_by_another_client_is_used(chroma_url: str) -> None:
    first, second = (small_index(chroma_url, discard_foreign=True) for _ in range(2))
    await first.upsert([row("old", unit(1))])
    await second.reset()
    await first.upsert([row("new", unit(1))])
    assert await second.ids("text") == {"new"}
    await first.close()
    await second.close()


async def test_an_adopted_encoder_is_replaced_when_the_index_is_recreated(chroma_url: str) -> None:
    index = small_index(chroma_url, discard_foreign=True)
    await index.reset()
    learning = open_index(chroma_url)
    await learning.upsert([VectorRow("old", "text", "d", unit(1), "e1")])
    await index.close()
    index = small_index(chroma_url, encoder="e2", dimension=3, discard_foreign=True)
    vector = np.eye(3, dtype=np.float32)[0]
    await learning.upsert([VectorRow("new", "text", "d", vector, "e2")])
    assert await learning.ids("text") == await index.ids("text") == {"new"}
    with pytest.raises(IndexFailed, match="made by e2, these vectors by e1"):
        await learning.upsert([VectorRow("late", "text", "d", unit(1), "e1")])
    await learning.close()
    await index.close()


def test_an_unreachable_server_raises_unavailable() -> None:
    with pytest.raises(Unavailable):
        small_index("http://127.0.0.1:9")


async def test_vectors_of_another_encoder_are_refused(chroma_url: str) -> None:
    index = small_index(chroma_url, discard_foreign=True)
    with pytest.raises(IndexFailed, match="e1"):
        await index.upsert([VectorRow("a", "text", "d", unit(1), "another")])
    await index.close()


@warm
async def test_an_index_in_a_folder_names_the_encoder_that_it_refuses(tmp_path: Path) -> None:
    index = small_index(tmp_path)
    with pytest.raises(IndexFailed, match="made by e1, these vectors by another"):
        await index.upsert([VectorRow("a", "text", "d", unit(1), "another")])
    await index.close()
