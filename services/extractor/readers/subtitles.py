"""Reads the spoken text of subtitles (SubRip, WebVTT), without times and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import lines_of
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source

_MAX_LINE = 64 * 1024  # characters
_MAX_PARAGRAPH = 2_000  # characters after which a paragraph ends with the next sentence
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_CUE = re.compile(rf"\s{{0,9}}{_TIME}\s{{1,9}}-->\s{{1,9}}{_TIME}")
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,60})?\s([^<>]{1,100})>")
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]{0,200}>|\{\\[^{}]{1,100}\}")
_ENDS = (".", "!", "?", "。", "…", '"', "”")
_PAUSE_S = 4.0  # seconds without speech after which another paragraph begins


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; a paragraph ends where a pause or another speaker begins."""
    texts = _paragraphs(map(clean, lines_of(source, _MAX_LINE)))
    return slices(Block("paragraph", text, None) for text in texts)


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    ended = 0.0
    for start, end, text in _cues(lines):
        voice = _VOICE.search(text)
        spoken = " ".join(unescape(_TAG.sub("", text)).split())
        full = size > _MAX_PARAGRAPH and held[-1].endswith(_ENDS)
        if held and (voice or start > ended + _PAUSE_S or full):
            yield " ".join(held)
            held, size = [], 0
        if spoken:
            held.append(f"{voice[1].strip()}: {spoken}" if voice else spoken)
            size += len(held[-1])
        ended = end
    if held:
        yield " ".join(held)


def _cues(lines: Iterable[str]) -> Iterator[tuple[float, float, str]]:
    """Yield start and end in seconds and the text of each cue; other blocks are passed over."""
    times: tuple[float, float] | None = None
    held: list[str] = []
    for line in lines:
        if found := _CUE.match(line):
            if times:
                yield (*times, " ".join(held[:-1] if held[-1:] and held[-1].isdigit() else held))
            parts = found.groups()
            times, held = (_seconds(parts[:4]), _seconds(parts[4:])), []
        elif not line.strip():
            if times:
                yield (*times, " ".join(held))
            times, held = None, []
        elif times:
            held.append(line.strip())
    if times:
        yield (*times, " ".join(held))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + fraction / 1000
