"""Reads e-mails that Outlook saved. Source: [MS-OXMSG], [MS-OXPROPS]."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type

from services.extractor.document import Block, Member, Page, ReaderLimits, ReadOptions
from services.extractor.readers import html, text
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import decoded
from services.extractor.readers.eml import attachment_field
from services.extractor.readers.members import TOO_DEEP, Left, path_of
from services.extractor.readers.ole import OleFile
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source

_SUBJECT, _BODY, _HTML = "0037", "1000", "1013"
_SENDER, _SENDER_ADDRESS = "0C1A", "5D01"
_PEOPLE = (("To", "0E04"), ("Cc", "0E03"))
_SENT = (0x0039, 0x0E06)  # when it was sent, or else delivered
_TIME = 0x0040  # the type of a time
_NAME, _SHORT_NAME, _KIND, _CONTENT_ID, _CONTENT = "3707", "3704", "370E", "3712", "3701"
_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}/")
_INNER = "__substg1.0_3701000D/"  # an e-mail attached to an e-mail
_MAX_DEPTH = 10
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LAST_TICK = 2_650_467_744_000_000_000  # of 100 ns, at the end of the year 9999


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; Corrupt: the file is damaged."""
    yield from slices(_Mail(_opened(source), options).blocks())


def members(source: Source, limits: ReaderLimits) -> Iterator[Member]:
    """Yield the attachments that are no e-mails; raises what `read` does."""
    left = Left.of(limits)
    for name, data in _Mail(_opened(source)).attachments():
        if data is None:
            yield Member(path_of(name), refusal=("bomb", TOO_DEEP))
        else:
            yield from left.pieces(path_of(name), data)


def _opened(source: Source) -> OleFile:
    with source.open("rb") as file:
        return OleFile(file.read())


class _Mail:
    """Reads one e-mail of a file, by the path of its storage."""

    def __init__(self, file: OleFile, options: ReadOptions | None = None, folder: str = "") -> None:
        self._file = file
        self._options = options or ReadOptions("msg", "")
        self._folder = folder

    def blocks(self, depth: int = 1) -> Iterator[Block]:
        """Yield the blocks of the e-mail and of those attached to it."""
        if subject := self._line(_SUBJECT):
            yield Block("heading", subject, None, level=min(depth, 6))
        sender, address = self._line(_SENDER), self._line(_SENDER_ADDRESS)
        if sender or address:
            shown = f"{sender} <{address}>" if sender and address else sender or address
            yield Block("field", f"From: {shown}", None)
        for name, identity in _PEOPLE:
            if value := self._line(identity):
                yield Block("field", f"{name}: {value}", None)
        if sent := self._sent(depth):
            yield Block("field", f"Date: {sent}", None)
        yield from self._body()
        for folder in self._attachments():
            yield from self._attachment(folder, depth)

    def _body(self) -> Iterator[Block]:
        page = self._file.read(f"{self._folder}__substg1.0_{_HTML}0102")
        if page:
            yield from html.blocks_of([decoded(page)], self._options)
            return
        for paragraph in text.paragraphs([self._text(_BODY).replace("\r\n", "\n")]):
            yield Block("paragraph", paragraph, None)

    def _attachments(self) -> list[str]:
        inside = (name[len(self._folder) :] for name in self._file.names() if self._is_ours(name))
        found = (_ATTACHMENT.match(name) for name in inside)
        return sorted({self._folder + one[0] for one in found if one})

    def attachments(self, depth: int = 1) -> Iterator[tuple[str, bytes | None]]:
        """Yield names and bytes of what is attached, also to attached e-mails.

        An e-mail is named only if it is attached to too many others, and has no bytes.
        """
        for folder in self._attachments():
            inner = self._inner(folder)
            if inner and depth < _MAX_DEPTH:
                yield from _Mail(self._file, self._options, inner).attachments(depth + 1)
            elif (one := self._file_in(folder)) is not None:
                name, _, content = one
                yield name, None if inner else content

    def _inner(self, folder: str) -> str:
        """Return the storage of the e-mail that an attachment is; "" if it is none."""
        inner = f"{folder}{_INNER}"
        return inner if any(name.startswith(inner) for name in self._file.names()) else ""

    def _file_in(self, folder: str) -> tuple[str, str, bytes] | None:
        """Return name, type and bytes of an attachment; None for a picture within the text."""
        attached = _Mail(self._file, self._options, folder)
        name = attached._line(_NAME) or attached._line(_SHORT_NAME)
        kind = attached._line(_KIND) or guess_type(name)[0] or ""
        # Documents that stand within the text have an id, too.
        if attached._line(_CONTENT_ID) and kind.startswith("image/"):
            return None
        content = self._file.read(f"{folder}__substg1.0_{_CONTENT}0102")
        return name, kind or "unknown type", content

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self._folder)

    def _attachment(self, folder: str, depth: int) -> Iterator[Block]:
        inner = self._inner(folder)
        if inner and depth < _MAX_DEPTH:
            yield from _Mail(self._file, self._options, inner).blocks(depth + 1)
        elif (one := self._file_in(folder)) is not None:
            name, kind, content = one
            yield attachment_field(name, kind, len(content))

    def _line(self, identity: str) -> str:
        return " ".join(clean(self._text(identity)).split())

    def _text(self, identity: str) -> str:
        name = f"{self._folder}__substg1.0_{identity}"
        if wide := self._file.read(f"{name}001F"):
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return decoded(self._file.read(f"{name}001E").rstrip(b"\0"))

    def _sent(self, depth: int) -> str:
        """Return when the e-mail was sent, in UTC."""
        data = self._file.read(f"{self._folder}__properties_version1.0")
        times: dict[int, int] = {}
        for at in range(32 if depth == 1 else 24, len(data) - 15, 16):
            kind, identity, _, value = struct.unpack_from("<HHIQ", data, at)
            if kind == _TIME and identity in _SENT and 0 < value < _LAST_TICK:
                times[identity] = value
        for identity in _SENT:
            if identity in times:
                sent = _EPOCH + timedelta(microseconds=times[identity] // 10)
                return sent.strftime("%Y-%m-%d %H:%M UTC")
        return ""
