"""Loads the encoder's own tokenizer to measure chunks, so that each one fits the encoder."""

from __future__ import annotations

from functools import lru_cache

from tokenizers import Tokenizer

from services.extractor.document import Span
from shared.text.normalize import strip_leaders

_MAX_TOKEN = 64  # characters; a longer token is an unknown word, counted per character


class FileTokenizer:
    """Wraps a `tokenizer.json` file without truncation, padding or special tokens."""

    def __init__(self, path: str) -> None:
        self._tokenizer = Tokenizer.from_file(path)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def spans(self, text: str) -> list[Span]:
        """Return the (start, end) offsets of all tokens of `text`, in order.

        A token of more than 64 characters counts as one per character, the most that its parts can
        have when a cut makes the encoder tokenize them separately.
        """
        read = strip_leaders(text)
        spans: list[Span] = self._tokenizer.encode(read, add_special_tokens=False).offsets
        if max([end - start for start, end in spans], default=0) <= _MAX_TOKEN:
            return spans
        return [part for span in spans for part in _split_long(span)]


def _split_long(span: Span) -> list[Span]:
    start, end = span
    if end - start <= _MAX_TOKEN:
        return [span]
    return [(at, at + 1) for at in range(start, end)]


@lru_cache(maxsize=4)
def load_tokenizer(path: str) -> FileTokenizer:
    """Load a tokenizer file once per process; readers inherit it from the forkserver."""
    return FileTokenizer(path)
