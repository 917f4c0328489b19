"""Encodes frames from a reader to the service: JSON and raw bytes, never pickle.

A frame is two big-endian 32-bit lengths, a JSON object, and the concatenated pictures of its chunks
and pieces of its members. The reader has parsed a hostile file, so the service validates every
field.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from services.extractor.document import MAX_LABEL, Box, ChunkDraft, Member, UnreadPage
from shared.text import chunk_sentences
from shared.text.chunk_sentences import KINDS, MAX_FLAGS, Sentence

HEADER = struct.Struct(">II")
MAX_FRAME_BYTES = 24 * 1024 * 1024  # up to 12 MiB of pictures (8, and a last one of 4), and text
MAX_ERROR_BYTES = 4 * 1024  # of the frame of an error
MAX_MESSAGE = 64 * 1024  # bytes; of a message to or from the forkserver

# Why pages have no readable text; those that could not be parsed are counted as bad.
UNREAD_REASONS = ("no_text", "garbled")
# Small values take up to 30 times their bytes in memory: these many take 200 MB at most.
_MAX_LISTS, _MAX_VALUES = 1_000_000, 3_000_000
_MAX_COUNT = 2**31 - 1  # fits every database
_MAX_REASON = 500  # characters of an error's sentence
_MAX_PATH = 1_024  # characters of a member's path
_MAX_PLACE = 2**31  # tenths of a point, or pages; fits every database
_CHUNK_TYPES = frozenset({"text", "table", "image", "composite"})
_IMAGE_STARTS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "pgm": b"P5"}


class InvalidFrame(ValueError):
    """Raised for bytes that `encode` can't produce."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The chunks since the last frame and the progress in pages.

    `unread` has the pages without readable text since the last frame; the service counts the chunks
    before them. `members` are pieces of files in the file. `finished` marks the last frame of a
    file; `error` (code, message) ends a failed one.
    """

    chunks: tuple[ChunkDraft, ...] = ()
    pages_done: int = 0
    page_count: int | None = None
    bad_pages: int = 0
    unread: tuple[UnreadPage, ...] = ()
    members: tuple[Member, ...] = ()
    finished: bool = False
    error: tuple[str, str] | None = None


def encode(frame: Frame) -> bytes:
    """Return a frame as bytes: header, JSON, pictures."""
    body = orjson.dumps(
        {
            "chunks": [_pack(chunk) for chunk in frame.chunks],
            "pages_done": frame.pages_done,
            "page_count": frame.page_count,
            "bad_pages": frame.bad_pages,
            "unread": [each[:3] for each in frame.unread],
            "members": [
                (each.path, len(each.data), each.last, each.refusal) for each in frame.members
            ],
            "finished": frame.finished,
            "error": frame.error,
        }
    )
    pictures = b"".join(chunk.image or b"" for chunk in frame.chunks)
    pictures += b"".join(member.data for member in frame.members)
    return HEADER.pack(len(body), len(pictures)) + body + pictures


def body_size(header: bytes) -> tuple[int, int]:
    """Return the bytes of a frame's JSON and of its pictures; raises InvalidFrame above 24 MiB."""
    json_size, picture_size = HEADER.unpack(header)
    if json_size + picture_size > MAX_FRAME_BYTES:
        raise InvalidFrame("frame too large")
    return json_size, picture_size


def decode(body: bytes, pictures: bytes) -> Frame:
    """Return the frame of a JSON body and its pictures; raises InvalidFrame for a malformed one."""
    if body.count(b"[") + body.count(b"{") > _MAX_LISTS or body.count(b",") > _MAX_VALUES:
        raise InvalidFrame("too many values")
    try:
        data = orjson.loads(body)
        error = data["error"]
        return Frame(
            chunks=(chunks := tuple(_unpack_all(data["chunks"], pictures))),
            pages_done=_count(data["pages_done"]),
            page_count=None if data["page_count"] is None else _count(data["page_count"]),
            bad_pages=_count(data["bad_pages"]),
            unread=tuple(_unread(*each) for each in data["unread"]),
            members=tuple(_members(data["members"], pictures, _picture_bytes(chunks))),
            finished=data["finished"] is True,
            error=None if error is None else (_text(error[0]), _sentence(error[1])),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, ValueError) as wrong:
        raise InvalidFrame(str(wrong)) from wrong


