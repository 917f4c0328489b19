"""A question, the documents it is asked about, and what is known about its answer."""

from __future__ import annotations

from dataclasses import dataclass

from eval.judging import Known


@dataclass(frozen=True)
class Case:
    """`documents` are keys of the set; `known` is None if these documents hold no answer.

    `source` is the document with the answer, if one is named. `needed` are parts of the statements
    that a right answer is made of.
    """

    id: str
    kind: str
    question: str
    documents: tuple[str, ...]
    known: Known | None
    source: str = ""
    needed: tuple[str, ...] = ()
