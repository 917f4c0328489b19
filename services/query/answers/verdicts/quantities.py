"""Numbers with their units, dates and times of day in a text, in comparable forms. No I/O.

A number has several readings where languages differ: `1.200` is 1200 or 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_SPACES = "   "
_NOT_DIGITS = re.compile(rf"[{_SPACES}'’+−–-]")
_NUMBER = re.compile(
    rf"(?<![\w.,])[-−–+]?(?:\d{{1,3}}(?:[{_SPACES}'’]\d{{3}}){{1,5}}(?:[.,]\d{{1,6}})?"
    r"|\d{1,15}(?:[.,]\d{1,9}){0,5})(?![\w])|(?<![\w.,])\d{1,9}(?:[.,]\d{1,6})?(?=[^\W\d_]{1,3}\b|°)"
)
_WORDS = {
    word: value
    for value, words in (
        (0, "zero null cero zéro"),
        (2, "two twice zwei dos deux zweimal"),
        (3, "three thrice drei tres trois"),
        (4, "four vier cuatro quatre"),
        (5, "five fünf cinco cinq"),
        (6, "six sechs seis"),
        (7, "seven sieben siete sept"),
        (8, "eight acht ocho huit"),
        (9, "nine neun nueve neuf"),
        (10, "ten zehn diez dix"),
        (11, "eleven elf once onze"),
        (12, "twelve dozen zwölf doce douze"),
        (13, "thirteen dreizehn trece treize"),
        (14, "fourteen vierzehn catorce quatorze"),
        (15, "fifteen fünfzehn quince quinze"),
        (16, "sixteen sechzehn dieciséis seize"),
        (17, "seventeen siebzehn"),
        (18, "eighteen achtzehn"),
        (19, "nineteen neunzehn"),
        (20, "twenty zwanzig veinte vingt"),
        (30, "thirty dreißig dreissig treinta trente"),
        (40, "forty vierzig cuarenta quarante"),
        (50, "fifty fünfzig cincuenta cinquante"),
        (60, "sixty sechzig sesenta soixante"),
        (70, "seventy siebzig setenta"),
        (80, "eighty achtzig ochenta"),
        (90, "ninety neunzig noventa"),
        (100, "hundred hundert cien cent"),
    )
    for word in words.split()
}
# The Spanish word for eleven is the English "once", which counts nothing here.
del _WORDS["once"]
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_SCALES = {
    word: Decimal(10) ** power
    for power, words in (
        (3, "thousand thousands tausend mille mil k"),
        (6, "million millions millionen mio mn millón millones m"),
        (9, "billion billions bn milliarden mrd milliard milliards"),
    )
    for word in words.split()
}
_UNITS = {
    name: names[0]
    for names in (
        line.split()
        for line in """
        % percent prozent pct
        ‰ permille
        $ usd dollar dollars us$
        € eur euro euros
        £ gbp pound pounds
        ¥ jpy yen
        chf franken
        ms millisecond milliseconds millisekunden
        s sec secs second seconds sekunde sekunden segundo segundos seconde secondes
        min mins minute minutes minuten minuto minutos
        h hr hrs hour hours stunde stunden hora horas heure heures
        d day days tag tage tagen día días jour jours
        week weeks woche wochen semana semanas semaine semaines
        month months monat monate monaten mes meses mois
        year years jahr jahre jahren año años an ans année années yr yrs
        nm nanometre nanometres
        µm micrometre micrometres um
        mm millimetre millimetres millimeter millimeters
        cm centimetre centimetres centimeter centimeters zentimeter
        m metre metres meter meters metro metros mètre mètres
        km kilometre kilometres kilometer kilometers
        in inch inches zoll
        ft foot feet
        mile miles
        µg microgram micrograms ug
        mg milligram milligrams milligramm
        g gram grams gramm
        kg kilogram kilograms kilogramm kilo kilos
        t tonne tonnes ton tons tonnen
        lb lbs
        µl microlitre microlitres ul
        ml millilitre millilitres milliliter milliliters
        l litre litres liter liters litro litros
        °c celsius
        °f fahrenheit
        kelvin
        kb kilobyte kilobytes
        mb megabyte megabytes
        gb gigabyte gigabytes
        tb terabyte terabytes
        hz hertz
        khz
        mhz
        ghz
        v volt volts
        kv
        a amp amps ampere amperes
        ma
        w watt watts
        kw kilowatt kilowatts
        mw megawatt megawatts
        kwh
        mwh
        pa pascal
        kpa
        mpa
        bar
        mbar
        ppm
        rpm
        """.strip().splitlines()
    )
    for name in names
}
_UNIT_BEHIND = re.compile(
    r"[\s -]{0,2}(?:per cent|por ciento|pour cent"
    r"|(?P<degrees>degrees?|°)\s?(?P<scale>celsius|fahrenheit|[CFK])|(?P<unit>[$€£¥%‰]|US\$|[^\W\d_]{1,12})(?![\w$]))",
    re.IGNORECASE,
)
_SCALE_BEHIND = re.compile(r"[\s ]{0,2}([^\W\d_]{1,10})\b\.?")
_UNIT_BEFORE = re.compile(r"(US\$|[$€£¥]|\b(?:USD|EUR|GBP|CHF|JPY))\s?$", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<h>\d{1,2})[:h](?P<m>[0-5]\d)(?:\s?(?P<half>[ap])\.?m\b)?"
    r"|(?<![\d:.])(?P<h2>\d{1,2})\s?(?P<half2>[ap])\.?m\b",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner enero janvier",
            "february feb februar febrero février",
            "march mar märz marzo mars",
            "april apr abril avril",
            "may mai mayo",
            "june jun juni junio juin",
            "july jul juli julio juillet",
            "august aug agosto août",
            "september sep sept septiembre septembre",
            "october oct oktober okt octubre octobre",
            "november nov noviembre novembre",
            "december dec dezember dez diciembre décembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:1[5-9]|20|21)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rf"(?<!\d)(?P<y1>{_YEAR})-(?P<m1>0[1-9]|1[0-2])-(?P<d1>0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|(?<![\d.])(?P<a2>\d{{1,2}})[./](?P<b2>\d{{1,2}})[./](?P<y2>{_YEAR})(?!\d)"
    rf"|(?<![\d.])(?P<d3>{_DAY})(?:st|nd|rd|th|er)?\.?\s{{1,2}}(?:of\s|de\s)?(?P<n3>{_MONTH})\b"
    rf"(?:\.?,?\s{{1,2}}(?:de\s|of\s)?(?P<y3>{_YEAR})(?!\d))?"
    rf"|\b(?P<n4>{_MONTH})\b\.?\s{{1,2}}(?P<d4>{_DAY})(?:st|nd|rd|th)?(?!\d)(?:,?\s{{1,2}}(?P<y4>{_YEAR})(?!\d))?"
    rf"|\b(?P<n5>{_MONTH})\b\.?,?\s{{1,2}}(?:de\s|of\s)?(?P<y5>{_YEAR})(?!\d)",
    re.IGNORECASE,
)

# Words that belong to an amount or a date, and are compared with it.
OF_QUANTITIES = frozenset([*_WORDS, *_SCALES, *_UNITS, *_MONTHS, "degree", "degrees", "cent"])

# Year, month and day, of which any may be missing.
Day = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit; `readings` are the values that it may have."""

    readings: frozenset[Decimal]
    unit: str = ""

    def agrees(self, other: Amount) -> bool:
        """Return whether both may be the same; a unit that one of them lacks is not compared."""
        same_unit = not self.unit or not other.unit or self.unit == other.unit
        return same_unit and not self.readings.isdisjoint(other.readings)


