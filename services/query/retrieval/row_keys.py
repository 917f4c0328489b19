"""The keys of a table's rows, as words to compare with a question. No I/O."""

from __future__ import annotations

import re

from services.query.retrieval.plain_text import plain

# The first cell of a row that is not blank. A rule has no letters.
_KEY = re.compile(r"^\|(?:[ ]{0,4}\|){0,6}[ ]{0,4}([^|\n]{1,120})\|", re.MULTILINE)
# Words of a key; a longer first cell is a text.
_MOST_WORDS = 8


def row_keys(content: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each key of a content's rows; none if it has no table.

    >>> row_keys("| Item | 2024 |\\n|-|-|\\n| Total assets | 12 |\\n|  | Other | 3 |")
    (('item',), ('total', 'assets'), ('other',))
    """
    if "|" not in content:
        return ()
    # A cell that ends in a colon stands above rows.
    cells = (cell.strip() for cell in _KEY.findall(content))
    keys = dict.fromkeys(tuple(plain(cell).split()) for cell in cells if cell[-1:] != ":")
    return tuple(key for key in keys if 0 < len(key) <= _MOST_WORDS)
