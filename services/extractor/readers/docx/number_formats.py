"""Writes the count of a list's item in the number formats of WordprocessingML."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_CHINESE = "零一二三四五六七八九"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщэюя"
_KOREAN = "가나다라마바사아자차카타파하"
_THAI_ZERO, _FULL_WIDTH_ZERO = "๐", "\uff10"
_MAX_COUNT = 1_000_000  # of a hostile file; a longer row of letters is of no use


def formatted(count: int, style: str) -> str:
    """Return a count in one of Word's number styles; in an unknown style as a decimal."""
    write = _FORMATS.get(style)
    text = write(count) if write and 0 < count < _MAX_COUNT else ""
    return text or str(count)


def _letters(count: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
    """Return the letter of a count; after the last one, Word doubles it, then triples it."""
    again, at = divmod(count - 1, len(alphabet))
    return alphabet[at] * (again + 1) if again < len(alphabet) else ""


def _roman(count: int) -> str:
    text = ""
    for size, letters in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        times, count = divmod(count, size)
        text += letters * times
    return text if len(text) < 20 else ""


def _ordinal(count: int) -> str:
    tens = 10 <= count % 100 <= 20
    return f"{count}{'th' if tens else {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th')}"


def _chinese(count: int) -> str:
    """Return a count below 100 as it is written in Chinese and Japanese."""
    tens, ones = divmod(count, 10)
    if tens > 9:
        return ""
    ten = "十" if tens == 1 else f"{_CHINESE[tens]}十" if tens else ""
    return ten + (_CHINESE[ones] if ones else "")


def _digits(zero: str) -> Callable[[int], str]:
    return lambda count: "".join(chr(ord(zero) + int(digit)) for digit in str(count))


def _from(first: str, size: int) -> Callable[[int], str]:
    """Return signs that follow each other in Unicode, such as ① for 1."""
    return lambda count: chr(ord(first) + count - 1) if count <= size else ""


_FORMATS: Mapping[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda count: _letters(count).upper(),
    "lowerRoman": lambda count: _roman(count).lower(),
    "upperRoman": _roman,
    "decimalZero": lambda count: f"{count:02d}",
    "ordinal": _ordinal,
    "russianLower": lambda count: _letters(count, _RUSSIAN),
    "russianUpper": lambda count: _letters(count, _RUSSIAN).upper(),
    "ganada": lambda count: _letters(count, _KOREAN),
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "ideographDigital": lambda count: "".join(_CHINESE[int(digit)] for digit in str(count)),
    "thaiNumbers": _digits(_THAI_ZERO),
    "decimalFullWidth": _digits(_FULL_WIDTH_ZERO),
    "decimalEnclosedCircle": _from("①", 20),
    "decimalEnclosedCircleChinese": _from("①", 20),
    "decimalEnclosedParen": _from("⑴", 20),
    "decimalEnclosedFullstop": _from("⒈", 20),
    "ideographEnclosedCircle": _from("㊀", 10),
}
