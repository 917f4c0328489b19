"""Tells when the process can open hardly any more files, and when it can again.

The event loop refuses new connections without a word once no file can be opened.
"""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Callable

log = logging.getLogger(__name__)

# Of the files that the process may open. One request takes a few: the rest is the last minute.
_FULL_SHARE = 0.95
# Recovered only well below, so that the log does not change at every request.
_RECOVERED_SHARE = 0.85
_FOLDER = "/proc/self/fd"


def _count() -> int:
    return len(os.listdir(_FOLDER))


def _limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class OpenFiles:
    """Logs once when nearly all files are open, and once when there is room again."""

    def __init__(
        self, count: Callable[[], int] = _count, limit: Callable[[], int] = _limit
    ) -> None:
        self._count, self._limit = count, limit
        self._full = False

    def check(self) -> bool:
        """Return whether nearly all files are open."""
        limit = self._limit()
        try:
            opened = self._count()
        except FileNotFoundError:
            return False  # a system without /proc, where nothing can be told
        except OSError:
            opened = limit  # not even the folder can be opened
        full = opened >= limit * (_RECOVERED_SHARE if self._full else _FULL_SHARE)
        if full != self._full:
            self._full = full
            extra = {"open": opened, "limit": limit}
            if full:
                log.error("nearly all files are open: new connections will be refused", extra=extra)
            else:
                log.warning("there are files to open again", extra=extra)
        return full
