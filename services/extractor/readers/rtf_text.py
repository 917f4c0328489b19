"""Decodes the text of an RTF file: bytes in the code page of their font, and Unicode numbers."""

from __future__ import annotations

import codecs

from services.extractor.readers.rtf_tokens import Token

SIGNS = {
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "tab": " ", "emspace": " ", "enspace": " ", "~": "\u00a0", "_": "-",
    "-": "\u00ad",
}  # fmt: skip
_DEFAULT = "cp1252"
# Code pages by the number of a font's character set.
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_HIGH, _LOW, _END = 0xD800, 0xDC00, 0xE000
_UTF8_PAGE = 65001


class TextBytes:
    """Collects text between two controls."""

    def __init__(self) -> None:
        self._page = _DEFAULT
        self._fonts: dict[int, str] = {}
        self._font = -1
        self._first_font = -1
        self._bytes = bytearray()
        self._parts: list[str] = []
        self._skip = 0
        self._high = 0

    def add(self, token: Token) -> None:
        """Append a text or a byte, unless it stands for a Unicode character before it."""
        data = token.text or bytes([token.letter])
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._bytes += data[skipped:]

    def add_unicode(self, number: int, skip: int) -> None:
        """Append a character by its number, which is negative above 32,767."""
        self._decode()
        code = number + 0x10000 if number < 0 else number
        if _HIGH <= code < _LOW:
            self._high = code
        elif _LOW <= code < _END:
            if self._high:
                self._parts.append(chr(0x10000 + ((self._high - _HIGH) << 10) + code - _LOW))
            self._high = 0
        elif 0 < code < 0x110000:
            self._parts.append(chr(code))
        self._skip = skip

    def select_font(self, number: int, *, define: bool = False) -> None:
        """Decode the text that follows with the code page of a font."""
        if define or number != self._font:
            self._decode()
            self._font = number

    def define(self, word: str, number: int) -> None:
        """Note the code page of the file, or the character set of the font that is defined."""
        if word == "fcharset" and number in _CHARSETS:
            self._fonts[self._font] = _CHARSETS[number]
        elif word == "deff":
            self._first_font = number
        elif word == "ansicpg":
            page = "utf-8" if number == _UTF8_PAGE else f"cp{number}"
            try:
                self._page = codecs.lookup(page).name
            except LookupError:
                self._page = _DEFAULT

    def take(self) -> str:
        """Return the text so far and begin another one."""
        self._decode()
        text, self._parts = "".join(self._parts), []
        return text

    def _decode(self) -> None:
        if self._bytes:
            font = self._font if self._font >= 0 else self._first_font
            page = self._fonts.get(font, self._page)
            self._parts.append(self._bytes.decode(page, "replace"))
            self._bytes.clear()
