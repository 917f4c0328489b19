"""Reads one file in a forked process, writes frames and exits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby

from services.extractor.chunking.chunker import Chunker
from services.extractor.document import ChunkDraft, Page, ReaderLimits, ReadOptions, UnreadPage
from services.extractor.readers.registry import open_members, open_reader, open_view
from services.extractor.readers.source import Source
from services.extractor.sandbox.protocol import HEADER, MAX_FRAME_BYTES, Frame, encode
from services.extractor.tokenizer import load_tokenizer
from shared.domain.errors import Bomb, OutOfMemory, ParserCrash, QuireError

_MAX_FRAME_CHUNKS = 64  # one full batch
_MAX_FRAME_PICTURE_BYTES = 8 * 1024 * 1024  # two of the largest pictures


def run(source: Source, options: ReadOptions, limits: ReaderLimits, fd: int) -> None:
    """Read a file and write frames to `fd`; an error is written as the last frame."""
    out = _Output(fd, limits.output_mb * 1024 * 1024)
    try:
        for frame in frames(source, options, limits):
            out.write(frame)
    except QuireError as failure:
        out.fail(failure)
    except MemoryError:
        out.fail(OutOfMemory())
    except BrokenPipeError:
        return
    except Exception as unexpected:
        out.fail(OutOfMemory() if "malloc" in str(unexpected) else ParserCrash())


def frames(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Frame]:
    """Yield at least one frame per page, so that the service can time each page."""
    if options.view == "members":
        for member in open_members(source, options, limits):
            yield Frame(members=(member,))
        yield Frame(finished=True)
        return
    if options.view != "text":
        yield from _view_frames(source, options, limits)
        return
    tokenizer = load_tokenizer(options.tokenizer_path)
    chunker = Chunker(tokenizer, options.max_tokens, options.overlap_tokens)
    pages_done, count, bad = options.first_page - 1, None, 0
    for number, slices in groupby(open_reader(source, options, limits), key=_number):
        unread: tuple[UnreadPage, ...] = ()
        for page in slices:
            count, bad = page.count or count, bad + page.bad
            # A text does not continue over a page that is not known yet.
            drafts = chunker.add(page, join=not (options.strict or page.unread))
            yield from _frames_of(drafts, pages_done, count, bad)
            if page.unread:
                unread = (UnreadPage(page.number, page.unread, page.turns),)
        pages_done = max(pages_done, number)
        yield Frame((), pages_done, count, bad, unread)
    yield from _frames_of(chunker.close(), pages_done, count, bad)
    yield Frame((), pages_done, count, bad, finished=True)


def _view_frames(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Frame]:
    """Yield a frame for each page that is drawn; its draft holds the picture or the words."""
    done = options.first_page - 1
    for draft in open_view(source, options, limits):
        done = draft.page_num or done
        yield Frame((draft,), done)
    yield Frame((), done, finished=True)


def _number(page: Page) -> int:
    return page.number


def _frames_of(
    drafts: list[ChunkDraft], pages_done: int, count: int | None, bad: int
) -> Iterator[Frame]:
    held: list[ChunkDraft] = []
    weight = 0
    for draft in drafts:
        held.append(draft)
        weight += len(draft.image or b"")
        if len(held) == _MAX_FRAME_CHUNKS or weight >= _MAX_FRAME_PICTURE_BYTES:
            yield Frame(tuple(held), pages_done, count, bad)
            held, weight = [], 0
    if held:
        yield Frame(tuple(held), pages_done, count, bad)


class _Output:
    """Writes frames to a descriptor, up to `budget` bytes in all."""

    def __init__(self, fd: int, budget: int) -> None:
        self._fd = fd
        self._budget = budget

    def write(self, frame: Frame) -> None:
        """Write a frame; raises Bomb if it or the file's output is too large."""
        data = encode(frame)
        self._budget -= len(data)
        if self._budget < 0 or len(data) > MAX_FRAME_BYTES + HEADER.size:
            raise Bomb()
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def fail(self, failure: QuireError) -> None:
        """Write an error as the last frame, also if the output limit is used up."""
        self._budget = MAX_FRAME_BYTES
        try:
            self.write(Frame(error=(failure.code, str(failure))))
        except OSError:
            return
