"""Pages are drawn in the sandbox, and their words are read there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest
import pytest_asyncio

from services.extractor.document import Box, ChunkDraft, ReaderLimits, ReadOptions, View
from services.extractor.sandbox.sandbox import Sandbox
from shared.domain.errors import Corrupt, UnsupportedType
from shared.domain.page_views import MAX_WORDS, PageWords

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHITE = (255, 255, 255)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(ReaderLimits())
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def view(
    sandbox: Sandbox,
    path: Path,
    kind: View,
    page: int = 1,
    marks: tuple[Box, ...] = (),
    *,
    displayed: bool = False,
) -> ChunkDraft:
    options = ReadOptions(
        path.suffix[1:],
        "",
        view=kind,
        first_page=page,
        last_page=page,
        marks=marks,
        marks_displayed=displayed,
    )
    (draft,) = [each async for batch in sandbox.read(path, options) for each in batch.chunks]
    return draft


def written(folder: Path, rotation: int = 0, width: float = 400, height: float = 200) -> Path:
    """Write two pages; the first has words near its upper left corner before it is rotated."""
    document = pymupdf.open()
    page = document.new_page(width=width, height=height)
    page.insert_text((20, 40), "Valve pressure")
    page.insert_text((20, 60), "is 4.2 bar.")
    page.set_rotation(rotation)
    document.new_page(width=100, height=100)
    path = folder / "f.pdf"
    document.save(path)
    return path


def colour_at(draft: ChunkDraft, across: float, down: float) -> tuple[int, ...]:
    """Return the colour at a place of the picture, given as fractions of its sides."""
    picture = pymupdf.Pixmap(draft.image)
    return tuple(picture.pixel(int(picture.width * across), int(picture.height * down)))


@pytest.mark.parametrize(
    ("rotation", "size", "place"),
    [
        (0, (400, 200), (0.625, 0.5)),
        (90, (200, 400), (0.5, 0.625)),
        (180, (400, 200), (0.375, 0.5)),
        (270, (200, 400), (0.5, 0.375)),
    ],
)
async def test_a_mark_on_the_unrotated_page_is_drawn_where_it_is_displayed(
    sandbox: Sandbox,
    tmp_path: Path,
    rotation: int,
    size: tuple[int, int],
    place: tuple[float, float],
) -> None:
    path = written(tmp_path, rotation)
    draft = await view(sandbox, path, "picture", marks=((200.0, 80.0, 300.0, 120.0),))
    picture = pymupdf.Pixmap(draft.image)
    assert draft.box == (0, 0, *size)
    assert picture.width / picture.height == pytest.approx(size[0] / size[1], abs=0.01)
    red, green, blue = colour_at(draft, *place)
    assert red > 240 > green > 180 > 120 > blue
    assert colour_at(draft, 0.03, 0.97) == WHITE


async def test_a_mark_as_displayed_is_drawn_there(sandbox: Sandbox, tmp_path: Path) -> None:
    path = written(tmp_path, 90)
    marks = ((20.0, 300.0, 60.0, 340.0),)
    draft = await view(sandbox, path, "picture", marks=marks, displayed=True)
    assert colour_at(draft, 0.2, 0.8)[2] < 120
    assert colour_at(draft, 0.3, 0.2) == WHITE


async def test_letters_stay_legible_below_a_mark(sandbox: Sandbox, tmp_path: Path) -> None:
    path = written(tmp_path)
    plain = pymupdf.Pixmap((await view(sandbox, path, "picture")).image)
    marked = pymupdf.Pixmap(
        (await view(sandbox, path, "picture", marks=((15.0, 25.0, 110.0, 65.0),))).image
    )
    darkest = min(range(plain.width), key=lambda x: sum(plain.pixel(x, int(plain.height * 0.18))))
    assert sum(marked.pixel(darkest, int(plain.height * 0.18))) < 200


async def test_marks_beyond_the_page_and_empty_ones_are_left_out(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = written(tmp_path)
    marks = ((900.0, 900.0, 950.0, 950.0), (-50.0, -50.0, -20.0, -20.0))
    assert (await view(sandbox, path, "picture", marks=marks)).image == (
        await view(sandbox, path, "picture")
    ).image


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
async def test_words_are_placed_on_the_unrotated_page(
    sandbox: Sandbox, tmp_path: Path, rotation: int
) -> None:
    draft = await view(sandbox, written(tmp_path, rotation), "words")
    found = PageWords.model_validate_json(draft.content)
    assert (found.width, found.height, found.rotation) == (400, 200, rotation)
    assert [word.text for word in found.words] == ["Valve", "pressure", "is", "4.2", "bar."]
    first = found.words[0]
    assert first.box[0] == pytest.approx(20, abs=1)
    assert 20 < first.box[1] < first.box[3] < 50
    assert [word.line for word in found.words] == [0, 0, 1, 1, 1]


async def test_a_page_with_too_many_words_gives_the_first_ones(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    document = pymupdf.open()
    page = document.new_page(width=5000, height=5000)
    for line in range(250):
        page.insert_text((10, 10 + line * 19), "a " * 100)
    document.save(tmp_path / "f.pdf")
    found = PageWords.model_validate_json(
        (await view(sandbox, tmp_path / "f.pdf", "words")).content
    )
    assert len(found.words) == MAX_WORDS


@pytest.mark.parametrize("size", [(2.0, 14_000.0), (14_000.0, 2.0)])
async def test_an_extremely_thin_page_is_drawn(
    sandbox: Sandbox, tmp_path: Path, size: tuple[float, float]
) -> None:
    document = pymupdf.open()
    document.new_page(width=size[0], height=size[1])
    document.save(tmp_path / "f.pdf")
    picture = pymupdf.Pixmap((await view(sandbox, tmp_path / "f.pdf", "picture")).image)
    assert min(picture.width, picture.height) >= 1
    assert max(picture.width, picture.height) <= 1_800


async def test_only_the_page_that_is_asked_for_is_drawn(sandbox: Sandbox, tmp_path: Path) -> None:
    draft = await view(sandbox, written(tmp_path), "picture", page=2)
    assert (draft.page_num, draft.box) == (2, (0, 0, 100, 100))


async def test_a_file_without_fixed_pages_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "f.md"
    path.write_text("# Notes", encoding="utf-8")
    with pytest.raises(UnsupportedType):
        await view(sandbox, path, "picture")


async def test_a_damaged_file_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing more")
    with pytest.raises(Corrupt):
        await view(sandbox, path, "picture")
