"""What belongs to a chosen statement: all items of its list, all pairs of its block. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from services.query import wording
from services.query.answers import definitions
from services.query.answers.keys import VERB, Keys, Term
from services.query.answers.statement import Statement, continues, plain

# Statements of one list, block of pairs or table; a longer one is cut.
MAX_ITEMS = 40
MAX_ROWS = 12
MAX_SENTENCES = 4
_PARTED = re.compile(r"\n[ \t]{0,40}\n")
_SEVERAL = re.compile(
    r"\W{0,3}(?:what|which) (?:are|were) (?:the |all )?.{0,60}?\w{3,20}s\b", re.IGNORECASE
)
_ASKS_FOR_ALL = re.compile(
    r"\b(?:what|which|who|name|list|give|show)\b.{0,40}\b(?:are|were|all|\w{3,30}s)\b|\bsteps?\b|\bprocedure\b"
    r"|\bhow (?:do|can|should|must|to)\b|\bwhat (?:do|does|should|must|can|is|happens)\b.{1,80}"
    r"|\b(?:contain|include|consist|comprise|belong|need|require|bring|prepare)\w{0,3}\b"
    r"|\bwelche\b|\bqué\b|\bcuáles\b|\bquels?\b|\bquelles?\b|\bschritte\b|\bpasos\b|\bétapes\b",
    re.IGNORECASE,
)


def whole(
    best: Statement, others: Sequence[Statement], keys: Keys, question: str
) -> list[Statement]:
    """Return the statements of the whole that answers, in reading order; else `best` alone.

    `others` are all statements of its passage. An item that has a term of the question which its
    lead-in and headings lack answers alone.
    """
    if definitions.defines(question, best.text):
        return [best]
    if best.kind in ("prose", "pair") and (_is_name(question) or _names_only(best, keys)):
        return _paragraph(best, others)
    if best.kind == "prose" and best.before and continues(best.text):
        return [*_subject(best, others), best]
    if best.kind not in ("item", "pair", "lead_in"):
        return [best]
    if best.kind == "item" and best.text.endswith((":", "：")):
        return [best, *_below(best, others)]
    if best.kind != "lead_in":
        group = [each for each in others if each.group == best.group]
        if _adds(best, group, keys) or not _ASKS_FOR_ALL.search(question):
            return [best]
    if best.kind == "lead_in":
        following = [each for each in others if each.place > best.place]
        body = _led(best, following)
        return [best, *body] if body else [best]
    same = [
        each
        for each in others
        if each.group == best.group and each.kind in ("item", "parent", "pair")
    ]
    lead = [each for each in others if each.kind == "lead_in" and _leads(each, best)]
    return [*lead[-1:], *same[:MAX_ITEMS]]


def asks_for_several(question: str) -> bool:
    """Return whether a question asks for several things of a sort.

    >>> asks_for_several("What are the symptoms?"), asks_for_several("What is the sign?")
    (True, False)
    """
    return _SEVERAL.match(question) is not None


def _subject(best: Statement, others: Sequence[Statement]) -> list[Statement]:
    """Return the sentence before one that goes on with its subject: `He`, `its`, `the latter`."""
    return [
        each
        for each in others
        if each.place == best.place - 1
        and each.kind in ("prose", "item")
        and each.text != best.text
        and " ".join(best.before[-1].split()) == each.text
    ]


def is_cut(group: Sequence[Statement], same: Sequence[Statement]) -> bool:
    """Return whether a list, not an item alone, reaches the end of its passage."""
    last = group[-1]
    listed = (last.kind == "item" and len(group) > 1) or last.kind == "lead_in"
    return listed and last.place == max(each.place for each in same)


def continued(following: Sequence[Statement]) -> list[Statement]:
    """Return the items with which the next text begins; none if a heading or sentence is first."""
    items = list(takewhile(lambda each: each.kind == "item", following))
    return items if items and not items[0].begins_section else []


def _led(lead: Statement, following: Sequence[Statement]) -> list[Statement]:
    """Return the items, pairs, rows or the one sentence that a lead-in introduces."""
    if not following:
        return []
    first = following[0]
    if first.kind == "prose":
        return [first] if first.lead else []
    limit = MAX_ROWS if first.kind == "row" else MAX_ITEMS
    return [each for each in following if each.group == first.group][:limit]


def _below(parent: Statement, others: Sequence[Statement]) -> list[Statement]:
    """Return the items of a list that stand under another item, which ends in a colon."""
    lead = plain(parent.text)
    following = [each for each in others if each.place > parent.place]
    items = takewhile(lambda each: each.kind == "item" and lead in each.lead, following)
    return list(items)[:MAX_ITEMS]


def _leads(lead: Statement, item: Statement) -> bool:
    return item.lead_span == (lead.start, lead.end)


def _is_name(question: str) -> bool:
    """Return whether a question is one word, which asks for all about it."""
    return len(question.split()) == 1


def _names_only(best: Statement, keys: Keys) -> bool:
    """Return whether a question only names the text: by a key, and words that stand above it."""
    if not any(term.is_key or term.kind == "name" for term in keys.terms):
        return False
    above = [*best.headings, best.title, best.passage.opening]
    known = frozenset[str]().union(*(wording.words(text).present for text in above))
    return all(
        term.is_key or term.kind in ("name", "relation") or term.stem in known
        for term in keys.terms
    )


def _paragraph(best: Statement, others: Sequence[Statement]) -> list[Statement]:
    """Return the sentences of a short paragraph, from the one with the key on."""
    content = best.passage.content
    run = [best]
    for each in others:
        near = each.place > best.place and each.start >= run[-1].end
        if (
            near
            and each.kind in ("prose", "pair")
            and _PARTED.search(content, run[-1].end, each.start) is None
        ):
            run.append(each)
    return run[:MAX_SENTENCES]


def _is_verb(term: Term) -> bool:
    """Return whether a term tells what is done, which tells no item from the others."""
    if term.kind == "word":
        return term.weight <= VERB or term.shown.endswith("ed")
    return term.kind == "relation"


def _adds(item: Statement, group: Sequence[Statement], keys: Keys) -> bool:
    """Return whether an item has a term that the texts above it and most other items lack."""
    above = [item.lead, item.question, *item.headings, item.title]
    known = frozenset[str]().union(*(wording.words(text).present for text in above))
    own = wording.words(item.text).present
    new = [
        term.stem
        for term in keys.terms
        if not _is_verb(term) and term.stem in own and term.stem not in known
    ]
    texts = [wording.words(each.text).present for each in group]
    return any(sum(stem in text for text in texts) * 2 < max(len(texts), 3) for stem in new)
