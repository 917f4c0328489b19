"""Decides whether the text of a page is what a reader sees there, from its letters alone."""

from __future__ import annotations

import re

# Signs that a font without a map to letters gives: controls, private ones, the replacement sign.
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f]")
_VOWEL = re.compile(
    "[aeiouyAEIOUY\u00c0-\u00c6\u00c8-\u00cf\u00d2-\u00d6\u00d8-\u00dd\u00e0-\u00e6"
    "\u00e8-\u00ef\u00f2-\u00f6\u00f8-\u00fd]"
)
# Leaders and blanks to be filled in, which are no signs of a text.
_FILLED = re.compile(r"[._·…\u2013\u2014-]")
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_MIN_ACCENTED = 4  # letters of a line; fewer are a word or a formula
_MAX_ACCENTED = 0.6  # of the Latin letters of a line
_MAX_STRANGE = 0.3  # of all signs; symbol fonts of bullets and formulas make up less of a page
_MIN_VOWELS = 0.17  # of the letters; languages in Latin script have 0.3 and more, codes 0.2
_MIN_LETTERS = 150  # Latin ones; fewer may be abbreviations
_MIN_PLAIN = 0.6  # letters and digits among all signs; shifted letters leave many signs
_MAX_PROBE = 1_500  # characters that are looked at; a page in one font is garbled as a whole


def is_garbled(text: str) -> bool:
    """Return whether a text is not made of the letters that are printed."""
    probe = "".join(text[:_MAX_PROBE].split())
    if not probe:
        return False
    if not probe.isascii() and len(_STRANGE.findall(probe)) > _MAX_STRANGE * len(probe):
        return True
    latin = len(_LATIN.findall(probe))
    # Other scripts have no vowels that can be counted, tables and listings too few letters.
    if latin < _MIN_LETTERS or latin < 0.5 * len(probe):
        return False
    return len(_VOWEL.findall(probe)) < _MIN_VOWELS * latin


def is_garbled_line(text: str) -> bool:
    """Return whether most letters of a line are accented ones, as those of a font without a map.

    Languages with many accents, such as Vietnamese, have them on fewer than half of their letters.
    """
    if text.isascii():
        return False
    accented = len(_ACCENTED.findall(text))
    return accented >= _MIN_ACCENTED and accented > _MAX_ACCENTED * len(_LATIN.findall(text))


def is_suspicious(text: str) -> bool:
    """Return whether a text has so few letters that its fonts have to be looked at."""
    probe = "".join(_FILLED.sub("", text[:_MAX_PROBE]).split())
    return bool(probe) and sum(map(str.isalnum, probe)) < _MIN_PLAIN * len(probe)
