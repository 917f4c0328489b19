"""Reads documents of other formats inside of a DOCX, which Word imports when it opens the file."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage

from services.extractor.document import Block, ReadOptions
from services.extractor.readers import html
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import decoded

_HEAD_BYTES = 2_048
_ZIP = b"PK\x03\x04"
_MIME = re.compile(rb"(?:^|\n)(?:MIME-Version|Content-Type):", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype|html|head|body|div|p|table|h[1-6]|ul|ol|span|b|br)\b", re.IGNORECASE
)
_UNREAD = ("{\\rtf", "<?xml")  # no reader for them; their tags are no text
_BLANK_LINES = re.compile(r"\n[ \t]{0,99}\n\s{0,99}")
_MAX_PARTS = 200  # of a web archive


def is_word(data: bytes) -> bool:
    """Return whether the bytes are an archive, which a DOCX is."""
    return data.startswith(_ZIP)


def blocks_of(data: bytes, options: ReadOptions) -> Iterator[Block]:
    """Yield the blocks of a web page, web archive or plain text; none of another format."""
    text = _page_of(data) if _MIME.search(data[:_HEAD_BYTES]) else decoded(data)
    head = text[:_HEAD_BYTES].lstrip()
    if _HTML.search(head):
        yield from html.blocks_of([text], options)
    elif not head.startswith(_UNREAD):
        for paragraph in _BLANK_LINES.split(text):
            if kept := clean(paragraph).strip():
                yield Block("paragraph", kept, None)


def _page_of(data: bytes) -> str:
    """Return the first web page or text of a web archive; "" without one."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        for number, part in enumerate(message.walk()):
            if number >= _MAX_PARTS:
                break
            if isinstance(part, EmailMessage) and part.get_content_maintype() == "text":
                return str(part.get_content())
    except (LookupError, RecursionError, TypeError, ValueError):
        return ""  # malformed headers
    return ""
