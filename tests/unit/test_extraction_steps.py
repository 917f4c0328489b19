"""The steps of a document number its chunks, and leave room for those of pages without text."""

from __future__ import annotations

from datetime import UTC, datetime

from services.extractor.chunk_rows import PAGE_ORDINALS
from services.extractor.document import Batch, ChunkDraft, Totals, UnreadPage
from services.extractor.handlers import StepBuilder
from shared.ledger.steps import ClaimedTask, Step
from shared.ledger.writes import EndExtraction, SaveChunks, SaveUnreadPages

TASK = ClaimedTask("t", "d", 1, "extract", 0, False, False, 1, 1, "c", datetime.now(UTC))


def draft(page: int) -> ChunkDraft:
    return ChunkDraft(f"On page {page}.", "text", 4, page)


def batch(*pages: int, unread: tuple[UnreadPage, ...] = (), last: bool = False) -> Batch:
    totals = Totals(len(pages), 0, 9, 0, {"no_text": 9}, 0.0, 0) if last else None
    return Batch(tuple(map(draft, pages)), 9, 9, totals, unread)


def steps(*batches: Batch, recognises: bool = True) -> list[Step]:
    builder = StepBuilder(TASK, "f.pdf", max_chunks=100, recognises=recognises)
    return [builder.step(each) for each in batches]


def ordinals(made: list[Step]) -> dict[int, int]:
    """Return the ordinal of the first chunk of each page, read or not."""
    found: dict[int, int] = {}
    for write in (write for step in made for write in step.writes):
        if isinstance(write, SaveChunks):
            for row in write.rows:
                found.setdefault(row["page_num"], row["ordinal"])
        if isinstance(write, SaveUnreadPages):
            found |= {row["page"]: row["first_ordinal"] for row in write.rows}
    return found


def unread(*places: tuple[int, int]) -> tuple[UnreadPage, ...]:
    return tuple(UnreadPage(page, "no_text", 0, before) for page, before in places)


def test_ordinals_follow_the_order_of_pages_whether_they_are_read_or_not() -> None:
    pages = unread((1, 0), (4, 2), (5, 2), (7, 3))
    made = steps(batch(2, 3, unread=pages[:3]), batch(6, unread=pages[3:]), batch(8, last=True))
    found = ordinals(made)
    in_order = [found[page] for page in range(1, 9)]
    assert in_order == sorted(in_order)
    room = [found[page + 1] - found[page] for page in (1, 4, 5, 7)]
    assert room == [PAGE_ORDINALS] * 4


def test_ordinals_do_not_depend_on_the_batches() -> None:
    pages = unread((2, 1), (3, 1))
    one = steps(batch(1, 4, 5, unread=pages, last=True))
    several = steps(
        batch(1), batch(unread=pages[:1]), batch(4, 5, unread=pages[1:]), batch(last=True)
    )
    assert ordinals(one) == ordinals(several)


def test_a_file_whose_pages_have_text_is_numbered_without_gaps() -> None:
    made = steps(batch(1, 2), batch(3, last=True))
    assert ordinals(made) == {1: 0, 2: 1, 3: 2}
    assert [task.task_type for step in made for task in step.opens] == ["embed", "embed"]


def test_the_last_step_opens_a_task_for_every_four_unread_pages() -> None:
    pages = unread(*((page, 0) for page in range(1, 10)))
    *_, last = steps(batch(unread=pages[:5]), batch(unread=pages[5:], last=True))
    assert [(task.task_type, task.batch) for task in last.opens] == [
        ("recognise", 0),
        ("recognise", 1),
        ("recognise", 2),
    ]
    [end] = [write for write in last.writes if isinstance(write, EndExtraction)]
    assert end.pages_to_recognise == 9


def test_without_an_engine_no_page_waits() -> None:
    [last] = steps(batch(unread=unread((1, 0)), last=True), recognises=False)
    assert last.opens == []
    [end] = [write for write in last.writes if isinstance(write, EndExtraction)]
    assert end.pages_to_recognise == 0
