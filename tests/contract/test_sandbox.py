"""A file is read in a separate process: its batches, its limits and its failures."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pymupdf
import pytest
import pytest_asyncio

from services.extractor.document import Batch, ReaderLimits, ReadOptions
from services.extractor.sandbox import order
from services.extractor.sandbox.confine import REQUIRED, RULES
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.errors import Bomb, Corrupt, Encrypted, OutOfMemory, ParserCrash, ReadTimeout
from tests.support.readers import paragraph, write_docx, write_endless_pdf, write_tokenizer

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ReaderLimits())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest_asyncio.fixture(loop_scope="module")
async def capped(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """Yield a new sandbox with the limits of the test's parameter."""
    sandbox = Sandbox(request.param)
    yield sandbox
    await sandbox.close()


def with_limits(**limits: float) -> pytest.MarkDecorator:
    given = ReaderLimits(**limits)  # type: ignore[arg-type]
    return pytest.mark.parametrize("capped", [given], indirect=True, ids=[str(limits)])


def options(path: Path, **changes: object) -> ReadOptions:
    tokenizer = str(write_tokenizer(path.parent))
    return ReadOptions(path.suffix[1:], tokenizer, **changes)  # type: ignore[arg-type]


async def batches(sandbox: Sandbox, path: Path, **changes: object) -> list[Batch]:
    return [batch async for batch in sandbox.read(path, options(path, **changes))]


def write_pdf(path: Path, pages: int) -> Path:
    document = pymupdf.open()
    for number in range(1, pages + 1):
        # Enough words that each page is a chunk of its own.
        words = ["All of these words are read."] * 30
        text = "\n".join([f"Page {number} begins.", *words, f"Page {number} ends."])
        document.new_page().insert_text((72, 100), text, fontsize=8)
    document.save(path)
    return path


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def warm_process() -> int:
    """Return the forkserver, from which readers are forked."""
    for child in children_of(os.getpid()):
        if b"sandbox.forkserver" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise AssertionError("no warm process")


async def test_batches_of_a_file_grow(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await batches(sandbox, write_pdf(tmp_path / "f.pdf", 150))
    full = [batch for batch in found if batch.chunks]
    assert [len(batch.chunks) for batch in full] == [8, 16, 32, 64, 30]
    assert [batch.done for batch in found] == [False] * (len(found) - 1) + [True]
    last = found[-1]
    assert last.totals is not None
    assert (last.totals.chunks, last.totals.pages, last.bad_pages) == (150, 150, 0)
    assert last.totals.tokens == sum(c.token_count for batch in full for c in batch.chunks)
    pages = [chunk.page_num for batch in full for chunk in batch.chunks]
    assert pages == list(range(1, 151))


async def test_reading_again_gives_the_same_batches(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "f.pdf", 40)
    first, again = await batches(sandbox, path), await batches(sandbox, path)
    assert [b.chunks for b in first if b.chunks] == [b.chunks for b in again if b.chunks]


async def test_several_files_are_read_at_the_same_time(sandbox: Sandbox, tmp_path: Path) -> None:
    pdf = write_pdf(tmp_path / "f.pdf", 20)
    docx = write_docx(tmp_path / "f.docx", paragraph("Hello from Word."))
    text = tmp_path / "f.txt"
    text.write_text("Hello from a text.")
    found = await asyncio.gather(*(batches(sandbox, path) for path in (pdf, docx, text)))
    assert [sum(len(batch.chunks) for batch in one) for one in found] == [20, 1, 1]
    assert found[1][-1].chunks[0].content == "Hello from Word."


async def test_a_file_without_text_has_no_chunks(sandbox: Sandbox, tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page()
    document.save(tmp_path / "f.pdf")
    found = await batches(sandbox, tmp_path / "f.pdf")
    assert [batch.chunks for batch in found if batch.done] == [()]


async def test_pictures_are_passed_on_unchanged(sandbox: Sandbox, tmp_path: Path) -> None:
    pixmap = pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 300, 300), False)
    pixmap.clear_with(120)
    document = pymupdf.open()
    page = document.new_page()
    page.insert_image((72, 72, 372, 372), pixmap=pixmap)
    page.insert_text((72, 390), "Figure 1: A grey square")
    document.save(tmp_path / "f.pdf")
    (draft,) = (await batches(sandbox, tmp_path / "f.pdf"))[-1].chunks
    assert draft.chunk_type == "image"
    assert draft.image is not None
    assert pymupdf.Pixmap(draft.image).width == 300