@dataclass(frozen=True, slots=True)
class Quantities:
    """What a text counts and when it says that things are; a date has all ways to read it."""

    amounts: tuple[Amount, ...]
    dates: tuple[frozenset[Day], ...]
    times: frozenset[int]


def quantities(text: str) -> Quantities:
    """Return the amounts, dates and times (minutes of the day) of a text.

    >>> found = quantities("2 hours until 14:30 on 3 May 2024")
    >>> [each.unit for each in found.amounts], found.dates[0], found.times
    (['h'], frozenset({(2024, 5, 3)}), frozenset({870}))
    """
    dates: list[frozenset[Day]] = []
    times: set[int] = set()

    def take_date(found: re.Match[str]) -> str:
        dates.append(frozenset(_days(found)))
        return " ; "

    def take_time(found: re.Match[str]) -> str:
        hour = int(found["h"] or found["h2"])
        half = (found["half"] or found["half2"] or "").lower()
        hour = hour % 12 + 12 * (half == "p") if half else hour
        times.add(60 * hour + int(found["m"] or 0))
        return " ; "

    rest = _CLOCK.sub(take_time, _DATE.sub(take_date, text))
    return Quantities(tuple(_amounts(rest)), tuple(dates), frozenset(times))


def dates_in(text: str) -> list[tuple[int, int]]:
    """Return where the dates of a text begin and end."""
    return [found.span() for found in _DATE.finditer(text)]


