"""The keyword index, in a folder or in memory."""

from __future__ import annotations

from pathlib import Path

from shared.keywords.base import KeywordIndex


def open_keywords(folder: Path | None) -> KeywordIndex:
    """Open the index in a folder, which is created if missing, or in memory.

        index = open_keywords(Path("data/keywords"))
        found = index.search("Who approves SOP-017?", types=["text"], k=10)

    An index that is broken, or that another version made, is replaced by an empty one, whose
    position is None. SettingsError: another process has the folder open, or it can't be written.
    """
    # Imported here, because a process without questions needs no tantivy.
    from shared.keywords import tantivy_index

    return tantivy_index.open_index(folder)