async def test_pages_are_drawn_unrotated(sandbox: Sandbox, tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=200, height=300).set_rotation(90)
    document.new_page(width=100, height=100)
    document.save(tmp_path / "f.pdf")
    found = await batches(sandbox, tmp_path / "f.pdf", view="preview")
    first, second = [chunk for batch in found for chunk in batch.chunks]
    assert (first.page_num, second.page_num) == (1, 2)
    assert (first.box, first.image_ext) == ((0, 0, 200, 300), "jpeg")
    picture = pymupdf.Pixmap(first.image)
    assert picture.width * 3 == pytest.approx(picture.height * 2, abs=3)


async def test_an_error_of_the_reader_is_raised_in_the_caller(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    locked = tmp_path / "locked.pdf"
    document = pymupdf.open()
    document.new_page()
    document.save(locked, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="u", owner_pw="o")  # type: ignore[attr-defined]
    with pytest.raises(Corrupt):
        await batches(sandbox, broken)
    with pytest.raises(Encrypted):
        await batches(sandbox, locked)
    assert (await batches(sandbox, locked, password="u"))[-1].done


async def test_a_reader_has_no_secrets_in_its_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIRE_SECRET", "s3cret")
    await sandbox.close()
    await sandbox.start()
    try:
        assert b"s3cret" not in environment_of(warm_process())
    except PermissionError:
        # Without root, this process can't look into the forkserver either.
        assert os.geteuid() != 0


async def test_a_reader_runs_by_all_rules(sandbox: Sandbox) -> None:
    await sandbox.start()
    in_force = await sandbox.rules_in_force()
    assert set(REQUIRED) <= set(in_force) <= set(RULES)


async def test_the_forkserver_has_one_thread(sandbox: Sandbox) -> None:
    await sandbox.start()
    assert len(os.listdir(f"/proc/{warm_process()}/task")) == 1


async def test_closing_the_iterator_early_ends_the_reader(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "f.pdf", 400)
    fds = len(os.listdir("/proc/self/fd"))
    async with aclosing(sandbox.read(path, options(path))) as reading:
        async for batch in reading:
            assert batch.chunks
            break
    await no_readers_left()
    assert len(os.listdir("/proc/self/fd")) == fds


async def test_cancelling_ends_the_reader(sandbox: Sandbox, tmp_path: Path) -> None:
    path = hang(tmp_path)
    reading = asyncio.create_task(batches(sandbox, path))
    await reader_of(warm_process())
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await no_readers_left()


async def test_a_reader_has_low_priority_and_another_process_group(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    reading = asyncio.create_task(batches(sandbox, hang(tmp_path)))
    pid = await reader_of(warm_process())
    await until(lambda: os.getpgid(pid) == pid)
    await until(lambda: os.getpriority(os.PRIO_PROCESS, pid) > os.nice(0))
    # In another session its niceness would have no effect.
    assert os.getsid(pid) == os.getsid(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def reader_of(warm: int) -> int:
    """Wait for a reader of the forkserver and return it."""
    await until(lambda: bool(children_of(warm)))
    return children_of(warm)[0]


async def no_readers_left() -> None:
    """Wait until the forkserver has neither readers nor zombies."""
    await until(lambda: not children_of(warm_process()))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - /proc has no notifications
            await asyncio.sleep(0.005)


def hang(folder: Path) -> Path:
    return write_endless_pdf(folder / "hang.pdf")


@with_limits(page_seconds=2)
async def test_a_reader_that_hangs_is_ended(capped: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ReadTimeout):
        await batches(capped, hang(tmp_path))
    good = tmp_path / "good.txt"
    good.write_text("The next file is unharmed.")
    assert (await batches(capped, good))[-1].done


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (signal.SIGKILL, ParserCrash),
        (signal.SIGSEGV, ParserCrash),
        (signal.SIGXCPU, ReadTimeout),
    ],
)
async def test_a_reader_that_dies_raises_the_error_of_its_signal(
    sandbox: Sandbox, tmp_path: Path, number: int, error: type[Exception]
) -> None:
    reading = asyncio.create_task(batches(sandbox, hang(tmp_path)))
    os.kill(await reader_of(warm_process()), number)
    with pytest.raises(error):
        await reading


async def test_strict_reading_survives_a_page_that_kills_its_reader(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = write_pdf(tmp_path / "f.pdf", 600)
    pages: list[int | None] = []
    async for batch in sandbox.read(path, options(path, strict=True)):
        if not pages:
            os.kill(children_of(warm_process())[0], signal.SIGSEGV)
        pages += [chunk.page_num for chunk in batch.chunks]
    assert batch.bad_pages == 1
    assert len(set(pages)) == len(pages) >= 599
    assert pages == sorted(pages, key=lambda page: page or 0)


@with_limits(memory_mb=4)
async def test_memory_is_capped(capped: Sandbox, tmp_path: Path) -> None:
    words = " ".join(str(number) for number in range(1_000_000))
    with pytest.raises(OutOfMemory):
        await batches(capped, write_docx(tmp_path / "f.docx", paragraph(words)))


@with_limits(output_mb=1)
async def test_output_is_capped(capped: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_text("Some words to read. " * 100_000)
    with pytest.raises(Bomb):
        await batches(capped, path)


@with_limits(output_mb=1)
async def test_the_service_takes_no_more_than_the_limit_from_a_reader(
    capped: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that a file has taken over does not keep the limit that it was told."""
    encode = order.encode
    unlimited = ReaderLimits(output_mb=1_000)
    monkeypatch.setattr(order, "encode", lambda options, limits: encode(options, unlimited))
    path = tmp_path / "f.txt"
    path.write_text("Some words to read. " * 200_000)
    taken: list[int] = []

    async def take() -> None:
        async for batch in capped.read(path, options(path)):
            taken.append(sum(len(chunk.content) for chunk in batch.chunks))

    with pytest.raises(Bomb):
        await take()
    assert 0 < sum(taken) < 1024 * 1024


async def test_the_forkserver_is_restarted_after_it_dies(sandbox: Sandbox, tmp_path: Path) -> None:
    reading = asyncio.create_task(batches(sandbox, hang(tmp_path)))
    dead = warm_process()
    await reader_of(dead)
    os.kill(dead, signal.SIGKILL)
    with pytest.raises(ParserCrash):
        await reading
    good = write_pdf(tmp_path / "good.pdf", 3)
    assert (await batches(sandbox, good))[-1].totals.chunks == 3  # type: ignore[union-attr]
    assert warm_process() != dead


@with_limits(wall_seconds=2, page_seconds=2)
async def test_time_of_a_slow_consumer_does_not_count_for_the_file(
    capped: Sandbox, tmp_path: Path
) -> None:
    path = write_pdf(tmp_path / "f.pdf", 120)
    count = 0
    async for batch in capped.read(path, options(path)):
        count += len(batch.chunks)
        await asyncio.sleep(0.6)
    assert count == 120


async def test_closing_leaves_no_process(sandbox: Sandbox) -> None:
    await sandbox.start()
    pid = warm_process()
    await sandbox.close()
    assert not is_running(pid)
