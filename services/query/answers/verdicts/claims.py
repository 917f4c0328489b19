"""Splits an answer into its claims, each with the citations that stand in or behind it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.query.answers.citations import Citation, Claim
from services.query.answers.verdicts.verdict import Evidence, plain, verdict
from services.query.answers.verdicts.words import is_bare_answer
from shared.text.sentences import split_content

_MARK = re.compile(r"\[(\d{1,4})\]")
_RULE = re.compile(r"[\s|:-]+")


def claims_of(response: str, citations: Sequence[Citation], contexts: Sequence[str]) -> list[Claim]:
    """Return the claims of a response; `contexts` says what each citation's quote stands under.

    Headings are no claims, nor is a line without citation that introduces a list. Yes and no belong
    to the sentence that follows.
    """
    marks = [found for found in _MARK.finditer(response) if int(found[1]) <= len(citations)]
    masked = response
    for mark in marks:
        # Spaces, so that a mark behind a full stop does not begin a sentence.
        masked = masked[: mark.start()] + " " * len(mark[0]) + masked[mark.end() :]
    spans = _spans(masked)
    made: list[Claim] = []
    for at, (start, end) in enumerate(spans):
        until = spans[at + 1][0] if at + 1 < len(spans) else len(response)
        since = start if at else 0
        numbers = [int(mark[1]) for mark in marks if since <= mark.start() < until]
        text = response[start:end]
        if not numbers and text.rstrip(" *_").endswith((":", "：")):
            continue
        numbers = list(dict.fromkeys(numbers))
        evidence = Evidence(
            [citations[number - 1].quote for number in numbers],
            "\n".join(contexts[number - 1] for number in numbers),
        )
        made.append(Claim(text, start, end, numbers, verdict(text, evidence)))
    return made


def _spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    joins = False
    for start, end, kind in split_content(text):
        part = text[start:end]
        if kind == "heading" or part.lstrip().startswith("#") or _RULE.fullmatch(part):
            joins = False
            continue
        if joins and "\n\n" not in text[spans[-1][1] : start]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        joins = is_bare_answer(plain(text[spans[-1][0] : end]))
    return spans
