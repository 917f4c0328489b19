"""What is printed and says nothing: leaders of dots, signature lines, the bars and rules of tables.

To an encoder every such mark is a token: it costs as much as a word, and makes a table of contents
look like every other one. Marks become spaces, so that what is left stays where it was.
"""

from __future__ import annotations

import re

# Changes when `strip_leaders` does: vectors made before can't be compared with those made after.
VERSION = "1"

# One mark stands for as many as a long word has letters: what one token stands for stays bounded.
_LEADER = re.compile(r"([._\-=*~·•…─━═])(?: ?\1){3,62}")
# A word that is nothing but bars, dashes and colons, with a bar in it.
_BARS = re.compile(r"(?<!\S)(?=[^|\s]*\|)[|:+\-]++(?!\S)")


def strip_leaders(text: str) -> str:
    """The text as an encoder should read it: as long, every letter at the same offset."""
    bare = _BARS.sub(lambda found: " " * len(found[0]), text)
    return _LEADER.sub(lambda found: found[1] + " " * (len(found[0]) - 1), bare)
