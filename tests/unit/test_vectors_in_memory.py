"""A collection in memory finds what the index would find, up to its largest size."""

from __future__ import annotations

import numpy as np
import pytest

from shared.vectors.base import VectorRow
from shared.vectors.memory import InMemoryCollection

DIMENSION = 8


def row(number: int, document_id: str = "d") -> VectorRow:
    vector = np.zeros(DIMENSION, np.float32)
    vector[number % DIMENSION] = 1.0
    return VectorRow(str(number), "table", document_id, vector)


def found(collection: InMemoryCollection, number: int, k: int = 3) -> list[str]:
    hits = collection.search(row(number).vector, k)
    assert hits is not None
    return [hit.chunk_id for hit in hits]


def test_nothing_is_found_in_an_empty_collection() -> None:
    assert InMemoryCollection([]).search(row(0).vector, 5) == []


def test_hits_are_sorted_by_similarity() -> None:
    hits = InMemoryCollection(map(row, range(4))).search(row(2).vector, 2)
    assert hits is not None
    assert hits[0].chunk_id == "2"
    assert hits[0].score == pytest.approx(1.0)
    assert len(hits) == 2


def test_a_row_that_is_written_again_is_replaced() -> None:
    collection = InMemoryCollection([row(0), row(1)])
    collection.put([VectorRow("0", "table", "d", row(3).vector)])
    assert found(collection, 3)[0] == "0"
    assert sorted(found(collection, 0)) == ["0", "1"]


def test_a_dropped_row_is_not_found() -> None:
    collection = InMemoryCollection([row(0), row(1), row(2, "other")])
    collection.drop(["1", "never there"])
    assert sorted(found(collection, 0)) == ["0", "2"]
    collection.drop_document("other")
    assert found(collection, 0) == ["0"]


def test_a_collection_that_grows_too_large_is_no_longer_searched() -> None:
    collection = InMemoryCollection(map(row, range(4)), limit=4)
    collection.put([row(4)])
    assert collection.search(row(0).vector, 3) is None
    collection.drop(["0"])
    collection.drop_document("d")
    assert collection.search(row(0).vector, 3) is None
