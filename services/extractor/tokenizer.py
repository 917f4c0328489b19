"""The encoder's own tokenizer, used only to measure: a chunk is as long as the encoder says."""

from __future__ import annotations

from functools import lru_cache

from tokenizers import Tokenizer

from services.extractor.document import Span
from shared.text.normalize import strip_leaders

_LONGEST_TOKEN = 64


class FileTokenizer:
    """A tokenizer from a `tokenizer.json`, without truncation, padding or special tokens."""

    def __init__(self, path: str) -> None:
        self._tokenizer = Tokenizer.from_file(path)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def spans(self, text: str) -> list[Span]:
        """A word too long for the vocabulary comes back as one token per character.

        Its parts, once cut, would be tokenized anew and could come to as many.
        """
        read = strip_leaders(text)
        spans: list[Span] = self._tokenizer.encode(read, add_special_tokens=False).offsets
        if all(end - start <= _LONGEST_TOKEN for start, end in spans):
            return spans
        return [part for span in spans for part in _split_long(span)]


def _split_long(span: Span) -> list[Span]:
    start, end = span
    if end - start <= _LONGEST_TOKEN:
        return [span]
    return [(at, at + 1) for at in range(start, end)]


@lru_cache(maxsize=4)
def load_tokenizer(path: str) -> FileTokenizer:
    """Load once per process: the warm process loads it, its readers inherit it."""
    return FileTokenizer(path)
