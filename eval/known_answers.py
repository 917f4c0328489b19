"""Makes cases from a retrieval set with known answers. No I/O.

A question can't be answered if only every second subject is searched ("off topic"), not its own, or
all texts but the one with its answer, if no other text of the subject has it ("on topic"). The
subject of a text is its title. Weights and threshold of the answers were fitted on the first,
third … question of XQuAD (English), so that only the others are asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from eval.case import Case
from eval.datasets import Dataset, Query
from eval.judging import Known

_HELD_OUT = slice(1, None, 2)


def cases_of(dataset: Dataset) -> list[Case]:
    """Return the cases of the held-out questions whose answers are known."""
    held_out = [query for query in dataset.queries[_HELD_OUT] if query.answers]
    kinds = _Kinds(dataset)
    return [case for query in held_out for case in kinds.of(query)]


class _Kinds:
    def __init__(self, dataset: Dataset) -> None:
        self._texts = dataset.texts
        subjects = list(dict.fromkeys(text.title for text in dataset.texts.values()))
        places = {title: place % 2 for place, title in enumerate(subjects)}
        self._parity = {key: places[text.title] for key, text in dataset.texts.items()}
        self._all = tuple(dataset.texts)
        self._halves = [
            tuple(key for key in self._all if self._parity[key] == half) for half in (0, 1)
        ]

    def of(self, query: Query) -> Iterator[Case]:
        own = next(iter(query.relevant))
        known = Known(anywhere=query.answers)
        yield Case(f"{query.id}-answerable", "answerable", query.text, self._all, known)
        if others := self._halves[1 - self._parity[own]]:
            yield Case(f"{query.id}-off-topic", "off topic", query.text, others, None)
        rest = tuple(key for key in self._all if key not in query.relevant)
        if rest and not self._is_answered_elsewhere(query, own):
            yield Case(f"{query.id}-on-topic", "on topic", query.text, rest, None)

    def _is_answered_elsewhere(self, query: Query, own: str) -> bool:
        subject = self._texts[own].title
        others = (
            text.content.lower()
            for key, text in self._texts.items()
            if key not in query.relevant and text.title == subject
        )
        return any(answer.lower() in text for text in others for answer in query.answers)
