"""Counts the tokens of a text: by the model's own tokenizer if its file is set, else with care."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shared.domain.errors import SettingsError

CountTokens = Callable[[str], int]
# Characters of ASCII a token has at least in usual text and tables; other letters count as one.
_ASCII_PER_TOKEN = 3


def estimated_tokens(text: str) -> int:
    """Return about the most tokens that a usual tokenizer makes of a text.

    >>> estimated_tokens("Records are kept."), estimated_tokens("记录保存七年")
    (6, 6)
    """
    ascii_letters = sum(map(str.isascii, text))
    return -(-ascii_letters // _ASCII_PER_TOKEN) + len(text) - ascii_letters


def open_counter(tokenizer_file: str) -> CountTokens:
    """Return the counter of a `tokenizer.json`; without a file, the estimate.

    SettingsError: the file can't be read.
    """
    if not tokenizer_file:
        return estimated_tokens
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(Path(tokenizer_file).expanduser()))
    except Exception as error:  # the library raises no other type
        raise SettingsError(f"QUIRE_LLM_TOKENIZER_FILE can't be read: {error}") from None

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count
