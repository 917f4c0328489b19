"""Turns the text of chunks and questions into the terms of the index. No I/O.

Terms made by another version of these rules can't be found: raise `VERSION` with every change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.keywords import codes, words
from shared.keywords.codes import Code
from shared.keywords.folding import fold_letters, normalize
from shared.keywords.languages import evidence, language_of, likely, script_of
from shared.keywords.stemming import stems
from shared.keywords.stop_words import STOP_WORDS, UNSPACED

VERSION = 2

# The language found for each script of a text, for example {"latin": "de"}.
Languages = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """A text after normalising and splitting; `words` have accents, `folded` have none."""

    normal: str
    words: list[str]
    folded: list[str]
    pairs: list[str]

    @classmethod
    def of(cls, text: str) -> Text:
        normal = normalize(text)
        some, pairs = words.split(normal)
        folded = some if normal.isascii() else [fold_letters(word) for word in some]
        return cls(normal, some, folded, pairs)

    def languages(self, fallback: Languages | None = None) -> dict[str, str]:
        """Return the most likely language of each script."""
        return likely(evidence(self.words), fallback)

    def stems(self, languages: Languages) -> list[str]:
        """Return the stem of each word, in order, then the pairs."""
        if self.normal.isascii():
            return stems(self.words, language_of("latin", languages))
        scripts = [script_of(word) for word in self.words]
        found: dict[str, dict[str, str]] = {}
        for script in set(scripts):
            some = [word for word, its in zip(self.words, scripts, strict=True) if its == script]
            found[script] = dict(
                zip(some, stems(some, language_of(script, languages)), strict=True)
            )
        inflected = [found[its][word] for word, its in zip(self.words, scripts, strict=True)]
        return inflected + self.pairs

    def codes(self) -> list[str]:
        """Return the terms of all codes."""
        return codes.terms(self.normal)


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question with its stem in each language, that of the question first."""

    shown: str
    stems: tuple[str, ...]
    is_word: bool = True


@dataclass(frozen=True, slots=True)
class Analysis:
    """The terms and codes of a question, each once; it has no terms if it is not about anything."""

    terms: tuple[Term, ...]
    codes: tuple[Code, ...]

    def without(self, other: Analysis) -> Analysis:
        """Return the terms and codes that `other` does not have."""
        stems = {stem for term in other.terms for stem in term.stems}
        terms = tuple(term for term in self.terms if not stems.intersection(term.stems))
        return Analysis(terms, tuple(code for code in self.codes if code not in other.codes))


def analyse_question(question: str, indexed: Sequence[Languages] = ()) -> Analysis:
    """Return what to search for; stop words only if there is nothing else.

    Words are stemmed in the question's language and in those of `indexed`, because a word's stem in
    the index is that of its chunk's language.
    """
    text = Text.of(question)
    own = text.languages()
    stop_words = frozenset[str]().union(*(STOP_WORDS[each] for each in own.values()))
    variants = [text.stems(each) for each in (own, *indexed)]
    found: dict[str, Term] = {}
    for at, (shown, folded) in enumerate(zip(text.words, text.folded, strict=True)):
        if folded not in stop_words:
            found.setdefault(folded, Term(shown, tuple(dict.fromkeys(v[at] for v in variants))))
    for pair in _searched_pairs(text):
        found.setdefault(pair, Term(pair, (pair,), is_word=False))
    if not found:
        terms = dict.fromkeys((*text.folded, *text.pairs))
        found = {each: Term(each, (each,), is_word=False) for each in terms}
    return Analysis(tuple(found.values()), tuple(codes.find(text.normal)))


def _searched_pairs(text: Text) -> list[str]:
    """Return the pairs of a question without those of question words."""
    rest = text.normal
    for word in UNSPACED if text.pairs else ():
        rest = rest.replace(word, " ")
    return words.split(rest)[1]
