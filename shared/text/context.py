"""Puts the context of a chunk before its content: the text that encoders and indexes read.

A chunk rarely names its subject again. Title and section do, and a question usually contains them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Raise it when `with_context` changes: vectors made before and after can't be compared.
VERSION = "1"

SECTION_SEPARATOR = " > "
# Tokens of the whole context and of the title, estimated: a context should not outweigh its chunk.
MAX_TOKENS = 48
MAX_TITLE_TOKENS = 24
# Letters of one token of a Latin word: English pieces have 4 or more. Other letters, digits and
# signs count one each, which is the most that they can cost.
_LETTERS_PER_TOKEN = 4

_ENDING = re.compile(r"\.(?:pdf|docx|markdown|md|txt|text)$", re.IGNORECASE)
# Ids that programs make: UUIDs, hashes, and numbers as long as a time stamp.
_MACHINE_ID = re.compile(
    r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{12,128}|\d{8,20})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_PART_OF_WORD = re.compile(r"[A-Za-zÀ-ɏ]+|\S")


def with_context(content: str, *, title: str, file_name: str = "", section: str = "") -> str:
    """Return `content` below a line of title and section path; the file's name replaces no title.

    >>> with_context("It is yellow.", title="Labels", section="4 Storage > Expired samples")
    'Labels. 4 Storage. Expired samples\\nIt is yellow.'
    """
    line = context_line(content, title=title, file_name=file_name, section=section)
    return f"{line}\n{content}" if line else content


def context_line(content: str, *, title: str, file_name: str = "", section: str = "") -> str:
    """Return the context alone, "" if the content begins with all of it.

    A heading whose words all stand in the title or in another heading is left out. If not all fit,
    the innermost headings are kept.
    """
    said = _opening(content)
    name = _limited(readable_name(title) or readable_name(file_name), MAX_TITLE_TOKENS)
    name = "" if said.startswith(_folded(name)) else name
    room = MAX_TOKENS - tokens_of(name)
    known = set(_words(name))
    kept: list[str] = []
    for heading in reversed(section.split(SECTION_SEPARATOR) if section else []):
        fitting = _limited(heading, room)
        words = set(_words(fitting))
        if words <= known or said.startswith(_folded(heading)):
            continue
        kept.append(fitting)
        known |= words
        room -= tokens_of(fitting)
    return ". ".join(filter(None, [name, *reversed(kept)]))


def readable_name(name: str) -> str:
    """Return a title or file name as words, without ending, hashes and time stamps.

    >>> readable_name("SOP-017_deviation_reports_20240118093055.pdf")
    'SOP-017 deviation reports'
    """
    spaced = _ENDING.sub("", name).replace("_", " ")
    words = _MACHINE_ID.sub(" ", spaced).split()
    return " ".join(words) if any(word for word in words if _WORD.search(word)) else ""


def tokens_of(text: str) -> int:
    """Return about how many tokens `text` has, rather too many than too few."""
    return sum(-(-len(part) // _LETTERS_PER_TOKEN) for part in _PART_OF_WORD.findall(text))


def _limited(text: str, limit: int) -> str:
    """Return the first words of `text` that have at most `limit` tokens."""
    words: list[str] = []
    left = limit
    for word in _pieces(text):
        left -= tokens_of(word)
        if left < 0:
            break
        words.append(word)
    return "".join(words).strip()


def _pieces(text: str) -> Iterator[str]:
    """Yield words with the space behind them; of text without spaces single characters."""
    for found in re.finditer(r"\S+\s*", text):
        if tokens_of(found[0]) <= MAX_TITLE_TOKENS:
            yield found[0]
        else:
            yield from found[0]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _opening(content: str) -> str:
    """Return the beginning of the content, longer than any heading, in comparable form."""
    return _folded(content[:600])
