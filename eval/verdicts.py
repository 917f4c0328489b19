"""`python -m eval verdicts`: what the check of claims finds, without any model.

Each line of `eval/own/claims` has a sentence, a true claim in other words and its negation. Of each
true claim, every number, date, unit and name is changed in turn; each result is false. A claim
about another sentence is false too. The threshold of coverage was chosen on `dev`; `test` was
written with it and not used to choose anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.query.answers.verdicts.quantities import dates_in
from services.query.answers.verdicts.verdict import Evidence, verdict

FOLDER = Path(__file__).parent / "own" / "claims"
SETS = ("dev", "test")
KINDS = ("number", "date", "unit", "name", "negation", "other sentence")
_NAME = re.compile(r"\{([^{}]+)\}")
_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:[.,]\d+)*(?![\w-])")
_OTHER_NAMES = {
    "UF-1": "UF-2", "B12": "B13", "CF-3": "CF-8", "HX-900": "HX-700", "April": "May",
    "October": "November", "Fridays": "Mondays", "Hall": "Room", "PostgreSQL": "MongoDB",
    "SQLite": "Redis",
}  # fmt: skip
_STRANGERS = ("Thomas Weber", "Oslo", "Maria Costa", "Toronto", "Northern Council")
_UNITS = {
    "minutes": "hours", "minute": "hour", "hours": "days", "days": "weeks", "months": "years",
    "years": "months", "%": "‰", "percent": "permille", "$": "€", "euros": "dollars", "kg": "g",
    "ml": "l", "bar": "mbar", "kW": "W", "V": "kV", "°C": "°F", "mg": "g", "rpm": "Hz",
    "metres": "feet", "seconds": "minutes", "million": "billion", "billion": "million",
    "Monate": "Jahre", "Stunden": "Tage", "Euro": "Dollar", "heures": "jours", "meses": "años",
    "minutos": "horas", "litros": "metros",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A sentence, and what is true and false of it; names of the true claim are in braces."""

    language: str
    source: str
    claim: str
    negated: str

    @property
    def true(self) -> str:
        return _NAME.sub(r"\1", self.claim)


def items(name: str) -> list[Item]:
    """Return the items of a set."""
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [Item(*line.split("\t")) for line in lines]


def mutations(item: Item) -> Iterator[tuple[str, str]]:
    """Yield (kind, false claim) of a true one."""
    true = item.true
    dates = list(dates_in(true))
    for start, end in dates:
        yield "date", true[:start] + _other_date(true[start:end]) + true[end:]
    for found in _NUMBER.finditer(true):
        if not any(start < found.end() and found.start() < end for start, end in dates):
            yield "number", true[: found.start()] + _other_number(found[0]) + true[found.end() :]
    for unit, other in _UNITS.items():
        for found in re.finditer(_unit_pattern(unit), true):
            yield "unit", true[: found.start()] + other + true[found.end() :]
    for at, found in enumerate(_NAME.finditer(item.claim)):
        other = _OTHER_NAMES.get(found[1], _STRANGERS[(at + len(true)) % len(_STRANGERS)])
        changed = item.claim[: found.start()] + other + item.claim[found.end() :]
        yield "name", _NAME.sub(r"\1", changed)
    yield "negation", item.negated


def measure(console: Console, sets: Sequence[str] = SETS) -> dict[str, Any]:
    """Return for each set the share of false claims found, by kind, and of true ones supported."""
    figures = {name: _measured(items(name)) for name in sets}
    table = Table("set", "true supported", *KINDS)
    for name, figure in figures.items():
        shares = [_share(figure["found"].get(kind)) for kind in KINDS]
        table.add_row(name, _share(figure["supported"]), *shares)
    console.print(table)
    return figures


def _measured(chosen: Sequence[Item]) -> dict[str, Any]:
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: list[tuple[str, str]] = []
    unsupported = [
        item.true for item in chosen if verdict(item.true, Evidence([item.source])) == "unsupported"
    ]
    for at, item in enumerate(chosen):
        false = [*mutations(item), *_of_others(chosen, at)]
        for kind, claim in false:
            made[kind] += 1
            if verdict(claim, Evidence([item.source])) == "unsupported":
                found[kind] += 1
            else:
                missed.append((kind, claim))
    return {
        "supported": (len(chosen) - len(unsupported), len(chosen)),
        "found": {kind: (found[kind], made[kind]) for kind in KINDS if made[kind]},
        "missed": missed,
        "unsupported": unsupported,
    }


def _of_others(chosen: Sequence[Item], at: int) -> Iterator[tuple[str, str]]:
    for other in (*chosen[:at], *chosen[at + 1 :]):
        if other.source != chosen[at].source:
            yield "other sentence", other.true


def _unit_pattern(unit: str) -> str:
    if unit == "$":
        return r"\$(?=\d)"
    return rf"(?<=\d){re.escape(unit)}(?!\w)|(?<=\d ){re.escape(unit)}(?!\w)"


def _other_number(number: str) -> str:
    """Return a number that differs in its first digit."""
    at = next(at for at, letter in enumerate(number) if letter.isdigit())
    return number[:at] + str(int(number[at]) % 9 + 1) + number[at + 1 :]


def _other_date(date: str) -> str:
    """Return a date with another day, or another year if it names no day."""

    def later(day: re.Match[str]) -> str:
        return str(int(day[0]) % 27 + 1).zfill(len(day[0]))

    changed, count = re.subn(r"(?<!\d)\d{1,2}(?!\d)(?!.*-\d\d$)", later, date, count=1)
    return changed if count else re.sub(r"\d{4}", lambda year: str(int(year[0]) - 1), date)


def _share(counts: tuple[int, int] | None) -> str:
    return f"{counts[0]} of {counts[1]} ({counts[0] / counts[1]:.3f})" if counts else "–"
