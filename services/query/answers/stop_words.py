"""Words of a question that name nothing, in English and in all languages that are indexed."""

from __future__ import annotations

from functools import lru_cache

from services.query.lexical import STOP_WORDS as _ENGLISH
from services.query.lexical import stem
from shared.keywords.folding import fold
from shared.keywords.stop_words import STOP_WORDS as BY_LANGUAGE

ENGLISH = _ENGLISH
# Words of questions and helping verbs that texts are not told apart by, so that the lists of
# languages lack them.
_OTHERS = "darf doit dürfen faire wieso umas"
STOP_WORDS = ENGLISH.union(
    map(fold, _OTHERS.split()),
    *(words for language, words in BY_LANGUAGE.items() if language != "en"),
)
_RELATIONS = """
look charge responsible responsibility care
come came go went get got take taken work live
clause section article paragraph chapter soon early late exactly total
time date place origin number amount quantity step item list need require property
find found locate located location situated placed place stand stored store keep kept put hang lie
sit belong happen occur call called name named mean meaning refer apply concern relate regard
involve provide exist say state stated describe explain tell list give show shown display
according use used make made
"""
RELATIONS = frozenset(stem(word) for word in _RELATIONS.split())


@lru_cache(maxsize=10_000)
def is_stop_word(word: str) -> bool:
    """Return whether a word is a stop word of some language; case and accents do not count.

    >>> is_stop_word("Für"), is_stop_word("ladder")
    (True, False)
    """
    return fold(word) in STOP_WORDS
