"""Numbers and times as they are written, and where on an axis and in which rows. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_Scale = tuple[tuple[float, str], ...]


def _counted(symbol: str) -> _Scale:
    letters = ("", "K", "M", "B")
    return tuple((1000.0**power, f"{letter} {symbol}") for power, letter in enumerate(letters))


# By Grafana's ids of units: from what size on which word follows the number.
_SCALES: dict[str, _Scale] = {
    "short": ((1, ""), (1e3, " K"), (1e6, " Mil"), (1e9, " Bil")),
    "cps": _counted("c/s"),
    "reqps": _counted("req/s"),
    "s": (
        *((1e-9, " ns"), (1e-6, " µs"), (1e-3, " ms"), (1, " s")),
        *((60, " mins"), (3600, " hours"), (86400, " days")),
    ),
    "bytes": tuple(
        (1024.0**power, f" {name}") for power, name in enumerate("B KiB MiB GiB".split())
    ),
    "percent": ((1, "%"),),
    "percentunit": ((0.01, "%"),),
}
_DIGITS = 3
_FUZZ = 1e-9
# Steps of clocks, for where decimal ones would read badly.
_CLOCK_ABOVE_S = 10
_CLOCK = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def formatted(value: float, unit: str) -> str:
    """Three digits that count, without zeros behind the point."""
    value = float(f"{value:.{_DIGITS}g}")
    # Grafana writes a unit that it does not know behind the number.
    scale = _SCALES.get(unit) or ((1, f" {unit}"),)
    base = next((step for step in scale if step[0] == 1), scale[0])
    factor, suffix = max((step for step in scale if step[0] <= abs(value)), default=scale[0])
    if value == 0:
        factor, suffix = base
    number = value / factor
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(abs(number)))) if number else 0
    text = f"{number:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text) + suffix


def ticks(low: float, high: float, unit: str, *, whole: bool = False, most: int = 4) -> list[float]:
    """Round places between two values to put a line and a number at, at most so many steps."""
    step = _step((high - low) / most * (1 - _FUZZ), unit)
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - _FUZZ), math.floor(high / step + _FUZZ)
    return [number * step for number in range(first, last + 1)]


def _step(least: float, unit: str) -> float:
    """The next round one that is not smaller."""
    if unit == "s" and least > _CLOCK_ABOVE_S:
        day = _CLOCK[-1]
        return next((step for step in _CLOCK if step >= least), day * math.ceil(least / day))
    base = 1024.0 ** math.floor(math.log(least, 1024)) if unit == "bytes" and least > 1 else 1.0
    decade = base * 10.0 ** math.floor(math.log10(least / base))
    return next(step for step in (decade, 2 * decade, 5 * decade, 10 * decade) if step >= least)


def clock(seconds: float) -> str:
    """Minutes and seconds since the beginning."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def flow(widths: Sequence[float], room: float) -> list[list[int]]:
    """Places of things in rows, as many in each as fit."""
    rows: list[list[int]] = []
    left = 0.0
    for place, width in enumerate(widths):
        if not rows or width > left:
            rows.append([])
            left = room
        rows[-1].append(place)
        left -= width
    return rows
