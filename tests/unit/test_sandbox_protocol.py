"""Frames keep their content, and one that the encoder can't have made is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.extractor.document import ChunkDraft, Member, UnreadPage
from services.extractor.sandbox.protocol import HEADER, Frame, InvalidFrame, decode, encode
from shared.text.chunk_sentences import LineBox, Sentence

SENTENCES = (
    Sentence(0, 4, "heading", 1, (LineBox(1, 10.0, 20.0, 30.0, 40.0),)),
    Sentence(5, 9, "list_item", 2, (LineBox(2, -1.5, 20.0, 30.0, 40.0),), hidden=True),
)
DRAFT = ChunkDraft("One. Two.", "text", 4, 1, (1.0, 2.0, 3.0, 4.0), "Scope", sentences=SENTENCES)


def body(frame: Frame) -> bytes:
    return encode(frame)[HEADER.size :]


def with_sentences(change: Callable[[list[Any]], None]) -> bytes:
    """Return a frame's body with changed lines and sentences in stored form."""
    data = orjson.loads(body(Frame((DRAFT,))))
    change(data["chunks"][0][-1])
    return orjson.dumps(data)


def test_a_frame_is_read_unchanged() -> None:
    frame = Frame((DRAFT,), pages_done=2, page_count=3, unread=(UnreadPage(2, "no_text", 1),))
    assert decode(body(frame), b"") == frame


def test_members_come_with_their_bytes() -> None:
    members = (
        Member("a/plan.pdf", b"one", last=False),
        Member("a/plan.pdf", b"two"),
        Member("b.txt", refusal=("encrypted", "It is protected.")),
    )
    data = encode(Frame(members=members))
    json_size, _ = HEADER.unpack(data[: HEADER.size])
    end = HEADER.size + json_size
    assert decode(data[HEADER.size : end], data[end:]).members == members


@pytest.mark.parametrize(
    "member",
    [
        ["a"],
        ["a", 4, True, None],
        ["a", -1, True, None],
        ["a\0", 3, True, None],
        ["a" * 2_000, 3, True, None],
        [7, 3, True, None],
        ["a", 3, True, ["encrypted"]],
        ["a", 3, True, [1, 2]],
    ],
)
def test_members_are_checked(member: object) -> None:
    data = orjson.loads(body(Frame())) | {"members": [member]}
    with pytest.raises(InvalidFrame):
        decode(orjson.dumps(data), b"one")


@pytest.mark.parametrize(
    "page", [[], [0, "no_text", 0], [1, "tired", 0], [1, "no_text", -1], ["1", "no_text", 0]]
)
def test_unread_pages_are_checked(page: object) -> None:
    data = orjson.loads(body(Frame())) | {"unread": [page]}
    with pytest.raises(InvalidFrame):
        decode(orjson.dumps(data), b"")


def changed(part: int, row: int, at: int, value: object) -> Callable[[list[Any]], None]:
    def change(stored: list[Any]) -> None:
        stored[part][row][at] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(changed(0, 0, 0, 0), id="page of a line is zero"),
        pytest.param(changed(0, 0, 1, 1.5), id="side is no integer"),
        pytest.param(changed(0, 0, 1, 2**40), id="side is far away"),
        pytest.param(lambda stored: stored[0][0].append(1), id="line has a fifth side"),
        pytest.param(changed(1, 0, 0, -1), id="start before the content"),
        pytest.param(changed(1, 1, 1, 10), id="end behind the content"),
        pytest.param(changed(1, 1, 0, 3), id="sentences overlap"),
        pytest.param(changed(1, 0, 1, 0), id="sentence without text"),
        pytest.param(changed(1, 0, 2, 99), id="unknown kind"),
        pytest.param(changed(1, 0, 2, -1), id="kind below zero"),
        pytest.param(changed(1, 0, 3, 4), id="unknown flag"),
        pytest.param(changed(1, 0, 4, "one"), id="page is a text"),
        pytest.param(changed(1, 0, 4, -1), id="page below zero"),
        pytest.param(changed(1, 0, 5, 2), id="line that is not there"),
        pytest.param(changed(1, 0, 5, -1), id="line below zero"),
        pytest.param(lambda stored: stored.extend([[[1, "i"]], []]), id="a fourth list"),
        pytest.param(lambda stored: stored.append([[0, "i"]]), id="label of no page"),
        pytest.param(lambda stored: stored.append([[1, "i" * 33]]), id="label is long"),
        pytest.param(lambda stored: stored.append([[1, 2]]), id="label is a number"),
        pytest.param(lambda stored: stored[1].append("x"), id="sentence is a text"),
    ],
)
def test_a_frame_with_impossible_sentences_is_refused(change: Callable[[list[Any]], None]) -> None:
    with pytest.raises(InvalidFrame):
        decode(with_sentences(change), b"")


PICTURE = ChunkDraft("Figure.", "image", 2, 1, image=b"\xff\xd8\xff and so on", image_ext="jpeg")
# Where the fields of a chunk stand in its list.
CONTENT, KIND, TOKENS, PAGE, BOX, SECTION, SIZE, TYPE = range(8)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (CONTENT, 7),
        (CONTENT, "zero \0 character"),
        (KIND, "program"),
        (TOKENS, -1),
        (TOKENS, True),
        (TOKENS, 1.0),
        (TOKENS, 2**31),
        (PAGE, 2**40),
        (BOX, [1, 2, 3]),
        (BOX, [1, 2, 3, "four"]),
        (SECTION, None),
        (SIZE, 99),
        (SIZE, 0),
        (TYPE, "svg"),
        (TYPE, "png"),
        (TYPE, ""),
    ],
)
def test_a_frame_with_an_impossible_chunk_is_refused(at: int, value: object) -> None:
    data = orjson.loads(body(Frame((PICTURE,))).removesuffix(PICTURE.image or b""))
    assert decode(orjson.dumps(data), PICTURE.image or b"").chunks == (PICTURE,)
    data["chunks"][0][at] = value
    with pytest.raises(InvalidFrame):
        decode(orjson.dumps(data), PICTURE.image or b"")


@pytest.mark.parametrize("filler", [b"[],", b"1,"], ids=["lists", "numbers"])
def test_a_frame_that_would_fill_the_memory_is_refused_before_it_is_parsed(filler: bytes) -> None:
    many = b'{"chunks":[' + filler * 8_000_000 + b"[]]}"
    with pytest.raises(InvalidFrame, match="too many values"):
        decode(many, b"")


def test_the_sentence_of_an_error_is_short_and_printable() -> None:
    frame = decode(body(Frame(error=("corrupt", "a\x1b[2Jb\n" + "c" * 9_000))), b"")
    assert frame.error is not None
    assert frame.error[1].startswith("a[2Jbccc")
    assert len(frame.error[1]) <= 500
