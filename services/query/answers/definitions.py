"""Whether a question asks what something is, and whether a text says it. No I/O."""

from __future__ import annotations

import re
from functools import lru_cache

# Words of the longest thing that is asked about; a longer one is a property: "the price of …".
_MOST_WORDS = 4
_ARTICLE = r"(?:(?:the|an?|eine?|der|die|das|une?|la|le|el|los|las|il|lo)\s)?"
_KNOWN = re.compile(
    r"\W{0,3}(?:what|was|qué)\s\w{2,8}\s(?:the|der|die|das|el|la|los|las|my|our|your|his|its)\s",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"\W{{0,3}}(?:what (?:is|are|was|were)|was (?:ist|sind)|qu['’]est-ce que?|qué (?:es|son))"
    rf"\s{_ARTICLE}(?P<named>[^?]{{2,80}}?)\s?\?{{0,2}}$"
    r"|\W{0,3}(?-i:[Ww])ho (?:is|are|was|were)\s(?P<person>(?-i:[A-ZÀ-Þ])[\w.'’-]{0,30}"
    r"(?:\s(?-i:[A-ZÀ-Þ])[\w.'’-]{0,30}){0,3})\s?\?{0,2}$"
    rf"|\W{{0,3}}what (?:does|do)\s{_ARTICLE}(?P<meant>[^?]{{2,80}}?)"
    rf"\s(?:mean|stand for|refer to|denote)\s?\?{{0,2}}$"
    rf"|\W{{0,3}}was (?:bedeutet|heißt)\s{_ARTICLE}(?P<german>[^?]{{2,80}}?)\s?\?{{0,2}}$",
    re.IGNORECASE,
)
# What a thing is called is asked of a description: "a male duck", "a young cat".
_NAME_ASKED = re.compile(
    r"\W{0,3}what (?:is|are|was|were) [^?]{2,80}\s(?:called|named|termed|known as)\s?\?{0,2}$",
    re.IGNORECASE,
)
_CALLED = r"(?:called|named|termed|known as|referred to as)"
_NAMES = re.compile(rf"\b{_CALLED}\s", re.IGNORECASE)
# A thing of several parts, or one of which something is told, is a property of another one.
_JOINED = re.compile(
    r"\b(?:called|named|termed|known as|made|used|kept|held|stored|located|found|based)$"
    r"|\b(?:of|for|in|at|on|to|by|with|from|per|between|and|or|vor?n|für|bei|im|am|zu[mr]?|und"
    r"|de|du|des|del)\b|['’]s\b|\d",
    re.IGNORECASE,
)
# A verb that tells what a thing is, or `is` before an article; "is the fastest" tells of it only.
_IS = (
    r"(?:means?|refers to|denotes?|stands for|consists of|heißt|bezeichnet|bedeutet|besteht aus"
    r"|(?:is|was|ist|war|est|es)\s(?:an?|the|one|any|eine?|der|die|das|une?|le|la|el)\b"
    r"(?!\s(?:\w{2,20}est|most|same|only)\b)"
    r"|(?:are|were|sind|waren|sont|son)\b(?!\s(?:\w{2,20}ed|not|also|found)\b))"
)


def defines(question: str, text: str) -> bool:
    """Return whether a question asks what a thing is and a text begins to say it.

    >>> defines("What is a yawl?", "A yawl (sloop with two masts) is a boat.")
    True
    >>> defines("What is a yawl?", "We saw a yawl."), defines("Who is Ada?", "Ada is here.")
    (False, False)
    >>> defines("Who is Ada Elm?", "Ada Elm, a retired baker, lives here.")
    True
    >>> defines("What is a pup called?", "A pup is called a whelp.")
    True
    >>> defines("What is a yawl?", "Such a boat, called a yawl, is rare.")
    True
    """
    if _NAME_ASKED.match(question.strip()):
        return _NAMES.search(text) is not None
    pattern = _pattern(question)
    return pattern is not None and pattern.search(text) is not None


def is_thing(question: str, name: str) -> bool:
    """Return whether a question asks what the thing is that has a name, as an entry of a glossary.

    >>> is_thing("What is a yawl?", "Yawls"), is_thing("What is a yawl?", "Sails of a yawl")
    (True, False)
    """
    thing = _thing(question).casefold()
    return bool(thing) and thing.removesuffix("s") == name.strip().casefold().removesuffix("s")


def asks(question: str) -> bool:
    """Return whether a question asks what a thing is, not for the value of a known one.

    >>> asks("What is a yawl?"), asks("What is the price?"), asks("What is the price of a yawl?")
    (True, False, False)
    """
    return _pattern(question) is not None and _KNOWN.match(question) is None


def _thing(question: str) -> str:
    """Return the thing that a question asks about; an empty text if it asks for a property."""
    asked = _ASKS.match(question.strip())
    if asked is None:
        return ""
    thing = (asked["named"] or asked["person"] or asked["meant"] or asked["german"]).strip()
    return "" if len(thing.split()) > _MOST_WORDS or _JOINED.search(thing) else thing


@lru_cache(maxsize=500)
def _pattern(question: str) -> re.Pattern[str] | None:
    thing = _thing(question)
    if not thing:
        return None
    # The thing at the beginning, perhaps after a short phrase, then what it is; or an abbreviation
    # in brackets behind its words; or what has the name, before it.
    name = r"\s+".join(re.escape(word) for word in thing.split())
    begin = rf"^\W{{0,6}}(?:\w{{1,20}}\s){{0,2}}{_ARTICLE}{name}s?"
    told = rf"{begin}(?:\s\([^)]{{1,80}}\))?(?:,[^,]{{1,80}},)?(?:\s{_IS}|\s{{0,2}}[:–—=]\s)"
    short = rf"|\w\s\(\W?{name}\W?\)" if thing.isupper() else ""
    named = (
        rf"|\b{_CALLED}\s[\"'“‘]?{_ARTICLE}{name}s?\b"
        rf"|\bcall(?:s|ed)?\s(?:\w{{1,20}}\s){{1,6}}{_ARTICLE}{name}s?(?=[.,;]|$)"
    )
    apposed = rf"|{begin},\s(?:an?|the|i\.e\.|that is|which (?:is|are))\s"
    return re.compile(told + apposed + named + short, re.IGNORECASE)
