"""Adds the features of the best passages to their fused scores. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.query.retrieval.features import Asked, Features, features
from services.query.retrieval.passages import Explanation, Passage
from services.query.retrieval.plain_text import PlainTexts, plain

# Passages that are scored again: the right one is rarely further back.
RESCORED = 80
# Weights beside that of the fused score (0 … 1), which is 1; chosen on every second question of
# XQuAD (six languages), Cranfield and the known items. The phrase is squared: all words in order
# are a quotation, half of them are chance.
_PHRASE, _CLOSENESS, _HEADING = 0.5, 0.1, 0.2
# Their sum, so that a score is at most 1.
_ALL = 1 + _PHRASE + _CLOSENESS + _HEADING


def rescored(
    asked: Asked, passages: Sequence[Passage], texts: PlainTexts, *, explain: bool = False
) -> Iterator[Passage]:
    """Yield the passages in their new order, the first `RESCORED` with what their features add.

    Nothing is subtracted, so the others stay behind them. With `explain` each says what was added.
    """
    best = passages[:RESCORED]
    found = features(
        asked,
        [texts.of(each.text_hash, each.content) for each in best],
        [plain(f"{each.title} {each.section}") for each in best],
    )
    scores = [each.score + added(its) for each, its in zip(best, found, strict=True)]
    for at in sorted(range(len(best)), key=lambda at: -scores[at]):
        why = _explained(best[at], found[at]) if explain else None
        yield replace(best[at], score=scores[at] / _ALL, explanation=why)
    for passage in passages[RESCORED:]:
        yield replace(passage, score=passage.score / _ALL)


def added(found: Features) -> float:
    """Return what features add to a fused score."""
    return _PHRASE * found.phrase**2 + _CLOSENESS * found.closeness + _HEADING * found.heading


def _explained(passage: Passage, found: Features) -> Explanation:
    return Explanation(
        cosine=passage.cosine,
        fused=passage.score,
        phrase=found.phrase,
        closeness=found.closeness,
        heading=found.heading,
        terms={},
    )
