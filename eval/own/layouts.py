"""Cases of one fact among many of its sort, in many layouts. No I/O."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.own.blocks import (
    Block,
    CaseBook,
    Grid,
    Heading,
    Items,
    Lines,
    Paragraph,
    Question,
    Terms,
)
from eval.own.fresh_topics import FRESH
from eval.own.topics import DEV, MORE_DEV, TEST, Topic

# Questions a layout of a topic: for facts, for items that are missing, for another property.
_PRESENT, _MISSING = 5, 2


@dataclass(frozen=True)
class Facts:
    """A topic with the value of each item, in the order of the document."""

    topic: Topic
    values: Mapping[str, str]
    chance: random.Random

    def sentence(self, item: str) -> str:
        filled = self.chance.choice(self.topic.sentences).format(item=item, value=self.values[item])
        return filled[0].upper() + filled[1:]

    def continued(self, item: str) -> str:
        return self.topic.continued.format(value=self.values[item])

    def asked(self, item: str) -> str:
        return self.topic.faq.format(item=item)

    def short(self, item: str) -> str:
        return f"{_capital(self.values[item])}."


Layout = Callable[[Facts], Iterator[Block]]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def prose(facts: Facts) -> Iterator[Block]:
    yield Paragraph(" ".join(map(facts.sentence, facts.values)))


def paragraphs(facts: Facts) -> Iterator[Block]:
    yield from (Paragraph(facts.sentence(item)) for item in facts.values)


def bullets(facts: Facts) -> Iterator[Block]:
    yield Items(tuple(map(facts.sentence, facts.values)))


def colons(facts: Facts) -> Iterator[Block]:
    yield Lines(tuple(f"{_capital(item)}: {value}" for item, value in facts.values.items()))


def colon_bullets(facts: Facts) -> Iterator[Block]:
    yield Items(tuple(f"{_capital(item)}: {value}" for item, value in facts.values.items()))


def bold_bullets(facts: Facts) -> Iterator[Block]:
    yield Items(tuple(f"**{_capital(item)}** – {value}" for item, value in facts.values.items()))


def leaders(facts: Facts) -> Iterator[Block]:
    yield Lines(
        tuple(f"{_capital(item)} {'.' * 12} {value}" for item, value in facts.values.items())
    )


def arrows(facts: Facts) -> Iterator[Block]:
    yield Items(tuple(f"{item} = {value}" for item, value in facts.values.items()), ordered=True)


def grid(facts: Facts) -> Iterator[Block]:
    yield Grid((facts.topic.columns, *facts.values.items()))


def swapped_grid(facts: Facts) -> Iterator[Block]:
    header = ("No.", facts.topic.columns[1], facts.topic.columns[0])
    rows = ((str(n), v, item) for n, (item, v) in enumerate(facts.values.items(), start=1))
    yield Grid((header, *rows))


def sections(facts: Facts) -> Iterator[Block]:
    for item in facts.values:
        yield Heading(_capital(item), 2)
        yield Paragraph(facts.continued(item))


def deep_sections(facts: Facts) -> Iterator[Block]:
    for number, item in enumerate(facts.values):
        if number % 8 == 0:
            yield Heading(f"Part {number // 8 + 1}", 2)
        yield Heading(f"{number // 8 + 1}.{number % 8 + 1} {_capital(item)}", 3)
        yield Paragraph(f"{facts.continued(item)} The line below is left blank for notes.")


def questions(facts: Facts) -> Iterator[Block]:
    yield from (Question(facts.asked(item), facts.short(item)) for item in facts.values)


def question_headings(facts: Facts) -> Iterator[Block]:
    for item in facts.values:
        yield Heading(facts.asked(item), 2)
        yield Paragraph(facts.short(item))


def terms(facts: Facts) -> Iterator[Block]:
    yield Terms(tuple((_capital(item), facts.short(item)) for item in facts.values))


_DEV_LAYOUTS: tuple[tuple[str, Layout], ...] = (
    ("md", prose),
    ("txt", paragraphs),
    ("md", bullets),
    ("txt", colons),
    ("md", colon_bullets),
    ("md", grid),
    ("docx", grid),
    ("pdf", grid),
    ("md", sections),
    ("docx", sections),
    ("md", questions),
    ("txt", questions),
    ("md", terms),
    ("pdf", colons),
)
_MORE_DEV_LAYOUTS: tuple[tuple[str, Layout], ...] = (
    ("txt", prose),
    ("docx", bullets),
    ("md", bold_bullets),
    ("txt", leaders),
    ("txt", arrows),
    ("docx", swapped_grid),
    ("md", deep_sections),
    ("md", question_headings),
    ("txt", terms),
    ("docx", terms),
)
_TEST_LAYOUTS: tuple[tuple[str, Layout], ...] = (
    ("txt", prose),
    ("md", paragraphs),
    ("docx", bullets),
    ("md", colons),
    ("docx", colon_bullets),
    ("md", bold_bullets),
    ("txt", leaders),
    ("txt", arrows),
    ("md", grid),
    ("docx", swapped_grid),
    ("pdf", swapped_grid),
    ("md", deep_sections),
    ("pdf", sections),
    ("docx", questions),
    ("md", question_headings),
    ("txt", terms),
    ("docx", terms),
)
_FRESH_LAYOUTS: tuple[tuple[str, Layout], ...] = (
    ("md", prose),
    ("docx", prose),
    ("txt", paragraphs),
    ("pdf", bullets),
    ("md", bullets),
    ("docx", colons),
    ("md", colon_bullets),
    ("docx", bold_bullets),
    ("md", leaders),
    ("md", arrows),
    ("docx", grid),
    ("pdf", grid),
    ("md", swapped_grid),
    ("md", sections),
    ("docx", deep_sections),
    ("pdf", deep_sections),
    ("md", questions),
    ("txt", questions),
    ("docx", question_headings),
    ("md", terms),
    ("pdf", colons),
)
_HALVES = {
    "dev": ((DEV, _DEV_LAYOUTS), (MORE_DEV, _MORE_DEV_LAYOUTS)),
    "test": ((TEST, _TEST_LAYOUTS),),
    "fresh": ((FRESH, _FRESH_LAYOUTS),),
}


def add(book: CaseBook, half: str, chance: random.Random) -> None:
    """Add one document and its cases for each layout and topic of a half."""
    for topics, layouts in _HALVES[half]:
        for ending, layout in layouts:
            for topic in topics:
                _add_one(book, topic, ending, layout, chance)


def _add_one(
    book: CaseBook, topic: Topic, ending: str, layout: Layout, chance: random.Random
) -> None:
    items = chance.sample(topic.items, len(topic.items))
    facts = Facts(topic, {item: chance.choice(topic.values) for item in items}, chance)
    name = f"{topic.name}-{layout.__name__.replace('_', '-')}.{ending}"
    blocks = [Heading(topic.title), Paragraph(topic.opening), *layout(facts)]
    book.draft(name, *blocks)
    sort = f"{layout.__name__.replace('_', ' ')} ({ending})"
    for item in chance.sample(items, _PRESENT):
        value = facts.values[item]
        book.ask(f"fact in {sort}", [name], _asked(topic, item, chance), value,
                 absent=_others(topic.values, value))  # fmt: skip
    for item in chance.sample(topic.missing, _MISSING):
        book.ask(f"missing in {sort}", [name], _asked(topic, item, chance))
    book.ask("other property", [name], topic.other.format(item=chance.choice(items)))


def _asked(topic: Topic, item: str, chance: random.Random) -> str:
    return chance.choice(topic.asks).format(item=item)


def _others(values: Sequence[str], value: str) -> list[str]:
    return [each for each in values if each != value]
