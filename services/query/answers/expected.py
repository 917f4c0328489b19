"""What kind of thing a question asks for, and whether a text has one. No I/O."""

from __future__ import annotations

import re
from typing import Literal

from services.query import wording

Expected = Literal["person", "date", "time", "length", "number", "place", "reason", ""]

_QUESTIONS: tuple[tuple[Expected, str], ...] = (
    ("length", r"\bhow long\b"),
    (
        "number",
        r"\bhow (?:many|much|often|old|tall|high|far|large|big|heavy|wide|deep|fast|hot)\b"
        r"|\b(?:what|which) (?:percent\w*|number|amount|size|age|price|temperature|share)\b"
        r"|\bwhat (?:is|was) the (?:\w+ ){0,2}(?:number|amount|price|age|weight|length)\b"
        r"|\bwhat (?:is|are|was|were) (?:\w[\w'’.-]{0,30} ){0,5}"
        r"(?:revenues?|sales|income|earnings|expenses?|costs?|profits?|dividends?|turnover)\b"
        r"|\bwie (?:hoch|groß) (?:ist|war|sind|waren)\b"
        r"|\bwie (?:viel\w*|lange?|oft|hoch|alt|groß|weit|schwer)\b"
        r"|\bcuánt[oa]s?\b|\bcombien\b|多少|几",
    ),
    # What has happened did so at a date, not under a condition.
    ("date", r"\bwhen (?:did|was|were)\b|\b(?:what|which) (?:year|date|day|month|century)\b"),
    (
        "time",
        r"\bwhen\b|\bwhat (?:year|date|day|time|month|century)\b|\b(?:in|by) (?:what|which) year\b"
        r"|\bwhat (?:is|was|are) the (?:\w+ ){0,2}(?:times?|dates?|hours|deadline)\b"
        r"|\bwann\b|\bcuándo\b|\bquand\b|什么时候|いつ",
    ),
    ("person", r"\bwho(?:m|se)?\b|\bwer\b|\bwem\b|\bquién(?:es)?\b|\bqui\b|谁|誰"),
    (
        "place",
        r"\bwhere\b|\bwhat (?:is|was) the (?:location|place|origin)\b"
        r"|\bwo\b|\bdónde\b|\boù\b|哪里|どこ",
    ),
    ("reason", r"\bwhy\b|\bwarum\b|\bpor qué\b|\bpourquoi\b|为什么|なぜ"),
)
_ASKS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _QUESTIONS]
_COUNT_WORDS = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen"
    r"|(?:thir|four|fif|six|seven|eigh|nine)(?:teen|ty)|forty|twenty|hundred|thousand|million|billion"
    r"|half|quarter|third|once|twice|daily|weekly|monthly|quarterly|yearly|annually|every|each|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn"
    r"|dos|tres|cuatro|cinco|deux|trois|quatre|cinq)"
)
_TIME = (
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july"
    r"|august|september|october|november|december)\b|\b(?:daily|weekly|monthly|yearly|annually|century"
    r"|morning|noon|afternoon|evening|night|midnight|today|o['’]clock|half past"
    r"|quarter (?:to|past)|after|before|during|until|once|when|immediately"
    r"|spring|summer|autumn|winter|if|whenever)\b"
)
_UNITS = (
    r"(?:(?:milli|micro|nano)?seconds?|secs?|ms|min(?:ute)?s?|h(?:ou)?rs?|h|days?|nights?|weeks?"
    r"|months?|quarters?|years?|decades?|centur(?:y|ies)|feet|foot|ft|inch(?:es)?|yards?|miles?"
    r"|(?:kilo|centi|milli)?met(?:re|er)s?|[kcm]?m|pages?|words?|characters?|letters?|digits?"
    r"|lines?|turns?|cycles?|stunden?|tagen?|wochen?|monaten?|jahren?)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MONAT = r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
# Parts of a year, days of a month, and times that are told from today.
_PART = (
    r"\bq[1-4]\b|\b(?:first|second|third|fourth|last|next|this|previous|1st|2nd|3rd|4th|\w{4,8}es)"
    r"[ -](?:week|month|quarter|half|year|weekend|quartal|halbjahr)\b"
    r"|\b(?:the|on) \d{1,2}(?:st|nd|rd|th)\b"
    rf"|\b(?:im|am|seit|bis|ab|ende|anfang|mitte|\d{{1,2}}\.) {_MONAT}\b"
    r"|\b(?:letzte[nrs]?|nächste[nrs]?|vorige[nrs]?) (?:woche|monat|jahr|quartal)\b"
    r"|\b(?:gestern|heute|morgen)\b"
)
_DATE = (
    rf"\b\d{{3,4}}\b|\b(?:\d{{1,2}}(?:st|nd|rd|th)?|the|in|of|on|by|since|from|till|early|late|mid"
    rf"|last|next|every)[ -]{_MONTH}\b|{_PART}"
    rf"|\b{_MONTH}\.? \d|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|['’]\d\ds?\b"
    r"|\d:\d\d|\b\d{1,2} (?:[ap]\.?m\b|o['’]clock)"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?:centur\w{1,3}|decades?|spring|summer|autumn|winter|today|yesterday|noon|midnight"
    r"|christmas|easter|era|age|antiquity|morning|evening)\b"
    rf"|\b(?:\d{{1,3}}|{_COUNT_WORDS}) (?:\w{{2,12}} )?(?:minute|hour|day|week|month|year)s?\b"
    r"|\b(?:after|before|during|until|since|upon|once)\b"
)
_HAS = {
    "date": re.compile(_DATE, re.IGNORECASE),
    "length": re.compile(
        rf"(?:\d|\b{_COUNT_WORDS}\b|\b(?:an?|some|several|few|whole|entire|full)\b)"
        rf"[^.;|]{{0,25}}?\b{_UNITS}\b"
        r"|\b(?:until|unless|indefinite\w{0,2}|permanent\w{0,2}|forever|lifetime|life|always"
        r"|overnight|during|annual|monthly|weekly|daily|hourly|short|long)\b"
        r"|\d{1,2}:\d\d|\d{4}\s?[-–]\s?\d{2}",
        re.IGNORECASE,
    ),
    "number": re.compile(rf"\d|\b{_COUNT_WORDS}\b", re.IGNORECASE),
    "time": re.compile(rf"{_TIME}|{_PART}", re.IGNORECASE),
    "person": re.compile(
        r"(?<![.!?:]\s)(?<!^)[A-ZÀ-Þ][\w'’.-]+"
        r"|^\W*[A-ZÀ-Þ]\w+ (?:[a-z]{2,3} ){0,2}[A-ZÀ-Þ]"
        r"|\b(?:manager|officer|head|lead|leader|staff|team|director"
        r"|department|supervisor|operator|engineer|owner|chair\w*|board|committee|council|king|queen)\b"
    ),
    "place": re.compile(
        r"\b(?:in|at|on|near|behind|under|beside|between|above|below|inside|outside|next|to|from"
        r"|im|am|auf|bei|en|dans)\b"
        r"|[A-Z][a-z]+",
    ),
    "reason": re.compile(
        r"\b(?:because|since|due|owing|so that|in order|to avoid|therefore|reason|cause|as"
        r"|weil|damit|porque|car)\b",
        re.IGNORECASE,
    ),
}


_ITEM_NUMBER = re.compile(
    r"\W{0,3}\d{1,3}(?:\.\d{1,3}){0,4}[.)]\s|\d{1,3}(?:\.\d{1,3}){1,4}\s(?=[A-Z])"
)
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")
# Parts of a year, and lines of a form, that are counted by a number but are none.
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|1st|2nd|3rd|4th)[ -](?:(?:fiscal|half|\w{3,5}) )?"
    r"(?:quarters?|half|months?)\b",
    re.IGNORECASE,
)
_WHO_SIGNED = re.compile(r"\bwho (?:has |have )?sign", re.IGNORECASE)
_WHO_SENT = re.compile(r"\bwho (?:has |have )?(?:sent|wrote|mailed|emailed)\b", re.IGNORECASE)
_FROM = re.compile(r"[*_\s|]{0,4}(?:from|sender|von|de|da)[*_\s]{0,3}:", re.IGNORECASE)
# `Every` tells how often, not how many or how long.
_OFTEN = re.compile(r"\b(?:often|frequen\w{1,4}|interval|oft|häufig)\b", re.IGNORECASE)
_EACH = re.compile(r"\b(?:every|each)\b", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Za-z]{1,4}-?\d{1,4}\b(?![.,]\d)")
_A_YEAR = re.compile(r"(?<![\d.,$€£])(?:19|20)\d\d(?![\d,.]\d)(?!\d)")
_OF_YEAR = re.compile(
    r"\b((?:fiscal|year|in|since|until|from|to|of|and|by|im|jahr|seit|ended) )(?:19|20)\d\d\b"
    r"(?! (?:percent|euros?|dollars?|kg|tonnes?))",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow (?:many|much) (\w{2,40})|\bwie viele? (\w{2,40})", re.IGNORECASE)
_WORD = re.compile(r"\d[\d.,]{0,20}|\w{1,40}")
_COUNT_WORD = re.compile(_COUNT_WORDS, re.IGNORECASE)
# Words between a number and what it counts, as in "three small red boats".
_BEFORE_COUNTED = 3


def counts(question: str, text: str) -> bool:
    """Return whether a number stands before the thing of which a question asks how many.

    >>> counts("How many boats are there?", "Twelve small boats."), counts("How many boats?", "12")
    (True, False)
    """
    thing = counted(question)
    found = _WORD.findall(text)
    return any(
        thing != ""
        and wording.form(word) == thing
        and any(map(_is_number, found[max(0, at - _BEFORE_COUNTED) : at]))
        for at, word in enumerate(found)
    )


def counted(question: str) -> str:
    """Return the comparable form of the thing of which a question asks how many; else ""."""
    asked = _COUNTED.search(question)
    return wording.form(asked[1] or asked[2]) if asked else ""


def is_signature(question: str, text: str) -> bool:
    """Return whether a question asks who signed and a text is the printed form of a signature.

    >>> is_signature("Who signed the report?", "By: /s/ Ada Elm")
    True
    """
    return wording.SIGNED in text and _WHO_SIGNED.search(question) is not None


def is_sender(question: str, text: str) -> bool:
    """Return whether a question asks who sent a message and a text is the field that says so.

    >>> is_sender("Who sent the mail?", "From: Ada Elm"), is_sender("Who sent it?", "To: Ada Elm")
    (True, False)
    """
    return _FROM.match(text) is not None and _WHO_SENT.search(question) is not None


def counts_another(question: str, key: str) -> bool:
    """Return whether the key of a row only mentions the thing of which a question asks how many.

    >>> asked = "How many boats are there?"
    >>> counts_another(asked, "Price of boat hooks"), counts_another(asked, "Number of boats")
    (True, False)
    """
    thing = counted(question)
    words = [word for word in _WORD.findall(key) if not word[0].isdigit()]
    places = [at for at, word in enumerate(words) if thing and wording.form(word) == thing]
    after = words[places[-1] + 1] if places and places[-1] + 1 < len(words) else ""
    return len(after) > 3 and not after.endswith("ed")


def _is_number(word: str) -> bool:
    return word[0].isdigit() or _COUNT_WORD.fullmatch(word) is not None


def expected(question: str) -> Expected:
    """Return the kind of thing that a question asks for; an empty text if it can't be told.

    >>> expected("How long is it kept?"), expected("Who signs?"), expected("UF-1")
    ('length', 'person', '')
    """
    found = [(match.start(), kind) for kind, asks in _ASKS if (match := asks.search(question))]
    return min(found)[1] if found else ""


def telling(question: str, text: str, kind: Expected) -> str:
    """Return a text without its item's number and marks of footnotes.

    If a number is asked for, dates, quarters, and the years that the question names or prose dates
    are left out too.

    >>> telling("How many ducks?", "In 2023 ducks fly.[10] In May.", "number")
    'In  ducks fly.  In May.'
    >>> telling("How many ducks?", "On 4 May 2023 the third quarter began.", "number")
    'On   the  began.'
    """
    text = _FOOTNOTE.sub(" ", _without_number(text))
    if kind not in ("number", "length"):
        return text
    text = _ORDINAL.sub("", wording.without_dates(text))
    if _COUNTED.search(question):
        text = _CODE.sub("", text)
    if not _OFTEN.search(question):
        text = _EACH.sub("", text)
    asked = set(_A_YEAR.findall(question))
    text = _OF_YEAR.sub(r"\1", text)
    return _A_YEAR.sub(lambda found: "" if found[0] in asked else found[0], text)


def _without_number(text: str) -> str:
    found = _ITEM_NUMBER.match(text)
    return text[found.end() :] if found else text


def lacks(text: str, kind: Expected) -> bool:
    """Return whether a number, time or person is expected and the text has none."""
    return kind in ("number", "length", "date", "time", "person") and not has(text, kind)


def has(text: str, kind: Expected) -> bool:
    """Return whether a text has a thing of this kind; True if none is expected."""
    return not kind or _HAS[kind].search(text) is not None
