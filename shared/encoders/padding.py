"""Plans which rows share a batch, and pads them; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# The engines' kernels take sixteen keys at a time: a length in between costs up to 15 % more than
# the next multiple does.
LENGTH_STEP = 16
# One question is so short that padding it to the next multiple of sixteen could double its cost.
QUESTION_STEP = 4


def padded(length: int, step: int = LENGTH_STEP) -> int:
    """Return the padded length of a batch whose longest row has `length` tokens.

    >>> padded(17), padded(17, QUESTION_STEP)
    (32, 20)
    """
    return -(-max(length, 1) // step) * step


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Return batches of row indices, longest first, of at most `budget` padded tokens each.

    A row longer than the budget is a separate batch.

    >>> plan_batches([3, 40, 5], budget=64)
    [[1], [2, 0]]
    """
    batches: list[list[int]] = []
    room = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if room == 0:
            batches.append([])
            room = max(1, budget // padded(lengths[index]))
        batches[-1].append(index)
        room -= 1
    return batches


def pick_batch(lengths: Sequence[int], budget: int) -> list[int]:
    """Return the next batch: row 0, which is next in the queue, and the rows nearest in length."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    low = high = order.index(0)
    while True:
        wider = [(low - 1, high)] if low > 0 else []
        wider += [(low, high + 1)] if high + 1 < len(order) else []
        fitting = [
            (first, last)
            for first, last in wider
            if padded(lengths[order[last]]) * (last - first + 1) <= budget
        ]
        if not fitting:
            return order[low : high + 1]
        low, high = min(fitting, key=lambda ends: _spread(lengths, order, ends))


def fair_share(lengths: Sequence[int], parts: int) -> list[int]:
    """Return row 0 and its group, if all rows are split into `parts` of equal cost by length.

    Parts that run side by side end at the same time, and have little padding.

    >>> fair_share([20, 60, 10, 50, 15, 5], parts=2)
    [0, 2, 4, 5]
    """
    costs = [padded(length) for length in lengths]
    total, before = sum(costs), 0
    groups: dict[int, list[int]] = {}
    of_first = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        group = (2 * before + costs[index]) * parts // (2 * total)
        groups.setdefault(group, []).append(index)
        of_first = group if index == 0 else of_first
        before += costs[index]
    return sorted(groups[of_first])


def pad(
    rows: Sequence[Sequence[int]], step: int = LENGTH_STEP
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return input ids and attention mask, both (rows, padded length); the padding is zeros."""
    width = padded(max(map(len, rows)), step)
    ids = np.zeros((len(rows), width), np.int64)
    mask = np.zeros_like(ids)
    for line, row in enumerate(rows):
        ids[line, : len(row)] = row
        mask[line, : len(row)] = 1
    return ids, mask


def _spread(lengths: Sequence[int], order: Sequence[int], ends: tuple[int, int]) -> int:
    return lengths[order[ends[1]]] - lengths[order[ends[0]]]
