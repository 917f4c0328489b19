"""Writes stored numbers as a spreadsheet shows them. Pure.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31 (number formats).
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

_SIGNIFICANT = 11  # digits that a cell shows without a format of its own
_MAX_DAYS = 2_958_466  # the last day that a spreadsheet knows, 9999-12-31
_MAX_FORMAT = 255  # characters; the limit of the file format
_LITERAL = re.compile(r'"([^"]{0,255})"|\\(.)|\[\$([^\]-]{0,16})[^\]]{0,16}\]|_.|\*.')
_SECTION_MARK = re.compile(r"\[[^\]$][^\]]{0,30}\]")
_DIGITS = re.compile(r"[#0?][#0?,. ]*")
_TIME = re.compile(r"[hs]|am/pm")
# The formats that files name by number only.
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0",
    38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    49: "@",
}  # fmt: skip


def built_in(number: int) -> str:
    """Return the format that a number stands for; "" for the general one."""
    return _BUILT_IN.get(number, "")


def general(text: str) -> str:
    """Return a stored number as a cell without a format shows it; other text as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    if not math.isfinite(value) or len(text) <= _SIGNIFICANT:
        return text
    return f"{value:.{_SIGNIFICANT}g}" if value != int(value) else f"{value:.0f}"


def formatted(text: str, pattern: str, *, from_1904: bool = False) -> str:
    """Return a stored number in a format; dates in ISO 8601, also if the format has another order.

    >>> formatted("0.256", "0.0%"), formatted("-1234", "#,##0 €"), formatted("45000.5", "d.m. h:mm")
    ('25.6%', '-1,234 €', '2023-03-15 12:00')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    if not pattern or pattern in ("General", "@") or len(pattern) > _MAX_FORMAT:
        return general(text)
    if not math.isfinite(value):
        return text
    shape = _SECTION_MARK.sub(_kept_hours, _section(pattern, value))
    plain = _LITERAL.sub("", shape).lower()
    time = bool(_TIME.search(plain))
    date = "y" in plain or "d" in plain or ("m" in plain and not time)
    if (date or time) and not _DIGITS.search(plain.replace(".0", "")):
        return _moment(value, text, shape, date=date, time=time, from_1904=from_1904)
    return _number(value, text, shape)


def _kept_hours(found: re.Match[str]) -> str:
    """Return a mark such as [h], which counts hours above 24; colours and conditions go."""
    return found[0] if found[0].lower() in ("[h]", "[hh]", "[mm]", "[ss]") else ""


def _section(pattern: str, value: float) -> str:
    """Return the part of a format for positive, negative or zero values."""
    parts = pattern.split(";")
    if value == 0 and len(parts) > 2 and _DIGITS.search(parts[2]):
        return parts[2]
    return parts[0]


def _moment(value: float, text: str, shape: str, *, date: bool, time: bool, from_1904: bool) -> str:
    if not 0 <= value < _MAX_DAYS:
        return text
    seconds = round(value * 86_400)
    if not date:
        hours, rest = divmod(seconds if "[h" in shape.lower() else seconds % 86_400, 3_600)
        shown = f"{hours:02d}:{rest // 60:02d}"
        return shown + (f":{rest % 60:02d}" if "s" in shape.lower() else "")
    # Spreadsheets count 1900 as a leap year, so days before March 1900 are one less.
    first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 + (value < 61))
    moment = first + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M" if time else "%Y-%m-%d")


def _number(value: float, text: str, shape: str) -> str:
    literals: list[str] = []

    def hold(found: re.Match[str]) -> str:
        literals.append(found[1] or found[2] or found[3] or "")
        return "\0"

    held = _LITERAL.sub(hold, shape)
    digits = _DIGITS.search(held)
    if digits is None or "/" in held or "E+" in held.upper():
        return general(text)
    placeholders = digits[0].strip()
    percent = "%" in held
    decimals = len(re.sub(r"[^#0?]", "", placeholders.partition(".")[2]))
    whole = placeholders.partition(".")[0]
    thousands = len(whole) - len(whole.rstrip(","))
    value = value * (100 if percent else 1) / 1000**thousands
    shown = f"{abs(value):{',' if ',' in whole.rstrip(',') else ''}.{decimals}f}"
    if "#" in placeholders.partition(".")[2] and "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    before, after = held[: digits.start()], held[digits.start() + len(digits[0].rstrip()) :]
    names = iter(literals)
    prefix, suffix = (
        "".join(next(names, "") if letter == "\0" else letter for letter in side)
        for side in (before, after)
    )
    sign = "-" if value < 0 and shown.strip("0.,") else ""
    return f"{sign}{prefix.strip('-( ')}{shown}{suffix.rstrip(') ')}".strip()
