"""Reads e-mails and web archives (MHTML): subject, people, date, text, and what is attached.

Of several versions of one text the last is read, which is the richest (RFC 2046, 5.1.4). Attached
texts and e-mails are read with it; other attachments become documents of their own.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, Message

from services.extractor.document import Block, Member, Page, ReaderLimits, ReadOptions
from services.extractor.readers import html, text
from services.extractor.readers.clean import clean
from services.extractor.readers.members import TOO_DEEP, Left, path_of
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source
from shared.domain.errors import Bomb, Corrupt, Encrypted

_HEADERS = ("From", "To", "Cc", "Date")
_MAX_PARTS = 1_000
_MAX_DEPTH = 10  # e-mails attached to e-mails
_MAX_HEADER = 2_000  # characters that are read of one
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
# Attached texts that are read with the e-mail.
_READ_ALONG = ("text/plain", "text/html")
# Parts of a web page that are neither texts nor pictures.
_OF_PAGES = tuple(
    f"application/{kind}"
    for kind in (
        "javascript", "x-javascript", "ecmascript", "json", "manifest+json", "font-woff",
        "x-font-woff", "x-font-ttf", "font-sfnt", "vnd.ms-fontobject", "x-shockwave-flash",
    )
)  # fmt: skip
_KIB, _MIB = 1024, 1024 * 1024


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; Encrypted: the text is, Corrupt: parts are nested without end."""
    yield from slices(_Reader(options).message(_parsed(source)))


def members(source: Source, limits: ReaderLimits) -> Iterator[Member]:
    """Yield the attachments that are not read with the e-mail; raises what `read` does."""
    left = Left.of(limits)
    for name, part in _Reader().attachments(_parsed(source)):
        if _attached_mails(part) is not None:
            yield Member(path_of(name), refusal=("bomb", TOO_DEEP))
            continue
        data = part.get_payload(decode=True)
        yield from left.pieces(path_of(name), data if isinstance(data, bytes) else b"")


def _parsed(source: Source) -> Message:
    with source.open("rb") as file:
        try:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        except (RecursionError, ValueError, email.errors.MessageError) as broken:
            raise Corrupt() from broken
    if message.get_content_type() in _ENCRYPTED:
        raise Encrypted()
    return message


class _Reader:
    """Reads one e-mail and those attached to it."""

    def __init__(self, options: ReadOptions | None = None) -> None:
        self._options = options or ReadOptions("eml", "")
        self._parts = 0

    def message(self, message: Message, depth: int = 1) -> Iterator[Block]:
        """Yield the blocks of an e-mail."""
        subject = _header(message, "Subject")
        if subject:
            yield Block("heading", subject, None, level=min(depth, 6))
        for name in _HEADERS:
            if value := _header(message, name):
                yield Block("field", f"{name}: {value}", None)
        attached: list[Message] = []
        for part in self._shown(message, attached):
            yield from self._body(part)
        for part in attached:
            yield from self._attachment(part, depth)

    def attachments(self, message: Message, depth: int = 1) -> Iterator[tuple[str, Message]]:
        """Yield the attachments that are not read with the e-mail, also those of attached ones.

        An e-mail is one only if it is attached to too many others.
        """
        attached: list[Message] = []
        for _ in self._shown(message, attached):
            pass
        for part in attached:
            if (inner := _attached_mails(part)) is not None and depth < _MAX_DEPTH:
                for one in inner:
                    yield from self.attachments(one, depth + 1)
            elif part.get_content_type() not in _READ_ALONG:
                yield _name_of(part), part

    def _shown(self, part: Message, attached: list[Message]) -> Iterator[Message]:
        """Yield the parts that a mail program shows as text; add the others to `attached`."""
        waiting = [part]
        while waiting:
            part = waiting.pop()
            self._parts += 1
            if self._parts > _MAX_PARTS:
                raise Bomb("The e-mail has more parts than e-mails have. Upload what is in it.")
            kind = part.get_content_type()
            inside = part.get_payload() if part.is_multipart() else []
            children = [one for one in inside if isinstance(one, Message)]
            if kind == "multipart/alternative" and children:
                waiting.append(_best(children))
            elif kind == "multipart/related" and children:
                waiting.append(children[0])
                attached += [one for one in children[1:] if _is_named(one)]
            elif kind.startswith("multipart/"):
                waiting += reversed(children)
            elif kind.startswith("text/") and part.get_content_disposition() != "attachment":
                yield part
            else:
                attached.append(part)

    def _body(self, part: Message) -> Iterator[Block]:
        content = _text(part)
        if part.get_content_type() == "text/html":
            yield from html.blocks_of([content], self._options)
        elif part.get_content_type() not in ("text/css", "text/calendar"):
            for paragraph in text.paragraphs([content]):
                yield Block("paragraph", paragraph, None)

    def _attachment(self, part: Message, depth: int) -> Iterator[Block]:
        inner = _attached_mails(part)
        if inner is not None and depth < _MAX_DEPTH:
            for message in inner:
                yield from self.message(message, depth + 1)
            return
        kind, name = part.get_content_type(), _name_of(part)
        if kind in _READ_ALONG:
            yield Block("heading", f"Attachment: {name}", None, level=min(depth + 1, 6))
            yield from self._body(part)
        else:
            yield attachment_field(name, kind, len(part.get_payload(decode=True) or b""))


def attachment_field(name: str, kind: str, size: int) -> Block:
    """Return the line that tells of an attachment of its own; `size` is in bytes."""
    shown = name or "without a name"
    return Block("field", f"Attachment: {shown} ({kind}, {_size(size)})", None)


def _attached_mails(part: Message) -> list[Message] | None:
    """Return the e-mails that a part holds, or None if it is none."""
    inside = part.get_payload() if part.get_content_type() == "message/rfc822" else None
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else None


def _name_of(part: Message) -> str:
    return clean(str(part.get_filename() or "")).strip()


def _best(children: list[Message]) -> Message:
    """Return the last version that can be read."""
    known = [
        one
        for one in children
        if one.get_content_type() in ("text/plain", "text/html")
        or one.get_content_type().startswith("multipart/")
    ]
    return (known or children)[-1]


def _is_named(part: Message) -> bool:
    """Return whether a part beside a web page is more than a picture, style or script of it.

    Mail programs put documents that stand within the text there, too.
    """
    if part.get_content_disposition() == "attachment":
        return True
    kind = part.get_content_type()
    return kind.startswith("application/") and kind not in _OF_PAGES and bool(_name_of(part))


def _header(message: Message, name: str) -> str:
    try:
        value = str(message.get(name) or "")
    except (ValueError, IndexError, AttributeError, TypeError, email.errors.MessageError):
        return ""  # the library fails on some malformed headers
    return " ".join(clean(value[:_MAX_HEADER]).split())


def _text(part: Message) -> str:
    """Return the text of a part; bytes that its encoding does not have become U+FFFD."""
    if isinstance(part, EmailMessage):
        try:
            content = part.get_content(errors="replace")
            return content if isinstance(content, str) else ""
        except (LookupError, ValueError):
            pass
    data = part.get_payload(decode=True)
    return data.decode("cp1252", "replace") if isinstance(data, bytes) else ""


def _size(count: int) -> str:
    return f"{count / _MIB:.1f} MiB" if count >= _MIB else f"{max(1, round(count / _KIB))} KiB"
