"""The questions within a question: "how is it classed, and when is it due?" asks two. Pure."""

from __future__ import annotations

import re

MOST_PARTS = 4
_ASKING = r"(?:what|when|where|which|who|whom|whose|why|how)"
_PREPOSITION = r"(?:(?:at|by|for|from|in|of|on|to|under|with|within)\s+)?"
_ASKED = re.compile(
    rf"\b{_ASKING}\b\W+\w|^(?:is|are|was|were|can|may|must|should|do|does|did|has|have)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"[?;]\s+|[:,]\s+(?:and\s+)?(?={_PREPOSITION}{_ASKING}\b)|\s+and\s+(?={_PREPOSITION}{_ASKING}\b)",
    re.IGNORECASE,
)


def parts(question: str) -> list[str]:
    """The parts that can be asked alone, in order; a plain question is its own only part.

    What only leads in, as in "A sensor is broken: who is told?", is no part.
    """
    pieces = [piece.strip(" ?;,.") for piece in _BETWEEN.split(question)]
    asked = [piece for piece in pieces if _ASKED.search(piece)]
    return asked[:MOST_PARTS] if len(asked) > 1 else [question]
