"""The matrix finds what comparing one by one finds, in any scope and after any change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from shared.vectors import matrix as matrices
from shared.vectors.base import COLLECTIONS, VectorRow
from shared.vectors.exact import highest
from shared.vectors.matrix import VectorMatrix

DIMENSION = 8
KINDS = tuple(COLLECTIONS)


def rows(count: int, *, seed: int = 0, documents: int = 7) -> list[VectorRow]:
    dice = np.random.default_rng(seed)
    vectors = dice.normal(size=(count, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        VectorRow(f"{seed}-{at}", KINDS[at % len(KINDS)], f"d{at % documents}", vector)
        for at, vector in enumerate(vectors)
    ]


def filled(given: Sequence[VectorRow]) -> VectorMatrix:
    matrix = VectorMatrix(DIMENSION)
    matrix.put(given)
    return matrix


def compared(given: Sequence[VectorRow], vector: np.ndarray, k: int) -> list[str]:
    nearest = sorted(given, key=lambda row: -float(row.vector @ vector))
    return [each.chunk_id for each in nearest[:k]]


def ids(matrix: VectorMatrix, vector: np.ndarray, k: int = 10, **scope: object) -> list[str]:
    asked = {"types": KINDS, **scope}
    return [hit.chunk_id for hit in matrix.search(vector, k=k, **asked)]  # type: ignore[arg-type]


def test_the_nearest_chunks_are_found_with_their_cosines() -> None:
    given = rows(3_000)
    matrix = filled(given)
    vector = given[5].vector
    hits = matrix.search(vector, types=KINDS, k=10)
    assert [hit.chunk_id for hit in hits] == compared(given, vector, 10)
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert len(matrix) == 3_000


@pytest.mark.parametrize("documents", [["d1"], ["d0", "d1", "d2", "d3", "d4"], ["d2", "unknown"]])
@pytest.mark.parametrize("types", [KINDS, ("table",), ("text", "image", "composite"), ()])
def test_only_the_scope_is_searched(documents: list[str], types: tuple[str, ...]) -> None:
    given = rows(500)
    vector = given[3].vector
    inside = [each for each in given if each.chunk_type in types and each.document_id in documents]
    found = ids(filled(given), vector, types=types, document_ids=documents)
    assert found == compared(inside, vector, 10)


def test_no_document_in_scope_finds_nothing() -> None:
    matrix = filled(rows(20))
    assert ids(matrix, rows(1)[0].vector, document_ids=[]) == []
    assert ids(VectorMatrix(DIMENSION), rows(1)[0].vector, document_ids=["d1"]) == []


def test_a_row_that_is_put_again_is_replaced() -> None:
    given = rows(50)
    matrix = filled(given)
    matrix.put([VectorRow("0-7", "text", "d9", given[3].vector)])
    assert len(matrix) == 50
    assert ids(matrix, given[3].vector, 2, document_ids=["d9", "d3"]) == ["0-3", "0-7"]
    assert matrix.chunk_ids("d9") == ["0-7"]


def test_dropped_chunks_are_not_found_before_or_after_the_matrix_is_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = rows(400)
    monkeypatch.setattr(matrices, "_FIRST_ROWS", 16)
    matrix, left, vector = filled(given), list(given), given[0].vector
    while left:
        gone, left = left[:35], left[35:]
        matrix.drop(each.chunk_id for each in gone)
        assert ids(matrix, vector, 400) == compared(left, vector, 400)
        assert len(matrix) == len(left)
    assert matrix.chunk_ids("d1") == []
    matrix.put(given[:3])
    assert ids(matrix, vector) == compared(given[:3], vector, 10)


def test_cosines_of_named_chunks_are_returned() -> None:
    given = rows(30)
    matrix = filled(given)
    matrix.drop(["0-4"])
    scores = matrix.scores(given[2].vector, ["0-2", "0-4", "unknown", "0-9"])
    assert scores == {
        "0-2": pytest.approx(1.0, abs=1e-5),
        "0-9": pytest.approx(float(given[9].vector @ given[2].vector), abs=1e-5),
    }
    assert matrix.scores(given[2].vector, []) == {}


def test_a_cleared_matrix_is_empty_and_can_be_filled_again() -> None:
    matrix = filled(rows(40))
    matrix.clear()
    assert (len(matrix), ids(matrix, rows(1)[0].vector)) == (0, [])
    matrix.put(rows(5, seed=1))
    assert len(ids(matrix, rows(1)[0].vector)) == 5


@pytest.mark.parametrize("count", [0, 1, 31, 33, 3_000])
@pytest.mark.parametrize("k", [0, 1, 90, 5_000])
def test_the_highest_scores_are_those_of_sorting_all(count: int, k: int) -> None:
    scores = np.random.default_rng(count).normal(size=count).round(1).astype(np.float32)
    assert highest(scores, k).tolist() == np.argsort(-scores, kind="stable")[:k].tolist()
