"""Tells which text of a Word file is hidden or struck out, by the format of its run and styles."""

from __future__ import annotations

from typing import NamedTuple

from services.extractor.readers.xml import Element, attribute, child, local

_OFF = ("0", "false", "off", "none")
_STRUCK = ("strike", "dstrike")
_TINY = 2  # half points; letters of one point can't be read


class Look(NamedTuple):
    """How a text is shown; a reader sees only text that is neither hidden nor struck."""

    hidden: bool = False
    struck: bool = False

    def __bool__(self) -> bool:
        return self.hidden or self.struck

    def within(self, outer: Look) -> Look:
        """Return the look of text with this look inside of text with another one."""
        return Look(self.hidden or outer.hidden, self.struck or outer.struck) if outer else self


SEEN = Look()
STRUCK = Look(struck=True)
HIDDEN = Look(hidden=True)


class Format(NamedTuple):
    """What a style or run says about its text; None where it says nothing."""

    hidden: bool | None = None
    struck: bool | None = None

    def over(self, below: Format) -> Format:
        """Return this format, completed by that of a style below it."""
        return Format(
            below.hidden if self.hidden is None else self.hidden,
            below.struck if self.struck is None else self.struck,
        )

    @property
    def look(self) -> Look:
        """Return the look of text with this format."""
        return Look(bool(self.hidden), bool(self.struck))


PLAIN = Format()


def format_of(properties: Element | None) -> Format:
    """Return what run properties say; letters too small to be read count as hidden."""
    hidden: bool | None = None
    struck: bool | None = None
    for each in properties if properties is not None else ():
        name = local(each)
        if name == "vanish":
            hidden = attribute(each, "val") not in _OFF
        elif name in _STRUCK:
            struck = bool(struck) or attribute(each, "val") not in _OFF
        elif name == "sz" and _is_tiny(attribute(each, "val")):
            hidden = True
    return Format(hidden, struck)


def is_white(properties: Element | None) -> bool:
    """Return whether run properties set white letters without a colour behind them."""
    color = child(properties, "color")
    if color is None or (attribute(color, "val") or "").upper() != "FFFFFF":
        return False
    return child(properties, "shd") is None and child(properties, "highlight") is None


def _is_tiny(size: str | None) -> bool:
    return size is not None and size.isdecimal() and len(size) < 5 and int(size) <= _TINY
