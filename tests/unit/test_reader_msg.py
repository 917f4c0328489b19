"""The content of e-mails that Outlook saved."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import msg
from shared.domain.errors import Corrupt
from tests.support.ole_files import write_ole
from tests.support.readers import LIMITS, options


def read(folder: Path, streams: Mapping[str, bytes]) -> list[Block]:
    path = write_ole(folder / "f.msg", streams)
    pages = msg.read(path, options("msg"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(folder: Path, streams: Mapping[str, bytes]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(folder, streams)]


def wide(identity: str, text: str, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}__substg1.0_{identity}001F": text.encode("utf-16-le")}


_SINCE_1601 = datetime(2026, 3, 2, 9, 30) - datetime(1601, 1, 1)
SENT = struct.pack("<HHIQ", 0x40, 0x0039, 6, int(_SINCE_1601.total_seconds()) * 10_000_000)
HEAD = {
    "__properties_version1.0": bytes(32) + SENT,
    **wide("0037", "Größe"),
    **wide("0C1A", "Ada"),
    **wide("5D01", "ada@example.org"),
    **wide("0E04", "Bob"),
}
FIELDS = [
    ("heading", "Größe"),
    ("field", "From: Ada <ada@example.org>"),
    ("field", "To: Bob"),
    ("field", "Date: 2026-03-02 09:30 UTC"),
]


def test_subject_people_date_and_text_are_read(tmp_path: Path) -> None:
    found = said(tmp_path, HEAD | wide("1000", "One.\r\n\r\nTwo\r\nlines."))
    assert found == [*FIELDS, ("paragraph", "One."), ("paragraph", "Two\nlines.")]


def test_the_web_page_of_an_e_mail_is_read_instead_of_its_plain_text(tmp_path: Path) -> None:
    page = b"<meta charset=utf-8><p>Rich " + b"x" * 5_000 + b"<ul><li>one"
    found = said(tmp_path, HEAD | wide("1000", "plain") | {"__substg1.0_10130102": page})
    assert found[4:] == [("paragraph", "Rich " + "x" * 5_000), ("list", "• one")]


def test_texts_of_old_programs_are_read(tmp_path: Path) -> None:
    found = said(tmp_path, {"__substg1.0_0037001E": "Größe".encode("cp1252") + b"\0"})
    assert found == [("heading", "Größe")]


def test_attachments_are_named_and_e_mails_among_them_are_read(tmp_path: Path) -> None:
    first, second, third, fourth = (f"__attach_version1.0_#0000000{at}/" for at in range(4))
    inner = f"{second}__substg1.0_3701000D/"
    streams = {
        **HEAD,
        **wide("3707", "Plan.pdf", first),
        **wide("370E", "application/pdf", first),
        f"{first}__substg1.0_37010102": b"x" * 5_000,
        f"{inner}__properties_version1.0": bytes(24) + SENT,
        **wide("0037", "Older", inner),
        **wide("1000", "Before.", inner),
        **wide("3707", "logo.png", third),
        **wide("3712", "cid1", third),
        **wide("3707", "Offer.pdf", fourth),
        **wide("3712", "cid2", fourth),
        f"{fourth}__substg1.0_37010102": b"x" * 5_000,
    }
    assert said(tmp_path, streams)[4:] == [
        ("field", "Attachment: Plan.pdf (application/pdf, 5 KiB)"),
        ("heading", "Older"),
        ("field", "Date: 2026-03-02 09:30 UTC"),
        ("paragraph", "Before."),
        ("field", "Attachment: Offer.pdf (application/pdf, 5 KiB)"),
    ]


@pytest.mark.parametrize("place", [30, 44, 48, 56, 60, 76, 80])
@pytest.mark.parametrize("value", [0, 1, 2, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_damaged_file_is_read_in_part_or_refused(tmp_path: Path, place: int, value: int) -> None:
    path = write_ole(tmp_path / "f.msg", HEAD)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, place, value)
    path.write_bytes(data)
    with contextlib.suppress(Corrupt):  # any other error would be one of the parser
        list(msg.read(path, options("msg"), LIMITS))


@pytest.mark.parametrize("size", [8, 75, 300, 511])
def test_a_file_that_is_cut_off_in_its_header_is_refused(tmp_path: Path, size: int) -> None:
    path = write_ole(tmp_path / "f.msg", HEAD)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(Corrupt):
        list(msg.read(path, options("msg"), LIMITS))
