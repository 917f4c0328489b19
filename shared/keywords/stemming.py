"""Stems of words by the Snowball stemmers that tantivy brings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from shared.keywords.folding import fold_letters

_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
# Words of one language that are remembered: about 30 MB for all languages of a mixed installation.
_REMEMBERED = 100_000
# Languages that have endings but no stemmer here: the first letters of a word stand for it, which
# serves inflected languages nearly as well (McNamee and Mayfield, 2004).
_TRUNCATED = {"bg": 6, "cs": 6, "pl": 6, "uk": 6}

_known: dict[str, dict[str, str]] = {}


def stems(words: Sequence[str], language: str) -> list[str]:
    """Return the stem of each normalised word, without accents.

    >>> stems(["calibrations", "größen"], "en"), stems(["größen"], "de")
    (['calibr', 'grossen'], ['gross'])
    """
    known = _known.setdefault(language, {})
    unknown = [word for word in dict.fromkeys(words) if word not in known]
    if unknown:
        if len(known) > _REMEMBERED:
            known = _known[language] = {}
            unknown = list(dict.fromkeys(words))
        known.update(zip(unknown, _stemmed(unknown, language), strict=True))
    return [known[word] for word in words]


def _stemmed(words: Sequence[str], language: str) -> list[str]:
    if language in _TRUNCATED:
        length = _TRUNCATED[language]
        return [fold_letters(word)[: length if word.isalpha() else None] for word in words]
    if language not in _SNOWBALL:
        return [fold_letters(word) for word in words]
    if language == "el":
        # This stemmer knows endings without accents only.
        words = [fold_letters(word) for word in words]
    found = _analyzer(language).analyze(" ".join(words))
    if len(found) != len(words):
        raise ValueError("A stemmer returns one stem for each word.")
    return [
        fold_letters(stem) or fold_letters(word) for stem, word in zip(found, words, strict=True)
    ]


@cache
def _analyzer(language: str) -> TextAnalyzer:
    stemmer = Filter.stemmer(_SNOWBALL[language])
    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(stemmer).build()
