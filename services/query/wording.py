"""Words of a text in a comparable form: stems in order, and codes, numbers and dates whole. No I/O.

Case, accents and full width are folded. English endings are cut; a word of another language keeps
its own, and is compared by its first letters. Scripts without spaces give pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.query.lexical import stem
from services.query.synonyms import concept

# Texts and words whose forms are kept; a passage has about twelve sentences and headings.
_KEPT_TEXTS = 20_000
_KEPT_WORDS = 50_000

_WITHOUT_SPACES = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(
    rf"[{_WITHOUT_SPACES}]+|[^\W_{_WITHOUT_SPACES}]+(?:[-–_/.,:'’@+][^\W_{_WITHOUT_SPACES}]+)*"
)
_PART = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
# A year without its century: `PLDI'09`.
_SHORT_YEAR = re.compile(r"['’](\d\d)(?!\d)")
_SEPARATORS = re.compile(r"[-–_/.,:'’@+\s]")
_AMOUNT = re.compile(r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?")
_DOTTED = re.compile(r"(?<![\d.])\d+(?:\.\d+)*(?![\d.])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LEAVE = re.compile(r"\b((?:annual|paid|vacation)\s{1,4})leave\b|\bdays of leave\b", re.IGNORECASE)
_E_MAIL = re.compile(r"\be-mail(?=s?\b)", re.IGNORECASE)
_E_MAIL_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}")
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,6}")
_LAST_OF_2000 = 55
# The sign before the name of who signed.
SIGNED = "/s/"
_SPACED_CODE = re.compile(r"\b([A-Z]{1,4}) (\d{1,6})\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner enero janvier gennaio januari",
            "february feb februar febrero février febbraio februari",
            "march mar märz marzo mars maart",
            "april apr abril avril aprile",
            "may mai mayo maggio mei",
            "june jun juni junio juin giugno",
            "july jul juli julio juillet luglio",
            "august aug agosto août augustus",
            "september sep sept septiembre septembre settembre",
            "october oct oktober okt octubre octobre ottobre",
            "november nov noviembre novembre",
            "december dec dezember dez diciembre décembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
# A date has a year; so many letters before it may belong to the date.
_YEAR = re.compile(r"(?:19|20)\d\d")
_BEFORE_YEAR = 64
_NAMED = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = re.compile(
    rf"\b(?P<y1>(?:19|20)\d\d)-(?P<m1>0[1-9]|1[0-2])-(?P<d1>0[1-9]|[12]\d|3[01])\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of |de )?(?P<n2>{_NAMED})"
    r"\.?,? (?:de )?(?P<y2>(?:19|20)\d\d)\b"
    rf"|\b(?P<n3>{_NAMED})\.? (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y3>(?:19|20)\d\d)\b"
    rf"|\b(?P<d4>\d{{1,2}})[./](?P<m4>\d{{1,2}})[./](?P<y4>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Words:
    """`stems` in order; `codes` has codes without separators, amounts without groups, ISO dates."""

    stems: tuple[str, ...]
    present: frozenset[str]
    codes: frozenset[str]


@lru_cache(maxsize=_KEPT_TEXTS)
def words(text: str) -> Words:
    """Return the words of a text.

    >>> sorted(words("UF-1 held 1,353 vials on 2 May 2026.").codes)
    ['1', '1353', '2', '2026', '2026-05-02', 'uf1']
    """
    stems: list[str] = []
    codes: set[str] = set()
    for found in _TOKEN.findall(respelled(text)):
        token = bare(found)
        if any(map(str.isdigit, token)):
            number = _NUMBER.fullmatch(token) is not None
            stems += [code(token)] if number else map(_form, _PART.findall(token))
            codes.add(code(token))
            if not _AMOUNT.fullmatch(token):
                codes.update(_DOTTED.findall(token))
        elif _is_without_spaces(token[0]):
            stems += _pairs(token)
        else:
            stems += (_form(part) for part in _PART.findall(token))
    if SIGNED in text:
        stems.append(_form("signed"))
    if "@" in text and _E_MAIL_ADDRESS.search(text):
        stems.append(_form("email"))
    if codes:
        codes.update(_century(found[1]) for found in _SHORT_YEAR.finditer(text))
        codes.update((spaced[1] + spaced[2]).lower() for spaced in _SPACED_CODE.finditer(text))
        codes.update(dates(text))
    return Words(tuple(stems), frozenset(stems) | codes, frozenset(codes))


def respelled(text: str) -> str:
    """Return a text with one spelling of what is written with and without a sign.

    Annual leave is a holiday; the verb has the same letters.

    >>> respelled("An e-mail to the I.R.S. of the U.S.")
    'An email to the IRS of the US'
    >>> respelled("Paid leave ends when they leave.")
    'Paid holiday ends when they leave.'
    """
    if "-mail" in text:
        text = _E_MAIL.sub("email", text)
    if "leave" in text.lower():
        text = _LEAVE.sub(lambda found: f"{found[1] or 'days of '}holiday", text)
    return _INITIALS.sub(lambda found: found[0].replace(".", ""), text) if "." in text else text


def bare(token: str) -> str:
    """Return a token without the ending of a possessive.

    >>> bare("SOP-017's"), bare("Alphabet’s")
    ('SOP-017', 'Alphabet')
    """
    return token.removesuffix("'s").removesuffix("’s")


def code(token: str) -> str:
    """Return a code without separators, or an amount without the separators of its groups.

    >>> code("UF-1"), code("1,353"), code("24.5"), code("4.2.1")
    ('uf1', '1353', '24.5', '4.2.1')
    """
    if _AMOUNT.fullmatch(token):
        if re.fullmatch(r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?", token):
            return re.sub(r"[,'’]", "", token)
        return token.replace(",", ".")
    if re.fullmatch(r"\d+(?:\.\d+)+|\d{1,2}:\d\d", token):
        return token
    return _SEPARATORS.sub("", folded(token))


def dates(text: str) -> Iterator[str]:
    """Yield the dates of a text as `2026-05-02`."""
    first = _YEAR.search(text)
    if first is None:
        return
    for found in _DATES.finditer(text, max(0, first.start() - _BEFORE_YEAR)):
        groups = {name: value for name, value in found.groupdict().items() if value}
        year = next(value for name, value in groups.items() if name[0] == "y")
        day = int(next(value for name, value in groups.items() if name[0] == "d"))
        named = next((value for name, value in groups.items() if name[0] == "n"), "")
        month = _MONTHS[named.lower()] if named else int(groups.get("m1") or groups["m4"])
        yield f"{year}-{month:02}-{day:02}"


def _century(year: str) -> str:
    """Return a year of two digits with its century: 1956 to 2055."""
    return f"{19 if int(year) > _LAST_OF_2000 else 20}{year}"


def without_dates(text: str) -> str:
    """Return a text with spaces for its dates."""
    return _DATES.sub(" ", text)


def folded(text: str) -> str:
    """Return a text without case, accents and full width."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


@lru_cache(maxsize=_KEPT_WORDS)
def _form(word: str) -> str:
    return concept(stem(folded(word)))


def form(word: str) -> str:
    """Return the comparable form of one word.

    >>> form("Prices") == form("cost")
    True
    """
    return _form(word)


def _is_without_spaces(letter: str) -> bool:
    return letter >= "\u0e00" and re.match(f"[{_WITHOUT_SPACES}]", letter) is not None


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]
