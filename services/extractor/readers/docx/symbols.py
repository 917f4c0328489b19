"""Turns letters of Word's symbol fonts, which Unicode keeps for private use, into real symbols."""

from __future__ import annotations

from services.extractor.readers.xml import Element, attribute, child

CHECKED, UNCHECKED = "☑", "☐"
BULLET = "•"
_PRIVATE = 0xF000  # added to the codes of symbol fonts

# The encoding of Adobe's font Symbol, from the code 0x21.
_SYMBOL_LOW = (
    "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_SYMBOL_HIGH = (
    "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨"
    "⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
_SYMBOL = {
    **{0x21 + at: letter for at, letter in enumerate(_SYMBOL_LOW)},
    **{0xA1 + at: letter for at, letter in enumerate(_SYMBOL_HIGH)},
}
_WINGDINGS = {
    0x6F: UNCHECKED, 0x70: UNCHECKED, 0x71: UNCHECKED, 0x72: UNCHECKED, 0xA8: UNCHECKED,
    0x4A: "☺", 0x4C: "☹", 0x6C: "●", 0x6E: "■", 0xA7: "▪", 0xD8: "➢", 0xDF: "←", 0xE0: "→",
    0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: CHECKED,
    0xFE: CHECKED, 0x78: CHECKED,
}  # fmt: skip
_WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: CHECKED, 0x52: CHECKED, 0x53: CHECKED, 0x54: CHECKED,
    0x2A: UNCHECKED, 0xA3: UNCHECKED, 0x35: UNCHECKED,
}  # fmt: skip
_WEBDINGS = {0x61: "✓", 0x63: UNCHECKED, 0x72: "✗", 0x67: "■"}
_FONTS = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "webdings": _WEBDINGS,
}
# A crossed box is a checked one: Word draws its own check boxes so.
_CROSSED = str.maketrans({"☒": CHECKED, "🗹": CHECKED, "🗷": CHECKED, "🗸": "✓"})


def symbol(element: Element) -> str:
    """Return the text of a `sym` element."""
    code = attribute(element, "char") or ""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return _letter(number, attribute(element, "font") or "")


def plain(text: str, font: str | None) -> str:
    """Return a run's text with the letters of a symbol font as symbols."""
    if text.isascii() and (font is None or font.lower() not in _FONTS):
        return text
    if font is None or font.lower() not in _FONTS:
        return text.translate(_CROSSED)
    return "".join(_letter(ord(letter), font) for letter in text).translate(_CROSSED)


def font_of(properties: Element | None) -> str | None:
    """Return the font that run properties set for Latin letters and symbols."""
    fonts = child(properties, "rFonts")
    return None if fonts is None else attribute(fonts, "ascii") or attribute(fonts, "hAnsi")


def bullet(text: str, font: str | None) -> str:
    """Return the mark of a list's item: a check box if the list shows one, else a bullet."""
    shown = plain(text, font)
    return shown if shown in (CHECKED, UNCHECKED) else BULLET


def _letter(number: int, font: str) -> str:
    table = _FONTS.get(font.lower())
    if table is None:
        return chr(number) if 0x20 <= number < 0x110000 and number >> 11 != 0x1B else ""
    code = number - _PRIVATE if _PRIVATE < number <= _PRIVATE + 0xFF else number
    if code in table:
        return table[code]
    return " " if code == 0x20 else chr(code) if code > 0xFF and code >> 11 != 0x1B else BULLET
