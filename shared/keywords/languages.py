"""Tells the language of a text by its scripts and stop words. No I/O."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from shared.keywords.stop_words import LANGUAGES_OF

# The language of a text in a script, if its words do not tell: the one most documents are in.
DEFAULTS: Mapping[str, str] = {"latin": "en", "cyrillic": "ru", "greek": "el", "arabic": "ar"}
_SCRIPTS = (
    ("latin", re.compile("[a-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("greek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("cyrillic", re.compile("[\u0400-\u052f]")),
    ("arabic", re.compile("[\u0600-\u077f]")),
    ("hebrew", re.compile("[\u0590-\u05ff]")),
    ("devanagari", re.compile("[\u0900-\u097f]")),
    ("tamil", re.compile("[\u0b80-\u0bff]")),
    ("hangul", re.compile("[\uac00-\ud7a3]")),
)
_SCRIPT_OF = {
    **dict.fromkeys("en de fr es it pt nl da sv no fi hu ro tr pl cs id vi".split(), "latin"),
    **dict.fromkeys("ru uk bg".split(), "cyrillic"),
    **dict.fromkeys("ar fa ur".split(), "arabic"),
    "el": "greek", "he": "hebrew", "hi": "devanagari", "ta": "tamil", "ko": "hangul",
}  # fmt: skip
# Stop words of one language only, or more that are shared: a single one may be a name.
_ENOUGH = 1.5


@lru_cache(maxsize=100_000)
def script_of(word: str) -> str:
    """Return the script of a normalised word; "" for numbers and all other scripts."""
    return next((name for name, letters in _SCRIPTS if letters.search(word)), "")


def language_of(script: str, languages: Mapping[str, str]) -> str:
    """Return the language of a script's words, given the language found for each script."""
    return languages.get(script) or DEFAULTS.get(script, "")


def evidence(words: Iterable[str]) -> dict[str, float]:
    """Return how much normalised words speak for each language, at most 1 for a word.

    A stop word that several languages share counts for each of them by its share.
    """
    counted: dict[str, float] = {}
    for word, times in Counter(words).items():
        languages = LANGUAGES_OF.get(word, ())
        for language in languages:
            counted[language] = counted.get(language, 0.0) + times / len(languages)
    return counted


def likely(
    counted: Mapping[str, float], fallback: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the most likely language of each script.

    With a `fallback` (that of the whole document) little evidence is not enough to differ from it.
    """
    best: dict[str, str] = dict(fallback or {})
    strongest: dict[str, float] = dict.fromkeys(best, _ENOUGH)
    # In the order of the table, so that English is preferred among equals.
    for language, script in _SCRIPT_OF.items():
        if counted.get(language, 0.0) > strongest.get(script, 0.0):
            best[script], strongest[script] = language, counted[language]
    return best