def _days(found: re.Match[str]) -> Iterator[Day]:
    given = found.groupdict()
    named = next((given[name] for name in ("n3", "n4", "n5") if given[name]), "")
    year = next((int(given[name]) for name in ("y1", "y2", "y3", "y4", "y5") if given[name]), None)
    if given["a2"]:
        first, second = int(given["a2"]), int(given["b2"])
        if second <= 12:
            yield year, second, first
        if first <= 12:
            yield year, first, second
        return
    day = next((int(given[name]) for name in ("d1", "d3", "d4") if given[name]), None)
    yield year, _MONTHS[named.lower()] if named else int(given["m1"]), day


def _amounts(text: str) -> Iterator[Amount]:
    for found in _NUMBER.finditer(text):
        yield _amount(text, found, readings_of(found[0]))
    for found in _NUMBER_WORD.finditer(text):
        yield _amount(text, found, {Decimal(_WORDS[found[1].lower()])})


def _amount(text: str, found: re.Match[str], values: set[Decimal]) -> Amount:
    end = found.end()
    scale = _SCALE_BEHIND.match(text, end)
    factor = _SCALES.get(scale[1].lower()) if scale else None
    before = _UNIT_BEFORE.search(text, max(0, found.start() - 5), found.start())
    # A single letter is a scale only behind money: 5 m are metres.
    if scale and factor and (len(scale[1]) > 1 or before):
        values = {value * factor for value in values}
        end = scale.end()
    unit = _UNITS[before[1].lower()] if before else _unit_behind(text, end)
    return Amount(frozenset(values), unit)


def _unit_behind(text: str, end: int) -> str:
    found = _UNIT_BEHIND.match(text, end)
    if found is None:
        return ""
    if found["scale"]:
        letter = found["scale"][0].lower()
        return "kelvin" if letter == "k" else f"°{letter}"
    return _UNITS.get(found["unit"].lower(), "") if found["unit"] else "%"


def readings_of(number: str) -> set[Decimal]:
    """Return the values that a number in digits may have.

    >>> sorted(map(str, readings_of("1.200"))), sorted(map(str, readings_of("1,353.5")))
    (['1.200', '1200'], ['1353.5'])
    """
    sign = -1 if number[0] in "-−–" else 1
    digits = _NOT_DIGITS.sub("", number)
    groups = re.split(r"[.,]", digits)
    marks = re.findall(r"[.,]", digits)
    readings: set[Decimal] = set()
    if len(set(marks)) == 2:
        readings.add(Decimal("".join(groups[:-1]) + "." + groups[-1]))
    elif len(marks) == 1:
        readings.add(Decimal(f"{groups[0]}.{groups[1]}"))
    if len(set(marks)) <= 1 and all(len(each) == 3 for each in groups[1:]):
        readings.add(Decimal("".join(groups)))
    # A minus may be the dash of a range, so that the value without it is read too.
    return {sign * each for each in readings} | readings


def date_within(claimed: frozenset[Day], known: frozenset[Day]) -> bool:
    """Return whether a date says no more than a known one, and nothing else."""
    return any(
        all(part is None or part == there for part, there in zip(one, other, strict=True))
        for one in claimed
        for other in known
    )
