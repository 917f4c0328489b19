"""Words an answer: quotes, lists with their lead-in, rows below their header. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from services.query.answers.citations import Quote
from services.query.answers.statement import Statement
from services.query.retrieval.passages import Passage


@dataclass(frozen=True)
class Part:
    """Statements of one passage that are quoted as one: a sentence, a list, rows of a table."""

    statements: Sequence[Statement]
    score: float

    @property
    def passage(self) -> Passage:
        return self.statements[0].passage

    @cached_property
    def quote(self) -> Quote:
        """Return the literal text from the first statement to the last."""
        start = min(each.start for each in self.statements)
        end = max(each.end for each in self.statements)
        return Quote(self.passage, start, end, self.score)

    def covers(self, other: Part) -> bool:
        """Return whether the quote of another part is within this one's."""
        one, two = self.quote, other.quote
        return (
            self.passage is other.passage
            and other is not self
            and (one.start, one.end) != (two.start, two.end)
            and one.start <= two.start
            and two.end <= one.end
        )

    @property
    def text(self) -> str:
        """Return the text that is shown: in one line, or in lines for a list or a table."""
        if all(each.kind == "row" for each in self.statements):
            return table(self.statements)
        if len(self.statements) == 1:
            return self.statements[0].text
        if all(each.kind == "prose" for each in self.statements):
            return " ".join(self.quote.text.split())
        return "\n".join(line.strip() for line in self.quote.text.splitlines() if line.strip())


def table(rows: Sequence[Statement]) -> str:
    """Return rows as Markdown, below the header of their table if it has one."""
    lines = [each.text for each in rows]
    if rows[0].header:
        header = "| " + " | ".join(cell.replace("|", "\\|") for cell in rows[0].header) + " |"
        lines = [header, "|" + "---|" * len(rows[0].header), *lines]
    return "\n".join(lines)


def pieces(texts: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Return each text with the number of its citation, and the space or line before it."""
    made: list[str] = []
    for text, number in zip(texts, numbers, strict=True):
        gap = "" if not made else "\n\n" if "\n" in text or "\n" in made[-1] else " "
        made.append(f"{gap}{text} [{number}]")
    return made


def refusal(text: str, unmet: Sequence[str]) -> str:
    """Return the sentence of an abstention, with the keys that were not found."""
    if not unmet:
        return text
    return f"{text} Not found: {', '.join(unmet)}."
