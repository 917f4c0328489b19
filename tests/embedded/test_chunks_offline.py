"""`quire chunks` reads a file as an upload is read, and stores nothing."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from services import embedded
from shared.domain.errors import UnsupportedType
from shared.settings import Settings


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
    (tmp_path / "f.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    with pytest.raises(UnsupportedType):
        await embedded.chunks_offline(settings, tmp_path / "f.png", draw=False)
