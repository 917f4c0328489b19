"""The conversation that a question belongs to. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.query.answers.llm.prompt import Turn


@dataclass(frozen=True)
class Conversation:
    """A conversation, the number of the turn that a question is, and the turns before it.

    One that a client keeps itself has neither id nor number.
    """

    conversation_id: str | None
    turn: int | None
    history: Sequence[Turn] = ()
