"""Reads the front matter of a text: lines of "key: value" between two rules above it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from services.extractor.document import Block

_RULE = re.compile(r"(?:---|\+\+\+)\s{0,99}$")
_ENDS = re.compile(r"(?:---|\.\.\.|\+\+\+)\s{0,99}$")
_PAIR = re.compile(r"([\w][\w .-]{0,60}?)\s{0,9}[:=]\s{0,9}(.*)$")
_ENTRY = re.compile(r"\s{0,20}-\s{1,9}(.{1,2000})$")
_MAX_LINES = 200


def fields_of(lines: Iterable[str]) -> tuple[list[Block], int]:
    """Return the fields of the front matter, its title as a heading, and its number of lines."""
    head = list(islice(lines, _MAX_LINES))
    if not head or not _RULE.match(head[0]):
        return [], 0
    end = next((at for at, line in enumerate(head[1:], 1) if _ENDS.match(line)), 0)
    pairs = list(_pairs(head[1:end]))
    if not pairs:
        return [], 0
    blocks: list[Block] = []
    for key, value in pairs:
        if key.lower() == "title":
            blocks.insert(0, Block("heading", value, None, level=1))
        else:
            blocks.append(Block("field", f"{key}: {value}", None))
    return blocks, end + 1


def without_front_matter(lines: Iterable[str], skipped: int) -> Iterator[str]:
    """Return the lines after so many lines."""
    return islice(lines, skipped, None)


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield keys and values; the entries of a list are joined by commas."""
    key = ""
    entries: list[str] = []
    for line in lines:
        entry = _ENTRY.match(line)
        if entry and key:
            entries.append(_plain(entry[1]))
            continue
        if entries:
            yield key, ", ".join(filter(None, entries))
            entries = []
        pair = _PAIR.match(line)
        key = pair[1] if pair else ""
        if pair and (value := _plain(pair[2])):
            yield key, value
    if entries:
        yield key, ", ".join(filter(None, entries))


def _plain(value: str) -> str:
    """Return a value without quotes, and a list on one line without its brackets."""
    value = value.strip()
    if value[:1] == "[" and value[-1:] == "]":
        return ", ".join(filter(None, (_plain(part) for part in value[1:-1].split(","))))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return "" if value in ("|", ">", "|-", ">-") else value
