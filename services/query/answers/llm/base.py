"""The promise of a language model: it continues messages, token by token."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
# Why a model gave no answer, or not a whole one.
Reason = Literal[
    "unreachable", "timeout", "rate_limited", "refused", "bad_response", "cut_off", "budget_spent"
]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a model read and wrote."""

    prompt_tokens: int
    completion_tokens: int


NO_USE = Usage(0, 0)


class ModelFailure(Exception):
    """The model gave no answer, or not a whole one; `reason` says why, for programs."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class ChatModel(Protocol):
    """A language model.

    `stream` yields pieces of text as they come, which may be empty, and last the usage if it is
    known. ModelFailure: it gives no answer, or stops in the middle of one.
    """

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Usage]: ...

    async def models(self) -> list[str]:
        """Return the names of the models that the endpoint offers. ModelFailure as in `stream`."""
        ...

    async def close(self) -> None: ...
