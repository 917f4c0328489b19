"""Which documents are about what a question names. No I/O.

A report names its company on nearly every page, but neither in its title nor on each page.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.query import wording
from services.query.answers.keys import Name
from services.query.retrieval.passages import Passage

# A document is about what at least this share of its found passages names, and two of them.
_MOST, _LEAST_PASSAGES = 0.5, 2


def names_of_documents(names: Sequence[Name], passages: Sequence[Passage]) -> dict[str, str]:
    """Return the names that most passages of a document have, by the document's id."""
    if not names:
        return {passage.document_id: "" for passage in passages}
    found: dict[str, list[frozenset[str]]] = {}
    for passage in passages:
        words = wording.words(f"{passage.section} {passage.content}").present
        found.setdefault(passage.document_id, []).append(words)
    return {
        document_id: " ; ".join(name.shown for name in names if _is_named(name, texts))
        for document_id, texts in found.items()
    }


def _is_named(name: Name, texts: Sequence[frozenset[str]]) -> bool:
    count = sum(set(name.stems) <= text for text in texts)
    return count >= max(_LEAST_PASSAGES, _MOST * len(texts))
