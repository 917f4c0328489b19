"""The words of a claim that carry its content. No I/O."""

from __future__ import annotations

from services.query import wording
from services.query.answers.verdicts.quantities import OF_QUANTITIES
from services.query.lexical import STOP_WORDS
from shared.keywords.stop_words import LANGUAGES_OF

_ANSWERS = frozenset("yes no ja nein oui non si sí sì da nee não sim tak nie".split())
_EMPTY = frozenset(map(wording.form, [*STOP_WORDS, *LANGUAGES_OF, *OF_QUANTITIES, *_ANSWERS]))


def content_words(text: str) -> frozenset[str]:
    """Return the forms of the words of a text, but stop words, numbers, units, yes and no."""
    return frozenset(
        word
        for word in wording.words(text).stems
        if word not in _EMPTY and not any(map(str.isdigit, word))
    )


def is_bare_answer(text: str) -> bool:
    """Return whether a text is a yes or no alone, which says nothing without what follows."""
    return text.strip(" .,!;:").casefold() in _ANSWERS


def coverage(claim: str, known: str) -> float:
    """Return the share of the content words of a claim that a text has; 1 without any.

    >>> coverage("Alarms sound for 20 minutes", "the alarm is loud and sounds")
    1.0
    """
    wanted = content_words(claim)
    return len(wanted & wording.words(known).present) / len(wanted) if wanted else 1.0
