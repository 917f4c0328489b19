"""The name a user gave a file: for display only, never part of a path. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 255
UNNAMED = "unnamed"
_LONGEST_SUFFIX = 16
# Marks that reorder what is shown: `exe.pdf` could be read where `fdp.exe` is written.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_HIDDEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_file_name(given: str) -> str:
    """The last part of `given`, one printable line of at most `LONGEST` characters."""
    last = re.split(r"[/\\]", given)[-1]
    shown = "".join(one for one in last if unicodedata.category(one) not in _HIDDEN)
    composed = unicodedata.normalize("NFC", _REORDERING.sub("", shown))
    name = " ".join(composed.split())
    if not name.strip("."):
        return UNNAMED
    return _shorten(name)


def suffix(name: str) -> str:
    """`.pdf` of `Report.PDF`; empty without one."""
    stem, dot, last = name.rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def title_of(name: str) -> str:
    """A title for a file that came without one: its name without the ending."""
    ending = suffix(name)
    return name[: len(name) - len(ending)] if ending else name


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    ending = name[len(title_of(name)) :]
    if len(ending) > _LONGEST_SUFFIX:
        ending = ""
    return name[: LONGEST - len(ending)] + ending
