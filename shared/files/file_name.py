"""Cleans the names of uploaded files, which are only displayed, never part of a path. No I/O."""

from __future__ import annotations

import re
import unicodedata

MAX_LETTERS = 255  # the limit of common file systems
UNNAMED = "unnamed"
_MAX_SUFFIX = 16  # characters with the dot; a longer one is not kept when a name is shortened
# Marks that reorder the display: `fdp.exe` would be displayed as `exe.pdf`.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_file_name(given: str) -> str:
    """Return the last part of a path as one printable line of at most `MAX_LETTERS` characters."""
    last = re.split(r"[/\\]", given)[-1]
    shown = "".join(one for one in last if unicodedata.category(one) not in _HIDDEN)
    composed = unicodedata.normalize("NFC", _REORDERING.sub("", shown))
    name = " ".join(composed.split())
    if not name.strip("."):
        return UNNAMED
    return _shorten(name)


def suffix(name: str) -> str:
    """Return `.pdf` for `Report.PDF`, and an empty string for a name without a suffix."""
    stem, dot, last = name.rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def title_of(name: str) -> str:
    """Return the file's name without its suffix, which is its title if none was sent."""
    ending = suffix(name)
    return name[: len(name) - len(ending)] if ending else name


def _shorten(name: str) -> str:
    if len(name) <= MAX_LETTERS:
        return name
    ending = name[len(title_of(name)) :]
    if len(ending) > _MAX_SUFFIX:
        ending = ""
    return name[: MAX_LETTERS - len(ending)] + ending
