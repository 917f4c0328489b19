"""Batches stay within the budget, contain every row once, and have little padding."""

from __future__ import annotations

import pytest

from shared.encoders.padding import (
    QUESTION_STEP,
    fair_share,
    pad,
    padded,
    pick_batch,
    plan_batches,
)


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 16), (1, 16), (16, 16), (17, 32), (250, 256), (256, 256)]
)
def test_lengths_are_padded_to_multiples_of_sixteen(length: int, expected: int) -> None:
    assert padded(length) == expected


@pytest.mark.parametrize(
    ("lengths", "budget", "expected"),
    [
        ([], 64, []),
        ([5], 64, [[0]]),
        ([5, 40, 7], 64, [[1], [2, 0]]),
        ([16, 16, 16, 16, 16], 64, [[0, 1, 2, 3], [4]]),
        ([30, 2, 20, 2], 64, [[0, 2], [1, 3]]),
        ([500], 64, [[0]]),
        ([500, 500], 64, [[0], [1]]),
    ],
)
def test_batches_are_sorted_by_length_and_within_the_budget(
    lengths: list[int], budget: int, expected: list[list[int]]
) -> None:
    assert plan_batches(lengths, budget) == expected


def test_every_row_is_in_exactly_one_batch() -> None:
    lengths = [(index * 37) % 251 + 1 for index in range(300)]
    batches = plan_batches(lengths, 1024)
    assert sorted(index for batch in batches for index in batch) == list(range(300))
    assert all(padded(lengths[batch[0]]) * len(batch) <= 1024 for batch in batches)


@pytest.mark.parametrize(
    ("lengths", "budget", "expected"),
    [
        ([10], 64, {0}),
        ([10, 200, 12, 11], 64, {0, 2, 3}),
        ([200, 10, 190, 195], 600, {0, 3}),
        ([300, 10], 64, {0}),
        ([16, 16, 16, 16, 16], 64, {0, 1, 2, 3}),
    ],
)
def test_the_next_batch_has_the_oldest_row_and_rows_of_similar_length(
    lengths: list[int], budget: int, expected: set[int]
) -> None:
    assert set(pick_batch(lengths, budget)) == expected


def test_padding_is_masked() -> None:
    ids, mask = pad([[1, 2, 3], [4]])
    assert ids.shape == mask.shape == (2, 16)
    assert ids[0, :4].tolist() == [1, 2, 3, 0]
    assert mask.sum(1).tolist() == [3, 1]


def test_a_question_has_little_padding() -> None:
    ids, mask = pad([[1, 2, 3, 4, 5]], QUESTION_STEP)
    assert ids.tolist() == [[1, 2, 3, 4, 5, 0, 0, 0]]
    assert mask.tolist() == [[1, 1, 1, 1, 1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("lengths", "parts", "expected"),
    [
        ([10], 2, [0]),
        ([10, 10, 10, 10], 1, [0, 1, 2, 3]),
        ([10, 10, 10, 10], 2, [0, 1]),
        ([10, 10, 10, 10], 4, [0]),
        ([60, 10, 10, 10, 10], 2, [0]),
        ([10, 60, 10, 10, 10], 2, [0, 2, 3, 4]),
        ([30, 60, 10, 20], 3, [0]),
        ([20, 60, 10, 30], 3, [0, 2]),
    ],
)
def test_parts_of_similar_length_cost_the_same(
    lengths: list[int], parts: int, expected: list[int]
) -> None:
    assert fair_share(lengths, parts) == expected


def test_shares_taken_one_after_the_other_have_every_row_once() -> None:
    left = [(index * 37) % 61 + 1 for index in range(40)]
    taken: list[int] = []
    for parts in (3, 2, 1):
        share = fair_share(left, parts)
        taken += [left[index] for index in share]
        left = [length for index, length in enumerate(left) if index not in share]
    assert left == []
    assert sorted(taken) == sorted((index * 37) % 61 + 1 for index in range(40))
