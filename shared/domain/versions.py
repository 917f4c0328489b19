"""Versions of what is made of a file, by which a result of an older version is told apart."""

from __future__ import annotations

READER_VERSION = 8
"""Of readers, layout and chunking. Raise it when the same file gives other chunks: it is part of
every chunk's id, and documents that an older version read are listed as stale."""
