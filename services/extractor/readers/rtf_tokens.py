"""Splits an RTF file into controls, braces and text. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9A-Fa-f]{2})|\\(.)"
    rb"|([{}])|([^\\{}\r\n\0]+)|[\r\n\0]",
    re.DOTALL,
)
_MAX_BINARY = 2**31


class Token(NamedTuple):
    """A control word or sign with its number (1 if it has none), a text, or a byte of one."""

    word: str = ""
    number: int = 1
    text: bytes = b""
    letter: int = -1


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens of a file; binary data within it is passed over."""
    at = 0
    while found := _TOKEN.match(data, at):
        at = found.end()
        word, number, letter, sign, brace, text = found.groups()
        if text:
            yield Token(text=text)
        elif word:
            value = int(number) if number else 1
            if word == b"bin":
                at += min(max(value, 0), _MAX_BINARY) if number else 0
            else:
                yield Token(word.decode(), value)
        elif letter:
            yield Token(letter=int(letter, 16))
        elif sign and sign in b"{}\\":
            yield Token(text=sign)
        elif sign:
            yield Token("par" if sign in b"\r\n" else sign.decode("latin-1"))
        elif brace:
            yield Token(brace.decode())
