"""Counts the pages of a DOCX by the breaks in it."""

from __future__ import annotations


class Pages:
    """Counts pages by the breaks in a document.

    Word also records its own break right after one that the author set; both count as one.
    """

    def __init__(self) -> None:
        self.number = 1
        self.of_text: int | None = None
        """Page of the first text since this was last set to None."""
        self._fresh = True

    def author_break(self) -> None:
        """Count a page break that the author set."""
        self.number += 1
        self._fresh = True

    def rendered_break(self) -> None:
        """Count a recorded page break, unless the page is still empty."""
        if not self._fresh:
            self.author_break()

    def mark_text(self) -> None:
        """Note that the current page has text."""
        self._fresh = False
        self.of_text = self.of_text or self.number
