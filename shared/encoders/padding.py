"""Plans which rows share a batch, and pads them; no I/O."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# The engines' kernels take sixteen keys at a time: a length in between costs up to 15 % more than
# the next multiple does.
LENGTH_STEP = 16


def padded(length: int) -> int:
    """Return the padded length of a batch whose longest row has `length` tokens.

    >>> padded(17)
    32
    """
    return -(-max(length, 1) // LENGTH_STEP) * LENGTH_STEP


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


def pad(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return input ids and attention mask, both (rows, padded length); the padding is zeros."""
    width = padded(max(map(len, rows)))
    ids = np.zeros((len(rows), width), np.int64)
    mask = np.zeros_like(ids)
    for line, row in enumerate(rows):
        ids[line, : len(row)] = row
        mask[line, : len(row)] = 1
    return ids, mask


def _spread(lengths: Sequence[int], order: Sequence[int], ends: tuple[int, int]) -> int:
    return lengths[order[ends[1]]] - lengths[order[ends[0]]]
