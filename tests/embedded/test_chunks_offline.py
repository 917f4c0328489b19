"""`quire chunks` reads a file as an upload is read, and stores nothing."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from services import embedded
from shared.domain.errors import UnsupportedType
from shared.settings import Settings
from tests.support import scans


async def test_a_pdf_has_chunks_with_boxes_and_pictures(settings: Settings, tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=300, height=300).insert_text((50, 100), "The pump is red.")
    document.save(tmp_path / "f.pdf")
    shown = await embedded.chunks_offline(settings, tmp_path / "f.pdf", draw=True)
    (chunk,) = shown["chunks"]
    (box,) = chunk["boxes"]
    assert (shown["file_type"], chunk["content"]) == ("pdf", "The pump is red.")
    assert (box[0], box[1]) == (1, pytest.approx(50, abs=1))
    assert shown["pages"][0]["box"] == (0, 0, 300, 300)
    assert not settings.data_dir.exists()


async def test_a_text_has_no_pictures(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "f.md").write_text("# Scope\n\nTo all.")
    shown = await embedded.chunks_offline(settings, tmp_path / "f.md", draw=True)
    assert [each["section"] for each in shown["chunks"]] == ["Scope"]
    assert shown["pages"] == []


async def test_a_file_of_another_type_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "f.gif").write_bytes(b"GIF89a" + bytes(99))
    with pytest.raises(UnsupportedType):
        await embedded.chunks_offline(settings, tmp_path / "f.gif", draw=False)


@scans.needs_tesseract
async def test_scanned_pages_have_chunks_at_their_place(settings: Settings, tmp_path: Path) -> None:
    scan = scans.picture("The second sheet was scanned in the cellar.")
    (tmp_path / "f.pdf").write_bytes(scans.pdf(["The first is printed.", scan, "So is the third."]))
    shown = await embedded.chunks_offline(settings, tmp_path / "f.pdf", draw=True)
    assert [(each["page_num"], each["content"]) for each in shown["chunks"]] == [
        (1, "The first is printed."),
        (2, "The second sheet was scanned in the cellar."),
        (3, "So is the third."),
    ]
    assert len(shown["pages"]) == 3
