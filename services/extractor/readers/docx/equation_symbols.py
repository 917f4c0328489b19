"""Writes the signs of equations as LaTeX."""

from __future__ import annotations

import unicodedata

FUNCTIONS = frozenset(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf "
    "limsup ln log max min Pr sec sin sinh sup tan tanh".split()
)
ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar",
    "\u0305": "overline", "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot",
    "\u030a": "mathring", "\u030c": "check", "\u0332": "underline", "\u033f": "overline",
    "\u20d6": "overleftarrow", "\u20d7": "vec", "\u20db": "dddot", "\u20e1": "overleftrightarrow",
    "^": "hat", "~": "tilde", "¯": "bar", "→": "vec",
}  # fmt: skip
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "varsigma sigma tau upsilon varphi chi psi omega".split()
)
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
_COMMANDS = {
    **{chr(0x3B1 + at): name for at, name in enumerate(_GREEK) if name != "omicron"},
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITALS, strict=True)),
    "ϕ": "phi", "ϵ": "epsilon", "ε": "varepsilon", "ϑ": "vartheta", "ϖ": "varpi", "ϱ": "varrho",
    "±": "pm", "∓": "mp", "×": "times", "÷": "div", "⋅": "cdot", "·": "cdot", "∙": "cdot",
    "∗": "ast", "∘": "circ", "°": "circ", "•": "bullet", "⊕": "oplus", "⊗": "otimes", "⊙": "odot",
    "≤": "leq", "≥": "geq", "≪": "ll", "≫": "gg", "≠": "neq", "≈": "approx", "≅": "cong",
    "≡": "equiv", "∼": "sim", "≃": "simeq", "∝": "propto", "≺": "prec", "≻": "succ",
    "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊃": "supset", "⊆": "subseteq",
    "⊇": "supseteq", "∪": "cup", "∩": "cap", "∅": "emptyset", "∖": "setminus",
    "∧": "wedge", "∨": "vee", "¬": "neg", "∀": "forall", "∃": "exists", "∄": "nexists",
    "⊢": "vdash", "⊨": "models", "⊥": "perp", "∥": "parallel", "∠": "angle", "⊤": "top",
    "→": "to", "←": "leftarrow", "↔": "leftrightarrow", "⇒": "Rightarrow", "⇐": "Leftarrow",
    "⇔": "Leftrightarrow", "↦": "mapsto", "⟶": "longrightarrow", "⟹": "Longrightarrow",
    "↑": "uparrow", "↓": "downarrow", "⇌": "rightleftharpoons",
    "∞": "infty", "∂": "partial", "∇": "nabla", "∆": "Delta", "ℓ": "ell", "ℏ": "hbar", "ℜ": "Re",
    "ℑ": "Im", "ℵ": "aleph", "℘": "wp", "′": "prime", "″": "prime\\prime", "…": "ldots",
    "⋯": "cdots", "⋮": "vdots", "⋱": "ddots", "∑": "sum", "∏": "prod", "∫": "int", "√": "surd",
    "∴": "therefore", "∵": "because", "∣": "mid", "|": "vert", "‖": "Vert", "∎": "blacksquare",
    "⟨": "langle", "⟩": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil",
    "\\": "backslash", "ℝ": "mathbb{R}", "ℕ": "mathbb{N}", "ℤ": "mathbb{Z}", "ℚ": "mathbb{Q}",
    "ℂ": "mathbb{C}",
}  # fmt: skip
_ESCAPED = frozenset("{}%#&$_")
_OTHERS = {"−": "-", "\u2061": "", "\u2062": "", "\u2063": "", "\u2009": " ", "\u00a0": " "}
_LONGEST_COMMAND = 24  # characters, with its backslash
_PLAIN_BAR = "\u2223"  # divides; looks like the bar, which would end a cell of a table
_DELIMITERS = {
    "": ".", "{": r"\{", "}": r"\}", "|": r"\vert ", "‖": r"\Vert ", "⟨": r"\langle ",
    "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ", "⌊": r"\lfloor ", "⌋": r"\rfloor ",
    "⌈": r"\lceil ", "⌉": r"\rceil ", "∣": r"\vert ", "∥": r"\Vert ",
}  # fmt: skip


def letters(text: str, *, plain: bool = False) -> str:
    """Return the letters and signs of an equation as LaTeX; `plain` ones are words in it."""
    if text.isalnum() and text.isascii():
        return text
    written = ""
    for letter in text:
        sign = _OTHERS.get(letter, letter)
        command = "" if plain else _COMMANDS.get(sign, "")
        if command:
            sign = f"\\{command}"
        elif sign in _ESCAPED:
            sign = f"\\{sign}"
        elif sign == "|":
            sign = _PLAIN_BAR
        elif ord(sign or " ") > 0x1D3FF:
            sign = unicodedata.normalize("NFKC", sign)  # a letter of another font
            sign = f"\\{_COMMANDS[sign]}" if sign in _COMMANDS else sign
        written += f" {sign}" if sign[:1].isalpha() and ends_with_command(written) else sign
    return written


def delimiter(sign: str, *, middle: bool = False) -> str:
    """Return a bracket for `\\left`, `\\right` or, between two parts, `\\middle`."""
    written = _DELIMITERS.get(sign, sign)
    return (rf"\middle{written}".strip() if written != "." else "") if middle else written


def ends_with_command(text: str) -> bool:
    """Return whether letters that follow the text would be read as part of its last command."""
    tail = text[-_LONGEST_COMMAND:]
    name = tail[tail.rfind("\\") + 1 :] if "\\" in tail else ""
    return name.isalpha() and name.isascii()
