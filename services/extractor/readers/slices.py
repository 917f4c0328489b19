"""Groups the blocks of a file without pages into slices of its one page, which bounds memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.extractor.document import Block, Page

SLICE = 64 * 1024  # characters passed on together


def slices(blocks: Iterable[Block]) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each; the last one may be empty."""
    held: list[Block] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += block.size
        if size >= SLICE:
            yield Page(1, tuple(held), count=1)
            held, size = [], 0
    yield Page(1, tuple(held), count=1)
