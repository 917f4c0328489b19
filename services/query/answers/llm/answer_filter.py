"""What a reader may see of a model's text: marks become numbers of citations, Markdown is harmless.

No I/O. A citation is numbered when its first mark is seen, in the order of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.query.answers.citations import Citation, Quote, cited
from services.query.answers.llm.markdown import MarkdownFilter
from services.query.answers.llm.markers import CITED, INVENTED, MAX_MARKS, MarkFilter

# What the model is told to write if the sources do not answer.
ABSTAINS = "NOT_IN_SOURCES"
_THINKING, _THOUGHT = "<think>", "</think>"
_MARK = re.compile("[\ue000-\uefff]")
_INVENTED = re.compile("[\uf000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that may be shown, and the citations whose numbers it has for the first time."""

    text: str
    citations: list[Citation] = field(default_factory=list)


class AnswerFilter:
    """Takes the pieces of a model; `sources` are the sentences that it may cite, by id."""

    def __init__(self, sources: Mapping[str, Quote]) -> None:
        self._sources = sources
        self._numbers: dict[str, int] = {}
        self._marks = MarkFilter(self._number_of)
        self._markdown = MarkdownFilter()
        self._opening: str | None = ""
        self._thinking = False
        self._shown: set[int] = set()
        self.abstains = False
        self.citations: list[Citation] = []

    @property
    def invented(self) -> int:
        """Return how many marks named no sentence."""
        return len(self._marks.invented)

    def cited(self) -> list[tuple[Citation, Quote]]:
        """Return the citations, each with the quote that it was made from."""
        return [
            (self.citations[number - 1], self._sources[sentence])
            for sentence, number in self._numbers.items()
        ]

    def feed(self, text: str, *, last: bool = False) -> Piece:
        """Return what may be shown now; with `last` all that is left."""
        begun = self._after_opening(text, last)
        safe = self._markdown.feed(self._marks.feed(begun, last=last), last=last)
        new = [
            self.citations[number - 1]
            for number in dict.fromkeys(ord(mark) - CITED for mark in _MARK.findall(safe))
            if number not in self._shown
        ]
        self._shown.update(each.index for each in new)
        return Piece(self._expanded(safe), new)

    def _after_opening(self, text: str, last: bool) -> str:
        """Return the text without a reasoning before it, and none if the model abstains."""
        if self.abstains:
            return ""
        if self._opening is None:
            return text
        self._opening = (self._opening + text).lstrip()
        if self._thinking or self._opening.startswith(_THINKING):
            self._thinking = True
            _, ended, after = self._opening.partition(_THOUGHT)
            if not ended:
                self._opening = "" if last else self._opening[-len(_THOUGHT) :]
                return ""
            self._thinking = False
            self._opening = after.lstrip()
        if self._opening.lstrip("`*_\"'").startswith(ABSTAINS):
            self.abstains = True
            return ""
        bare = self._opening.lstrip("`*_\"'")
        waits = any(word.startswith(bare) for word in (ABSTAINS, _THINKING))
        if waits and not last:
            return ""
        opening, self._opening = self._opening, None
        return opening

    def _number_of(self, sentence: str) -> int | None:
        if sentence in self._numbers:
            return self._numbers[sentence]
        quote = self._sources.get(sentence)
        if quote is None or len(self.citations) >= MAX_MARKS - 1:
            return None
        made = cited([quote], first=len(self.citations) + 1)
        if not made:
            return None
        self.citations += made
        self._numbers[sentence] = made[0].index
        return made[0].index

    def _expanded(self, safe: str) -> str:
        text = _MARK.sub(lambda mark: f"[{ord(mark[0]) - CITED}]", safe)
        return _INVENTED.sub(lambda mark: self._marks.invented[ord(mark[0]) - INVENTED], text)
