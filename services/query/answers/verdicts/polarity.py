"""Whether a text says that something is so or is not, and words that mean the reverse. No I/O."""

from __future__ import annotations

import re

from services.query import wording
from services.query.answers.verdicts.words import content_words

_NEGATIONS = re.compile(
    r"\b(?:not|no(?!\.\s?\d)|never|none|neither|nor|without|cannot|nobody|nothing"
    r"|nicht|kein\w{0,3}|nie|niemals|ohne|weder|niemand\w{0,2}|nichts"
    r"|ne|pas|jamais|aucun\w{0,2}|sans|rien|ni|nunca|sin|ning[uú]n\w{0,2}|jam[aá]s|nada"
    r"|non|senza|niet|geen|nooit|zonder|n[aã]o|sem|nenhum\w{0,2})\b"
    r"|n['’]t\b|\bn['’](?=[^\W\d_])|不|没有|未|无|ない|ません",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:–—]|\b(?:but|whereas|while|although|however|aber|sondern|mais|pero)\b")
# Of each pair, a claim with one word and a source with only the other say the reverse.
_OPPOSITES = tuple(
    (frozenset(map(wording.form, one.split())), frozenset(map(wording.form, other.split())))
    for one, other in (
        ("increase rise rose grow grew", "decrease fall fell decline shrink shrank drop"),
        ("above over exceed", "below under"),
        ("before", "after"),
        ("more", "less fewer"),
        ("maximum most", "minimum least"),
        ("allow permitted may", "forbid prohibited banned"),
        ("accept approve", "reject refuse deny"),
        ("open", "close shut"),
        ("mandatory required compulsory", "optional voluntary"),
        ("include", "exclude"),
        ("enable", "disable"),
        ("internal", "external"),
        ("first", "last"),
        ("profit gain", "loss"),
        ("higher", "lower"),
        ("erlaubt zulässig", "verboten unzulässig"),
        ("mindestens", "höchstens"),
        ("vor", "nach"),
    )
)


def contradicts(claim: str, sources: list[str]) -> bool:
    """Return whether a claim negates what its sources say, or the reverse.

    >>> contradicts("Visitors may not smoke.", ["Visitors may smoke."])
    True
    >>> contradicts("Alarms sound below 5 °C.", ["Alarms sound above 5 °C."])
    True
    """
    nearest = _nearest_clauses(claim, sources)
    negated = _is_negated(claim)
    differs = bool(nearest) and all(_is_negated(each) != negated for each in nearest)
    return differs or _is_reversed(claim, sources)


def _is_negated(text: str) -> bool:
    return _NEGATIONS.search(text) is not None


def _nearest_clauses(claim: str, sources: list[str]) -> list[str]:
    """Return the clauses of the sources that share most words with a claim, all that tie."""
    words = content_words(claim)
    clauses = [clause for source in sources for clause in _CLAUSE.split(source)]
    shared = [len(content_words(each) & words) for each in clauses]
    most = max(shared, default=0)
    return [each for each, count in zip(clauses, shared, strict=True) if most and count == most]


def _is_reversed(claim: str, sources: list[str]) -> bool:
    ours = wording.words(claim).present
    theirs = frozenset[str]().union(*(wording.words(each).present for each in sources))
    return any(
        bool(ours & one and not ours & other and theirs & other and not theirs & one)
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )
