"""Reads Rich Text Format: headings by their styles, lists, tables, notes, in any code page.

Source: Rich Text Format specification 1.9.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.rtf_blocks import RtfBlocks
from services.extractor.readers.rtf_state import DESTINATIONS, SHOWN_WITHIN, RtfState
from services.extractor.readers.rtf_text import SIGNS, TextBytes
from services.extractor.readers.rtf_tokens import Token, tokens
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source
from shared.domain.errors import Corrupt

_MAX_DEPTH = 10_000  # groups within groups
_STRUCK = ("strike", "striked", "deleted")


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1; Corrupt: the file does not begin as such a file does."""
    with source.open("rb") as file:
        data = file.read()
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        raise Corrupt()
    yield from slices(_Reader(options).blocks(data))


class _Reader:
    """Follows the groups and controls of one file."""

    def __init__(self, options: ReadOptions) -> None:
        self._built = RtfBlocks(options)
        self._text = TextBytes()
        self._state = RtfState()
        self._outer: list[RtfState] = []
        self._is_optional = False  # the next control may name a group that is unknown here

    def blocks(self, data: bytes) -> Iterator[Block]:
        """Yield the blocks of the file."""
        for token in tokens(data):
            if token.text or token.letter >= 0:
                self._text.add(token)
                continue
            self._pass_on_text()
            self._follow(token)
            yield from self._built.take()
        self._pass_on_text()
        yield from self._built.end()

    def _follow(self, token: Token) -> None:
        state = self._state
        if token.word == "{":
            if len(self._outer) == _MAX_DEPTH:
                raise Corrupt()
            self._outer.append(state)
        elif token.word == "}":
            self._end_group()
        elif token.word == "*":
            self._is_optional = True
            return
        elif token.word == "u":
            self._text.add_unicode(token.number, state.unicode_skip)
        elif token.word in SIGNS:
            self._pass_on(SIGNS[token.word])
        elif token.word in DESTINATIONS or self._is_optional:
            self._begin_destination(token.word)
        elif not state.is_skipped:
            self._control(token)
        self._is_optional = False

    def _begin_destination(self, word: str) -> None:
        found, around = DESTINATIONS.get(word, "skip"), self._state.destination
        if (around == "skip" and word not in SHOWN_WITHIN) or (
            found == "body" and around != "skip"
        ):
            found = around
        self._state = self._state._replace(destination=found)

    def _end_group(self) -> None:
        if self._outer:
            ended, self._state = self._state, self._outer.pop()
            if ended.destination != self._state.destination:
                self._built.end_destination(ended.destination)

    def _control(self, token: Token) -> None:
        word, number = token.word, token.number
        if word == "v":
            self._state = self._state._replace(hidden=number != 0)
        elif word in _STRUCK:
            self._state = self._state._replace(struck=number != 0)
        elif word == "plain":
            self._state = self._state._replace(hidden=False, struck=False)
        elif word == "uc":
            self._state = self._state._replace(unicode_skip=min(max(number, 0), 9))
        elif word == "f":
            self._state = self._state._replace(font=number)
            self._text.select_font(number, define=self._state.destination == "fonts")
        elif word in ("fcharset", "ansicpg", "deff"):
            self._text.define(word, number)
        else:
            self._built.control(word, number, self._state.destination)

    def _pass_on_text(self) -> None:
        """Pass on the text since the last control."""
        self._text.select_font(self._state.font)
        if text := self._text.take():
            self._pass_on(text)

    def _pass_on(self, text: str) -> None:
        if not self._state.is_skipped:
            self._built.text(text, self._state)
