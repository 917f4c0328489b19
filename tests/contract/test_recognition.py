"""An engine keeps its promise: lines with places, within limits, and without threads of its own."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from services.extractor.recognition import open_recogniser
from services.extractor.recognition.base import Picture
from services.extractor.recognition.program import run_program
from services.extractor.recognition.tesseract import Tesseract, find_tesseract
from shared.domain.errors import OutOfMemory, ParserCrash, ReadTimeout, SettingsError
from shared.settings import Settings
from tests.support import scans
from tests.support.wait import until

pytestmark = scans.needs_tesseract
TEXT = "The valve of the second boiler is checked every Monday before noon."


def tesseract(**limits: float) -> Tesseract:
    found = find_tesseract(**{"page_seconds": 120, "memory_mb": 1024, **limits})  # type: ignore[arg-type]
    assert found is not None
    return found


def picture(text: str = TEXT) -> Picture:
    return Picture.from_pgm(scans.picture(text, kind="pgm"))


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def test_lines_have_text_place_and_confidence() -> None:
    engine = tesseract()
    assert engine.name.startswith("tesseract ")
    assert "eng" in engine.languages and "osd" not in engine.languages
    lines = await engine.recognise(picture(), ["eng"])
    assert " ".join(line.text for line in lines) == TEXT
    for line in lines:
        x0, y0, x1, y1 = line.box
        assert 0 < x0 < x1 < 1654 and 0 < y0 < y1 < 2339
        assert 0.5 < line.confidence <= 1


async def test_a_picture_that_takes_too_long_ends_with_its_process() -> None:
    before = children()
    with pytest.raises(ReadTimeout):
        await tesseract(page_seconds=0.05).recognise(picture(TEXT * 20), ["eng"])
    assert children() <= before


async def test_a_picture_that_needs_too_much_memory_fails_alone() -> None:
    with pytest.raises((OutOfMemory, ParserCrash)):
        await tesseract(memory_mb=24).recognise(picture(), ["eng"])


async def test_cancelling_kills_the_process() -> None:
    before = children()
    running = asyncio.create_task(tesseract().recognise(picture(TEXT * 20), ["eng"]))

    async def has_started() -> bool:
        return not children() <= before

    await until(has_started)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() <= before


def test_a_language_that_is_not_installed_is_refused_at_start() -> None:
    with pytest.raises(SettingsError, match="no data of the language tlh"):
        open_recogniser(Settings(_env_file=None, ocr_languages="tlh"))


def test_an_engine_that_is_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert open_recogniser(Settings(_env_file=None)) is None
    with pytest.raises(SettingsError, match="Install the package tesseract-ocr"):
        open_recogniser(Settings(_env_file=None, ocr="tesseract"))


def test_recognition_can_be_off() -> None:
    assert open_recogniser(Settings(_env_file=None, ocr="off")) is None


async def test_what_an_engine_started_ends_with_it() -> None:
    with pytest.raises(ReadTimeout):
        await run_program(
            ["/bin/sh", "-c", "sleep 71 & wait"],
            b"",
            environment={"PATH": os.defpath},
            seconds=0.5,
            memory_mb=256,
        )
    running = [Path(f"/proc/{each}/cmdline") for each in os.listdir("/proc") if each.isdigit()]
    assert not [each for each in running if each.exists() and b"sleep\x0071" in each.read_bytes()]
