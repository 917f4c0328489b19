"""What is compared with every question of a chunk's content, made once and kept. No I/O."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from services.query.retrieval.plain_text import plain
from services.query.retrieval.row_keys import row_keys

# Contents that are kept, of about 1 kB each.
_KEPT = 5_000


class Prepared(NamedTuple):
    """A content as plain text, with the words of each key of its rows."""

    plain: str
    keys: tuple[tuple[str, ...], ...]


class PreparedContents:
    """Keeps the contents that were looked at last, by their hash.

    Any thread may call it.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._held: OrderedDict[str, Prepared] = OrderedDict()
        self._changing = threading.Lock()

    def of(self, text_hash: str, content: str) -> Prepared:
        """Return what is compared of a chunk's content."""
        with self._changing:
            known = self._held.get(text_hash)
            if known is not None:
                self._held.move_to_end(text_hash)
                return known
        made = Prepared(plain(content), row_keys(content))
        with self._changing:
            self._held[text_hash] = made
            if len(self._held) > self._kept:
                self._held.popitem(last=False)
        return made
