"""Reads the statements of a passage: gives each unit its meaning from above. No I/O.

The document's title, the path of headings, the lead-in of a list, the question of an FAQ, the
header of a table and the sentences before in the same paragraph belong to a statement when it is
compared, chosen and checked. Headings, questions, captions and page furniture are never statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from services.query.answers import tables
from services.query.answers.outline import Outline
from services.query.answers.statement import Statement, continues, plain
from services.query.answers.units import Unit, is_rule, units
from services.query.retrieval.passages import Passage, unplaced_sentences

# Letters of a row that can be read as one; a longer one is a page set as a table.
_LONGEST_ROW = 800
# Units before a statement in its section that may name its key; a chunk rarely has more.
_EARLIER = 24
_HISTORY = re.compile(
    r"\b(?:revision|version|change|document|amendment) history\b|\bchange ?log\b"
    r"|\b(?:version|revision|rev\.?|issue)\b.{0,200}\b(?:changes?|amendments?)\b",
    re.IGNORECASE,
)
_ANSWER_MARK = re.compile(
    r"[*_\s]{0,4}(?:a|answer|antwort|respuesta|réponse|risposta)\s?\d{0,3}\s?[*_]{0,2}[:)][*_]{0,2}\s{1,4}",
    re.IGNORECASE,
)
_DEFINITION_MARK = re.compile(r"[:~][ \t]{1,8}")
_QUESTION_MARK = re.compile(
    r"[*_#\s]{0,6}(?:q|question|frage|pregunta|domanda|vraag|f)\s?\d{0,3}\s?[*_]{0,2}[:.)][*_]{0,2}\s{1,4}",
    re.IGNORECASE,
)


def statements(passage: Passage, about: str = "") -> list[Statement]:
    """Return all statements of a passage, in reading order; `about` is what its document names."""
    return list(_Reader(passage, about).read())


class _Reader:
    def __init__(self, passage: Passage, about: str) -> None:
        self._passage = passage
        self._about = about
        sentences = passage.sentences or unplaced_sentences(passage)
        self._units = units(passage.content, [each for each in sentences if each.is_quotable])
        self._outline = Outline(passage.section, passage.title, self._units)
        self._group = 0
        self._place = 0
        self._lead: Unit | None = None
        self._parents: list[Unit] = []
        self._question: Unit | None = None
        self._caption = ""
        self._before: list[str] = []
        self._earlier: list[str] = []
        self._last: Unit | None = None

    def read(self) -> Iterator[Statement]:
        at = 0
        while at < len(self._units):
            unit = self._units[at]
            if unit.kind == "row":
                end = at
                while end < len(self._units) and self._units[end].kind == "row":
                    end += 1
                yield from self._table(self._units[at:end])
                at = end
            else:
                yield from self._one(unit)
                at += 1
            self._last = unit
            if unit.kind == "heading":
                self._earlier = []
            elif unit.kind != "row":
                self._earlier = [unit.text, *self._earlier[: _EARLIER - 1]]

    def _one(self, unit: Unit) -> Iterator[Statement]:
        match unit.kind:
            case "furniture":
                return
            case "heading":
                self._outline.enter(unit)
                self._question = self._lead = None
                self._before, self._caption = [], ""
                if plain(unit.text).endswith("?"):
                    self._question = unit
            case "question":
                self._question, self._lead = unit, None
                self._before = []
            case "caption":
                titled = self._last is not None and self._last.kind == "caption"
                self._caption = f"{self._caption} {unit.text}" if titled else unit.text
            case "lead_in":
                self._new_group(unit)
                yield self._made(unit, "lead_in", lead="")
                self._lead, self._parents = unit, []
            case "parent":
                yield self._item(unit)
                self._parents = [each for each in self._parents if each.indent < unit.indent] + [
                    unit
                ]
            case "item":
                yield self._item(unit)
            case _:
                yield self._sentence(unit)

    def _item(self, unit: Unit) -> Statement:
        if self._last is None or self._last.kind not in ("item", "parent", "lead_in"):
            if self._last is not None and self._last.kind == "row":
                self._lead = None
            self._group += 1
            self._parents = []
        parents = [each for each in self._parents if each is not unit and _is_above(each, unit)]
        lead = " ".join(plain(each.text) for each in [self._lead, *parents] if each is not None)
        self._before = []
        made = self._made(unit, "item", lead=lead)
        # Further sentences of a numbered paragraph go on with its first one.
        self._before.append(unit.text)
        return made

    def _sentence(self, unit: Unit) -> Statement:
        if unit.kind == "pair":
            if self._last is None or self._last.kind not in ("pair", "lead_in"):
                self._group += 1
                self._lead = None
            self._before = []
            made = self._made(unit, "pair", lead=plain(self._lead.text) if self._lead else "")
            self._before.append(unit.text)
            return made
        self._new_group(unit)
        made = self._made(unit, "prose", lead=self._running_lead(unit))
        self._before.append(unit.text)
        return made

    def _running_lead(self, unit: Unit) -> str:
        """Return the lead-in directly before a sentence; a later paragraph has none."""
        if self._lead is None or self._last is not self._lead:
            self._lead = None
            return ""
        return plain(self._lead.text)

    def _new_group(self, unit: Unit) -> None:
        if self._last is None or self._last.block != unit.block or self._last.kind != unit.kind:
            self._group += 1
        if self._last is None or (self._last.block != unit.block and not continues(unit.text)):
            self._before = []

    def _made(self, unit: Unit, kind: str, *, lead: str) -> Statement:
        mark = _ANSWER_MARK.match(unit.text) or _DEFINITION_MARK.match(unit.text)
        start = unit.start + (mark.end() if mark else 0)
        content = self._passage.content
        self._place += 1
        question = plain(_QUESTION_MARK.sub("", self._question.text, 1)) if self._question else ""
        headings = self._outline.path
        key = unit.key or question or (headings[-1] if headings else "")
        lead_span = (self._lead.start, self._lead.end) if self._lead and kind == "item" else None
        return Statement(
            self._passage,
            start,
            unit.end,
            kind,
            " ".join(content[start : unit.end].split()),
            key=key,
            lead=lead,
            question=question,
            headings=headings,
            before=tuple(self._before),
            earlier=tuple(self._earlier),
            group=self._group,
            place=self._place,
            about=self._about,
            lead_span=lead_span,
        )

    def _table(self, lines: Sequence[Unit]) -> Iterator[Statement]:
        self._group += 1
        rows = [unit for unit in lines if not is_rule(unit.text)]
        read = [tables.cells(unit.text) for unit in rows]
        if not read:
            return
        headed = next((at for at, unit in enumerate(rows) if not unit.marked), 0)
        if headed < 2:  # One row is judged again, by what may answer.
            headed = int(tables.is_header(read) and len(read) > 1)
        header = tables.names(read[:headed])
        caption = self._caption or self._caption_above()
        history = _HISTORY.search(
            f"{caption} {' '.join(self._outline.path[-1:])} {' '.join(header)}"
        )
        for unit, row in list(zip(rows, read, strict=True))[headed:]:
            if not any(row) or len(unit.text) > _LONGEST_ROW:
                continue
            form = tables.is_form(row)
            parts = tables.pairs(unit.text) if form else [tables.Part(0, len(unit.text), row)]
            for part in parts:
                self._place += 1
                yield Statement(
                    self._passage,
                    unit.start + part.start,
                    unit.start + part.end,
                    "row",
                    unit.text[part.start : part.end],
                    key=next((cell for cell in part.cells if cell), ""),
                    lead=plain(self._lead.text) if self._lead else "",
                    question=plain(self._question.text) if self._question else "",
                    headings=self._outline.path,
                    earlier=tuple(self._earlier),
                    header=() if form else header,
                    cells=tuple(part.cells),
                    table=caption,
                    group=self._group,
                    place=self._place,
                    historical=history is not None,
                    about=self._about,
                )
        self._lead = None
        self._before = []

    def _caption_above(self) -> str:
        """Return the line directly above a table, unless it is a sentence of a paragraph."""
        last = self._last
        return last.text if last is not None and last.kind in ("caption", "lead_in") else ""


def _is_above(parent: Unit, unit: Unit) -> bool:
    """Return whether an item stands under another one: further in, or with another mark."""
    return (
        parent.indent < unit.indent or _depth(parent) < _depth(unit) or _mark(parent) != _mark(unit)
    )


def _mark(unit: Unit) -> str:
    """Return the bullet of an item, and one for all numbers and letters."""
    mark = unit.text.lstrip()[:1]
    return "1" if mark.isalnum() or mark == "(" else mark


def _depth(unit: Unit) -> int:
    """Return how deep the mark of an item stands in the usual order: numbers, letters, bullets."""
    mark = unit.text.lstrip("( \t")[:1]
    return 0 if mark.isdigit() else 1 if mark.isalpha() else 2
