"""Removes typographic filler before encoding: dot leaders, signature lines, table bars and rules.

Each such mark costs an encoder one token and makes tables of contents look alike. Spaces replace
the marks, so that all offsets stay valid.
"""

from __future__ import annotations

import re

# Raise it when `strip_leaders` changes: vectors made before and after can't be compared.
VERSION = "1"

# Cap a run at 64 marks, so that one token never spans more than a long word.
_LEADER = re.compile(r"([._\-=*~·•…─━═])(?: ?\1){3,62}")
# A word of bars, dashes, plus signs and colons only, with at least one bar.
_BARS = re.compile(r"(?<!\S)(?=[^|\s]*\|)[|:+\-]++(?!\S)")


def strip_leaders(text: str) -> str:
    """Return `text` with leaders and table rules as spaces: same length, letters at their offsets.

    >>> strip_leaders("Scope ..... 12")
    'Scope .     12'
    """
    bare = _BARS.sub(lambda found: " " * len(found[0]), text)
    return _LEADER.sub(lambda found: found[1] + " " * (len(found[0]) - 1), bare)
