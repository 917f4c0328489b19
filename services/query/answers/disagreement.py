"""Finds statements of other documents that give another value for the same thing. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.query import wording
from services.query.answers.keys import Keys
from services.query.answers.selection import Candidate
from services.query.answers.statement import Statement
from services.query.retrieval.passages import Passage

DISAGREE = "The documents disagree"
NEWEST_FIRST = "; the newest comes first"
# Documents that are shown to disagree.
MAX_SHOWN = 3
# Two statements say the same of the same thing if they cover the question equally, to this much.
_EQUALLY = 0.02
_VERSION = re.compile(
    r"(?:version|revision|rev|edition|issue|v)?[.\s_-]{0,3}(\d{1,3}(?:\.\d{1,3}){0,2})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def disagreeing(best: Candidate, ranked: Sequence[Candidate], keys: Keys) -> list[Candidate]:
    """Return `best` and what contradicts it, newest first; `best` alone if nothing does.

    A question with a key has told which document it means.
    """
    if keys.names or any(term.is_key for term in keys.terms):
        return [best]
    found = {best.statement.passage.document_id: best}
    for each in ranked:
        if _contradicts(each, best):
            found.setdefault(each.statement.passage.document_id, each)
    if len(found) == 1:
        return [best]
    return sorted(found.values(), key=lambda each: age(each.statement), reverse=True)[:MAX_SHOWN]


def preface(shown: Sequence[Statement]) -> str:
    """Return the sentence that says that documents disagree, with their dates in their order.

    A document without a date or version in its opening is called by its title. Without either in
    any of them it can't be said which is the newest.
    """
    names = [_called(each.passage) for each in shown]
    order = NEWEST_FIRST if any(age(each) != ("", ()) for each in shown) else ""
    listed = f": {', then '.join(names)}" if all(names) and len({*names}) == len(names) else ""
    return f"{DISAGREE}{order}{listed}."


def _called(passage: Passage) -> str:
    _, *dated = passage.opening.split("; ")
    return ", ".join(dated) or passage.title or passage.source


def age(statement: Statement) -> tuple[str, tuple[int, ...]]:
    """Return the date or year of a document and its version, as far as its names tell them."""
    passage = statement.passage
    named = f"{passage.opening} ; {statement.title}"
    dated = [*wording.dates(named), *_YEAR.findall(named)]
    version = _VERSION.search(passage.opening) or _VERSION.search(statement.title)
    numbers = tuple(int(part) for part in version[1].split(".")) if version else ()
    return max(dated, default=""), numbers


def _contradicts(each: Candidate, best: Candidate) -> bool:
    """Return whether a statement differs from the best one in its numbers alone."""
    one, other = each.statement, best.statement
    if one.kind != other.kind or one.headings[1:] != other.headings[1:]:
        return False
    if abs(each.features.coverage - best.features.coverage) > _EQUALLY:
        return False
    first, second = wording.words(one.text), wording.words(other.text)
    return first.codes != second.codes and _without_digits(first) == _without_digits(second)


def _without_digits(words: wording.Words) -> tuple[str, ...]:
    return tuple(stem for stem in words.stems if not stem[:1].isdigit())