def _unread(number: object, reason: object, turns: object) -> UnreadPage:
    if not _count(number) or reason not in UNREAD_REASONS:
        raise ValueError("not an unread page")
    return UnreadPage(_count(number), _text(reason), _count(turns) % 4)


def _picture_bytes(chunks: Iterable[ChunkDraft]) -> int:
    return sum(len(chunk.image or b"") for chunk in chunks)


def _members(items: list[list[Any]], data: bytes, start: int) -> Iterable[Member]:
    """Yield members, whose pieces are in `data` from `start` on."""
    for path, size, last, refusal in items:
        piece = data[start : start + _count(size)]
        if len(piece) != size or len(_text(path)) > _MAX_PATH:
            raise ValueError("not a piece of a member")
        start += len(piece)
        told = None if refusal is None else (_text(refusal[0])[:32], _sentence(refusal[1]))
        yield Member(path, piece, last is True, told)


def _pack(chunk: ChunkDraft) -> list[Any]:
    return [
        chunk.content,
        chunk.chunk_type,
        chunk.token_count,
        chunk.page_num,
        chunk.box,
        chunk.section,
        len(chunk.image or b""),
        chunk.image_ext,
        chunk_sentences.encode(chunk.sentences),
    ]


def _unpack_all(items: list[list[Any]], pictures: bytes) -> Iterable[ChunkDraft]:
    taken = 0
    for content, chunk_type, tokens, page, box, section, size, extension, sentences in items:
        if chunk_type not in _CHUNK_TYPES:
            raise ValueError("unknown kind of chunk")
        image = _picture(pictures[taken : taken + _count(size)], size, extension)
        taken += len(image)
        yield ChunkDraft(
            content=_text(content),
            chunk_type=chunk_type,
            token_count=_count(tokens),
            page_num=None if page is None else _count(page),
            box=_box(box),
            section=_text(section),
            image=image or None,
            image_ext=extension,
            sentences=_sentences(sentences, len(_text(content))),
        )


def _picture(data: bytes, size: int, extension: object) -> bytes:
    if len(data) != size or (size > 0) != (extension != ""):
        raise ValueError("not a picture")
    if size and not data.startswith(_IMAGE_STARTS[str(extension)]):
        raise ValueError("not a picture of its type")
    return data


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_COUNT:
        raise ValueError("not a count")
    return value


def _text(value: object) -> str:
    # No database stores a zero character.
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text")
    return value


def _sentence(value: object) -> str:
    return "".join(filter(str.isprintable, _text(value)[:_MAX_REASON]))


def _box(value: Any) -> Box | None:
    if value is None:
        return None
    x0, y0, x1, y1 = (float(side) for side in value)
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        raise ValueError("not a box")
    return (x0, y0, x1, y1)


def _sentences(stored: Any, length: int) -> tuple[Sentence, ...]:
    """Return sentences that follow one another in a content of `length` characters."""
    lines, rows, *labels = stored
    for page, label in labels[0] if labels else ():
        if _count(page) < 1 or not 0 < len(_text(label)) <= MAX_LABEL or len(labels) > 1:
            raise ValueError("not a label of a page")
    if not all(len(line) == 5 and all(map(_is_place, line)) and line[0] > 0 for line in lines):
        raise ValueError("not a place on a page")
    reach = 0
    for start, end, kind, flags, page, *places in rows:
        if not (_count(reach) <= _count(start) < _count(end) <= length and _count(page or 1)):
            raise ValueError("not a part of the content")
        if _count(kind) >= len(KINDS) or _count(flags) > MAX_FLAGS:
            raise ValueError("unknown kind of sentence")
        if any(_count(place) >= len(lines) for place in places):
            raise ValueError("no such line")
        reach = end
    return chunk_sentences.decode(stored)


def _is_place(value: object) -> bool:
    return type(value) is int and abs(value) <= _MAX_PLACE
