"""The spoken text of subtitles."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.readers import subtitles
from tests.support.readers import LIMITS, options


def said(folder: Path, content: str) -> list[str]:
    path = folder / "f.srt"
    path.write_text(content, encoding="utf-8")
    pages = subtitles.read(path, options("srt"), LIMITS)
    return [block.text for page in pages for block in page.blocks]


SRT = (
    "1\n00:00:01,000 --> 00:00:03,000\nThe <i>pump</i> runs\nat five bar\n\n"
    "2\n00:00:03,100 --> 00:00:05,000\n{\\an8}all day.\n\n"
    "3\n00:01:00,000 --> 00:01:02,000\nAfter a pause.\n"
)
VTT = (
    "WEBVTT - a title\n\nNOTE nobody says this\n\nSTYLE\n::cue { color: red }\n\n"
    "intro\n00:01.000 --> 00:03.000 align:start\n<v.loud Ada>We &amp; they\n<c.x>begin.</c>\n\n"
    "00:03.500 --> 01:00:04.000\n<v Bob>Yes.</v>\n"
)


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (SRT, ["The pump runs at five bar all day.", "After a pause."]),
        (SRT.replace("\n", "\r\n"), ["The pump runs at five bar all day.", "After a pause."]),
        (VTT, ["Ada: We & they begin.", "Bob: Yes."]),
        ("1\n00:00:01,0 --> 00:00:02,0\na\n2\n00:00:02,0 --> 00:00:03,0\nb", ["a b"]),
        ("no cue at all", []),
    ],
)
def test_spoken_text_is_joined_to_paragraphs(
    tmp_path: Path, content: str, texts: list[str]
) -> None:
    assert said(tmp_path, content) == texts


def test_a_long_speech_ends_its_paragraphs_with_sentences(tmp_path: Path) -> None:
    cues = "".join(f"{n}\n00:00:01,000 --> 00:00:02,000\nSentence {n}.\n\n" for n in range(1_000))
    texts = said(tmp_path, cues)
    assert len(texts) > 4
    assert all(text.endswith(".") and len(text) < 2_300 for text in texts)


@pytest.mark.parametrize("mark", ["<", "{\\", "9:", "00:00:01,000 --> ", "-->"])
def test_hostile_subtitles_are_read(tmp_path: Path, mark: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\ndeep {mark * 50_000}\n"
    assert "deep" in " ".join(said(tmp_path, content))
