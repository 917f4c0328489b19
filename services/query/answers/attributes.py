"""What a question asks about its thing: the price of the igniter, how many women die. No I/O.

A document may say much about the igniter and nothing about its price. Other words of a question
only tell which thing is meant.
"""

from __future__ import annotations

import re
from functools import lru_cache

from services.query import wording

_BE = r"(?:is|are|was|were)"
_STOP = (
    rf"(?:{_BE}|do|does|did|has|have|had|can|may|must|should|will|of|for|in|at|on|as|per|to|from|by"
    r"|with|under|between|after|before|during|within|that|which|who|when|if)"
)
# The name of a thing need not be called one.
_NAME = wording.form("name")
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # What is the price of …; who is the head of …; a description is no attribute.
        rf"\W{{0,3}}(?:what|who) {_BE} (?:the |an? )?(?P<asked>[^\s?’']{{2,20}}"
        rf"(?: [^\s?’']{{2,20}}){{0,2}}?) (?:of|for|in|at|on|per|from|between)\b",
        # What is the company's price; who is …'s head
        rf"\W{{0,3}}(?:what|who) {_BE} [^?]{{2,60}}?(?:['’]s|s['’]) (?P<asked>[^?]{{2,60}}?)"
        rf"(?: {_STOP}\b|\s?\?|$)",
        # How many women die of …; how much water does …
        rf".{{0,60}}\bhow (?:many|much) (?P<asked>[^?]{{2,40}}?)(?: {_STOP}\b|\s?\?|$)",
        # What does … cost; how much does … weigh
        r".{0,60}\b(?:what|how much) (?:do|does|did) [^?]{2,80}"
        r" (?P<asked>cost|weigh|earn|charge)\b",
        # How old is …; other words of degree, as in "how large", have many nouns.
        rf".{{0,60}}\bhow (?P<asked>old) {_BE}\b",
    )
)


@lru_cache(maxsize=500)
def asked(question: str) -> frozenset[str]:
    """Return the stems of the words that name what is asked; none if they can't be told.

    >>> sorted(asked("What is the serial number of the pump?")), sorted(asked("Where is it?"))
    (['number', 'serial'], [])
    >>> asked("What is the last name of Ada?"), asked("What is the key used to start in winter?")
    (frozenset(), frozenset())
    """
    for pattern in _ASKED:
        if found := pattern.match(question):
            stems = frozenset(wording.words(found["asked"]).stems)
            return frozenset() if _NAME in stems else stems
    return frozenset()
