"""Judges an answer by what is known about it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["right", "refused", "wrong", "answered"]

_CITATION = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True)
class Known:
    """Phrases of the right answer.

    One of `first` is in the first sentence, one of `anywhere` in the answer, each of `every` too,
    and none of `absent`. An empty tuple asks for nothing.
    """

    first: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """Return the phrases of which a statement of the answer has at least one."""
        return (*self.first, *self.anywhere, *self.every)

    def __str__(self) -> str:
        parts = [" or ".join(self.first or self.anywhere), " and ".join(self.every)]
        without = f"not {' or '.join(self.absent)}" if self.absent else ""
        return "; ".join(filter(None, [*parts, without]))


def judge(known: Known | None, reply: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a reply; `known` is None if the documents hold no answer.

    An answer without a citation is never right.
    """
    if not reply["answered"]:
        return "refused"
    if known is None:
        return "answered"
    return "right" if reply["citations"] and is_right(known, reply["response"]) else "wrong"


def statements(response: str) -> list[str]:
    """Return the statements of an answer: its parts that end in citations.

    >>> statements("It is open. [1][2] It is\\n warm. [3]")
    ['It is open.', 'It is\\n warm.']
    """
    return [part.strip() for part in _CITATION.split(response) if part.strip()]


def foreign(known: Known, response: str) -> int:
    """Return how many phrases an answer has that it should not have."""
    text = _CITATION.sub("", response)
    return sum(mentions(text, each) for each in known.absent)


def is_right(known: Known, response: str) -> bool:
    """Return whether the text of an answer holds what is known."""
    first, *_ = _CITATION.split(response)
    text = _CITATION.sub("", response)
    return (
        (not known.first or any(mentions(first, each) for each in known.first))
        and (not known.anywhere or any(mentions(text, each) for each in known.anywhere))
        and all(mentions(text, each) for each in known.every)
        and not any(mentions(text, each) for each in known.absent)
    )


def mentions(text: str, phrase: str) -> bool:
    """Return whether a text has a phrase: whole words and numbers, in any case and spacing.

    >>> mentions("It takes 20  minutes.", "20 Minutes"), mentions("In 1.353 s.", "353")
    (True, False)
    """
    words = [re.escape(word) for word in phrase.rstrip(".").split()]
    # Letters of scripts that write words without spaces have no such boundary.
    before = r"(?<![0-9A-Za-z])(?<!\d[.,])" if phrase[:1].isascii() and phrase[:1].isalnum() else ""
    end = phrase.rstrip(".")[-1:]
    after = r"(?![0-9A-Za-z])(?![.,]\d)" if end.isascii() and end.isalnum() else ""
    return re.search(before + r"\s+".join(words) + after, text, re.IGNORECASE) is not None
