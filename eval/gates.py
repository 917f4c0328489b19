"""The gates of quality: what each measures, where it stood, its aim, and what a run reached.

No I/O: `eval/everything.py` measures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]
Measured = Mapping[str, Figures]

# Sets by name, in the order of measurement; `e5/` sets are measured with the multilingual encoder.
CASES, KEYS, MARKED, LAYOUTS = "cases", "own/keys", "own/marked", "own/layouts"
REAL = "own/real"
ITEMS, CRANFIELD = "items", "cranfield"
KNOWN_SCRIPTS = ("xquad/de", "xquad/es")
OTHER_SCRIPTS = ("xquad/el", "xquad/th", "xquad/tr")
OWN_SCRIPTS = ("own/chinese", "own/arabic")
E5 = "e5/"
ANSWERABLE, UNANSWERABLE = ("answerable", "right"), ("unanswerable", "refused")
NDCG = "nDCG@10"


@dataclass(frozen=True)
class Value:
    """A figure of a set, by the path to it, with what it was and what it should be at least.

    With `at_most` the aim is an upper bound instead.
    """

    set: str
    path: tuple[str, ...]
    before: str
    aim: float
    at_most: bool = False

    def reached(self, measured: Measured) -> float:
        """Return the mean of the figure; NaN if the set was not measured."""
        figure: Any = measured.get(self.set, {})
        for name in self.path:
            figure = figure.get(name, {})
        return float(figure.get("mean", math.nan))

    def is_met(self, measured: Measured) -> bool:
        reached = self.reached(measured)
        return reached <= self.aim if self.at_most else reached >= self.aim


@dataclass(frozen=True)
class Gate:
    """One row of the table."""

    title: str
    values: tuple[Value, ...]


GATES = (
    Gate(
        "cases among small documents (`QUIRE_CASES`): answerable right / unanswerable refused / "
        "padding in right answers",
        (
            Value(CASES, ANSWERABLE, "49/144", 0.95),
            Value(CASES, UNANSWERABLE, "44/53", 0.95),
            Value(CASES, ("padding in right answers",), ".51", 0.20, at_most=True),
        ),
    ),
    Gate(
        "own cases in many layouts: answerable right / unanswerable refused / padding",
        (
            Value(LAYOUTS, ANSWERABLE, ".344", 0.95),
            Value(LAYOUTS, UNANSWERABLE, ".886", 0.95),
            Value(LAYOUTS, ("padding in right answers",), ".009", 0.20, at_most=True),
        ),
    ),
    Gate(
        "exact keys, 60 questions over 200 passages of 7 kinds: hit@1 / answered right / answers "
        "with foreign values",
        (
            Value(KEYS, ("hit@1",), ".467", 0.97),
            Value(KEYS, ANSWERABLE, ".000", 0.90),
            Value(KEYS, ("answers with foreign values",), ".535", 0.0, at_most=True),
        ),
    ),
    Gate(
        "known items of 46 documents (`QUIRE_BENCH`): hit@1 / hit@10",
        (Value(ITEMS, ("hit@1",), ".476", 0.90), Value(ITEMS, ("hit@10",), ".781", 0.95)),
    ),
    Gate("XQuAD nDCG@10: en", (Value("xquad/en", (NDCG,), ".944", 0.970),)),
    Gate(
        "XQuAD nDCG@10: de / es",
        tuple(Value(name, (NDCG,), ".70", 0.93) for name in KNOWN_SCRIPTS),
    ),
    Gate(
        "XQuAD nDCG@10: el / th / tr",
        tuple(Value(name, (NDCG,), "–", 0.90) for name in OTHER_SCRIPTS),
    ),
    Gate(
        "own sets nDCG@10: Chinese / Arabic",
        (
            Value(OWN_SCRIPTS[0], (NDCG,), ".636", 0.90),
            Value(OWN_SCRIPTS[1], (NDCG,), ".486", 0.90),
        ),
    ),
    Gate(
        "XQuAD nDCG@10 with multilingual-e5-small: en / de / es / el / th / tr",
        tuple(
            Value(f"{E5}{name}", (NDCG,), "–", 0.96)
            for name in ("xquad/en", *KNOWN_SCRIPTS, *OTHER_SCRIPTS)
        ),
    ),
    Gate("Cranfield nDCG@10", (Value(CRANFIELD, (NDCG,), ".340", 0.40),)),
    Gate(
        "own 60 questions over samples and office documents: right / refused where unanswerable / "
        "needed statements",
        (
            Value(MARKED, ANSWERABLE, ".543", 0.85),
            Value(MARKED, UNANSWERABLE, ".429", 0.85),
            Value(MARKED, ("needed statements",), ".523", 0.80),
        ),
    ),
    Gate(
        "own questions over real documents (`QUIRE_CORPUS`): right / refused where unanswerable / "
        "needed statements",
        (
            Value(REAL, ANSWERABLE, ".623", 0.85),
            Value(REAL, UNANSWERABLE, ".500", 0.85),
            Value(REAL, ("needed statements",), ".569", 0.80),
        ),
    ),
)


def markdown(measured: Measured) -> str:
    """Return the table of gates; a figure that misses its aim is bold."""
    head = "| gate | before | aim | reached |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"| {' | '.join(_row(gate, measured))} |\n" for gate in GATES)


def _row(gate: Gate, measured: Measured) -> Iterator[str]:
    cells: tuple[Callable[[Value], str], ...] = (
        lambda value: value.before,
        lambda value: f"{'≤' if value.at_most else '≥'} {value.aim:.2f}",
        lambda value: _reached(value, measured),
    )
    yield gate.title
    for cell in cells:
        yield " / ".join(map(cell, gate.values))


def _reached(value: Value, measured: Measured) -> str:
    reached = value.reached(measured)
    if math.isnan(reached):
        return "–"
    return f"{reached:.3f}" if value.is_met(measured) else f"**{reached:.3f}**"
