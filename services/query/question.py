"""Analyses a question once, for retrieval and answers. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Each sub-question costs one search.
MAX_SUB_QUESTIONS = 4
_ASKING = r"(?:what|when|where|which|who|whom|whose|why|how)"
_PREPOSITION = r"(?:(?:at|by|for|from|in|of|on|to|under|with|within)\s+)?"
_ASKED = re.compile(
    rf"\b{_ASKING}\b\W+\w|^(?:is|are|was|were|can|may|must|should|do|does|did|has|have)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"[?;]\s++|[:,]\s++(?:and\s++)?(?={_PREPOSITION}{_ASKING}\b)"
    rf"|(?<!\s)\s++and\s++(?={_PREPOSITION}{_ASKING}\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question; each of its `sub_questions` can be asked alone, a simple one has none."""

    text: str
    sub_questions: tuple[Question, ...] = ()
    # What stands before the sub-questions, as in "A sensor is broken: who is told, and when?".
    setting: str = ""

    @classmethod
    def from_text(cls, text: str) -> Question:
        """Return the question that a text asks.

        >>> [each.text for each in Question.from_text("Who signs? When is it due?").sub_questions]
        ['Who signs', 'When is it due']
        """
        asked = sub_questions(text)
        setting = text[: text.index(asked[0])].strip(" :,;") if asked else ""
        parts = (cls(part, setting=setting) for part in asked)
        return cls(text, tuple(parts))

    @property
    def asked(self) -> tuple[Question, ...]:
        """Return the questions to answer: the sub-questions, or this question if it has none."""
        return self.sub_questions or (self,)


def sub_questions(text: str) -> list[str]:
    """Return the parts of a text that can be asked alone, in order; none if it asks one thing.

    An introduction, as in "A sensor is broken: who is told?", is not a sub-question.
    """
    pieces = [piece.strip(" ?;,.") for piece in _BETWEEN.split(text)]
    asked = [piece for piece in pieces if _ASKED.search(piece)]
    return asked[:MAX_SUB_QUESTIONS] if len(asked) > 1 else []
