"""Estimates which texts an encoder understands from the pieces of its vocabulary; no I/O.

A script is known if the vocabulary has whole words of it. Where only one script is known, the
vocabulary is that of one language or a few, and splits the words of all others: with the bundled
English model 1 to 5 % of the words of English questions are split, 62 % of German and 85 % of
Turkish ones (medians of XQuAD).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

# Characters read of a text: the share in the rest is hardly ever another.
READ_CHARACTERS = 2000
# Letters of a piece that shows its script to be known: shorter ones are the alphabets that an
# English vocabulary also lists. Chinese words have fewer.
WORD_LETTERS = 3
# Least share of a script in the pieces: the bundled model has 2 Russian words in 26,000, a
# multilingual one a thousand of a rare script in 250,000. Chinese characters count one by one, and
# an English vocabulary lists 1 % of them.
LEAST_SHARE = 0.001
LEAST_SHARE_CHINESE = 0.05
_CHINESE = "CJK"
_MARKERS = "#▁ĠĊ"  # beginning or inside of a word, in WordPiece, SentencePiece and byte-level BPE
_WORD = re.compile(r"[^\W\d_]+")

# Words of which it is kept whether they are split: questions share most of their words.
_KEPT = 20_000

# Texts → number of pieces of each.
CountPieces = Callable[[Sequence[str]], Sequence[int]]


class Vocabulary:
    """The scripts that a model's vocabulary knows, and the words that it splits."""

    def __init__(self, pieces: Iterable[str], count: CountPieces) -> None:
        self.scripts = known_scripts(pieces)
        self._count = count
        self._is_split: dict[str, bool] = {}

    def unknown_share(self, text: str) -> float:
        """Return the share (0 … 1) of words that the model can't be expected to understand.

        Words in capitals alone are left out: codes and acronyms are split in every language.
        """
        words = _words(text)
        readable = [word for word in words if script_of(word[0]) in self.scripts]
        unknown = len(words) - len(readable)
        if len(self.scripts) == 1 and readable:
            unknown += sum(self._split(readable))
        return unknown / len(words) if words else 0.0

    def _split(self, words: Sequence[str]) -> list[bool]:
        """Return of each word whether it has several pieces."""
        if len(self._is_split) > _KEPT:
            self._is_split = {}
        known = self._is_split
        missing = [word for word in dict.fromkeys(words) if word not in known]
        if missing:
            counts = self._count(missing)
            known |= {word: pieces > 1 for word, pieces in zip(missing, counts, strict=True)}
        return [known[word] for word in words]


def known_scripts(pieces: Iterable[str]) -> frozenset[str]:
    """Return the scripts of which the pieces have whole words, by their names in Unicode.

    >>> sorted(known_scripts(["the", "##ing", "и", "дом"]))
    ['CYRILLIC', 'LATIN']
    """
    counts: Counter[str] = Counter()
    for piece in pieces:
        bare = piece.strip(_MARKERS)
        if _is_word(bare) and (len(bare) >= WORD_LETTERS or script_of(bare[0]) == _CHINESE):
            counts[script_of(bare[0])] += 1
    least = {_CHINESE: LEAST_SHARE_CHINESE * counts.total()}
    common = LEAST_SHARE * counts.total()
    return frozenset(name for name, count in counts.items() if count >= least.get(name, common))


def _is_word(piece: str) -> bool:
    """Return whether a piece has only letters and their marks, which Indian and Thai words need."""
    return piece.isalpha() or (
        piece[:1].isalpha() and all(unicodedata.category(sign)[0] in "LM" for sign in piece)
    )


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """Return the script that begins a letter's name in Unicode, "" if it has no name.

    >>> script_of("é"), script_of("水")
    ('LATIN', 'CJK')
    """
    return unicodedata.name(letter, "").partition(" ")[0]


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:READ_CHARACTERS])
    return [word for word in _WORD.findall(folded) if not word.isupper()]
