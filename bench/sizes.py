"""Sizes of a measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The defaults give figures that repeat within a few percent; QUICK only shows that it runs."""

    rounds: int = 1
    # Chunks to search among.
    chunks: int = 20_000
    questions: int = 200
    # Seconds in which eight clients ask at once.
    crowd_s: float = 6.0
    # Longest time of asking and uploading while documents are read.
    busy_s: float = 20.0
    # Small documents in each series of `distributed`.
    small_documents: int = 20
    # Seconds of uploads at a steady rate.
    burst_s: float = 4.0
    # Files for the embedder workers that sleep: enough to keep four busy.
    scaled_files: int = 12
    workers: tuple[int, ...] = (1, 2, 4)
    # Documents that go in while they are followed; listeners of one of them each, and of all.
    followed_documents: int = 500
    listeners: int = 2_000
    listeners_of_all: int = 20


QUICK = Sizes(
    chunks=200,
    questions=3,
    crowd_s=0.2,
    busy_s=1.0,
    small_documents=1,
    burst_s=0.1,
    scaled_files=1,
    workers=(1, 2),
    followed_documents=2,
    listeners=4,
    listeners_of_all=1,
)
