"""Finds dates in their common spellings and returns them as ISO 8601. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.keywords.folding import fold_letters

# Names by month; a name with a dot stands for all names that begin with it.
_MONTHS = (
    "january jan. januar jänner janvier janv. enero ene. gennaio gen. janeiro januari stycznia"
    " января янв. ocak ιανουαρίου",
    "february feb. februar février févr. fév. febrero febbraio fevereiro fev. februari lutego"
    " февраля фев. şubat φεβρουαρίου",
    "march mar. märz mrz. mars marzo março maart mrt. marca марта mart μαρτίου",
    "april apr. avril avr. abril abr. aprile kwietnia апреля апр. nisan απριλίου",
    "may mai mayo maggio mag. maio mei maja мая mayıs μαΐου",
    "june jun. juni juin junio giugno giu. junho czerwca июня июн. haziran ιουνίου",
    "july jul. juli juillet juil. julio luglio lug. julho lipca июля июл. temmuz ιουλίου",
    "august aug. août agosto ago. augustus sierpnia августа авг. ağustos αυγούστου",
    "september sept. sep. septembre septiembre settembre set. setembro września сентября сен."
    " eylül σεπτεμβρίου",
    "october oct. oktober okt. octobre octubre ottobre ott. outubro out. października октября окт."
    " ekim οκτωβρίου",
    "november nov. novembre noviembre novembro listopada ноября ноя. kasım νοεμβρίου",
    "december dec. dezember dez. décembre déc. diciembre dic. dicembre dezembro grudnia декабря"
    " дек. aralık δεκεμβρίου",
)
_MONTH_OF = {
    fold_letters(name.rstrip(".")): month
    for month, names in enumerate(_MONTHS, start=1)
    for name in names.split()
}
_NAME = "(?:" + "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<year>(?:1[5-9]|20|21)\d\d)(?!\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|\.|º)?"
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>(?:1[5-9]|20|21)\d\d)(?P<mark>[-/.])(?P<month>[01]?\d)(?P=mark)(?P<day>[0-3]?\d)(?!\d)"
)
_YEAR_LAST = re.compile(
    rf"(?<!\d)(?P<a>[0-3]?\d)(?P<mark>[-/.])\s?(?P<b>[0-3]?\d)(?P=mark)\s?{_YEAR}"
)
_IDEOGRAPHS = re.compile(
    r"(?P<year>(?:1[5-9]|20|21)\d\d)\s?年\s?(?P<month>[01]?\d)\s?月(?:\s?(?P<day>[0-3]?\d)\s?日)?"
)
_ANY_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20|21)\d\d(?!\d)")
# Letters that the rest of a date takes at most, on either side of its year.
_WINDOW = 28
_NAMED = re.compile(
    rf"(?:(?<!\w){_DAY}[\s-]{{0,2}}(?:(?:of|de|del)\s)?)?\b(?P<name>{_NAME})"
    rf"(?:[\s-]{{0,2}}(?P<after>[0-3]?\d)(?:st|nd|rd|th)?,?(?!\d))?"
    rf"(?:,|\sde|\sdel)?[\s-]{{0,2}}{_YEAR}"
)


def iso_dates(text: str) -> list[str]:
    """Return the dates of a normalised text, and the months of those that name no day.

    A date such as 3/4/2024 is returned as both days that it can mean.

    >>> iso_dates("from 5 march 2024 to 12.04.2024, in may 2025")
    ['2024-04-12', '2024-03-05', '2025-05']
    """
    around = [
        text[max(0, found.start() - _WINDOW) : found.end() + _WINDOW]
        for found in _ANY_YEAR.finditer(text)
    ]
    return list(dict.fromkeys(date for part in around for date in _dates(part)))


def _dates(part: str) -> Iterator[str]:
    yield from _numeric(part)
    yield from _with_names(fold_letters(part))


def _numeric(text: str) -> Iterator[str]:
    for found in _YEAR_FIRST.finditer(text):
        yield from _iso(found["year"], found["month"], found["day"])
    for found in _YEAR_LAST.finditer(text):
        yield from _iso(found["year"], found["b"], found["a"])
        # With dots or dashes the day stands first everywhere; with slashes, the month in America.
        if found["mark"] == "/" and found["a"] != found["b"]:
            yield from _iso(found["year"], found["a"], found["b"])
    for found in _IDEOGRAPHS.finditer(text):
        yield from _iso(found["year"], found["month"], found["day"])


def _with_names(folded: str) -> Iterator[str]:
    for found in _NAMED.finditer(folded):
        month = _MONTH_OF[found["name"].rstrip(".")]
        yield from _iso(found["year"], str(month), found["day"] or found["after"])


def _iso(year: str, month: str, day: str | None) -> Iterator[str]:
    if not 1 <= int(month) <= 12:
        return
    if day is None:
        yield f"{year}-{int(month):02d}"
    elif 1 <= int(day) <= 31:
        yield f"{year}-{int(month):02d}-{int(day):02d}"
