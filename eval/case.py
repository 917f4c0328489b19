"""A question, the documents it is asked about, and what is known about its answer."""

from __future__ import annotations

from dataclasses import dataclass

from eval.judging import Known


@dataclass(frozen=True)
class Case:
    """`documents` are keys of the set; `known` is None if these documents hold no answer."""

    id: str
    kind: str
    question: str
    documents: tuple[str, ...]
    known: Known | None
