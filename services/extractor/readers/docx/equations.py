r"""Writes Word's equations (OMML) as LaTeX: roots, fractions, exponents, sums, matrices, accents.

No `|` and no line break is written, so that an equation also fits into a cell of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.extractor.readers.docx.equation_symbols import (
    ACCENTS,
    FUNCTIONS,
    delimiter,
    ends_with_command,
    letters,
)
from services.extractor.readers.xml import Element, child, local, value

_MAX_DEPTH = 60  # elements in each other; the text of deeper ones is written without structure
_OFF = ("0", "false", "off")
_NEXT_ROW = r" \\ "
_SKIPPED = frozenset({"rPr", "ctrlPr", "del", "moveFrom", ""})
_FONTS = {
    "double-struck": "mathbb",
    "script": "mathcal",
    "fraktur": "mathfrak",
    "sans-serif": "mathsf",
    "monospace": "mathtt",
}
_BIG = {
    "∑": r"\sum", "∏": r"\prod", "∐": r"\coprod", "∫": r"\int", "∬": r"\iint", "∭": r"\iiint",
    "∮": r"\oint", "∯": r"\oiint", "⋃": r"\bigcup", "⋂": r"\bigcap", "⋁": r"\bigvee",
    "⋀": r"\bigwedge", "⨁": r"\bigoplus", "⨂": r"\bigotimes", "⨀": r"\bigodot", "⨄": r"\biguplus",
}  # fmt: skip


def latex(element: Element) -> str:
    """Return an equation between dollar signs, two of them if it has a line of its own."""
    if local(element) == "oMath":
        text = _tidy(_inside(element, 0))
        return f"${text}$" if text else ""
    equations = (_tidy(_inside(each, 0)) for each in element if local(each) == "oMath")
    return " ".join(f"$${text}$$" for text in equations if text)


def _inside(element: Element | None, depth: int) -> str:
    """Return the content of an element in order."""
    if element is None:
        return ""
    if depth > _MAX_DEPTH:
        return letters("".join(each.text or "" for each in element.iter("{*}t")))
    text = ""
    for each in element:
        part = _written(each, depth + 1)
        # A command takes letters that follow it as part of its name.
        text += f" {part}" if part[:1].isalpha() and ends_with_command(text) else part
    return text


def _written(element: Element, depth: int) -> str:
    name = local(element)
    if name in _SKIPPED or name.endswith("Pr"):
        return ""
    if name == "r":
        return _run(element)
    write = _WRITERS.get(name)
    return _inside(element, depth) if write is None else write(element, depth)


def _run(run: Element) -> str:
    text = "".join(each.text or "" for each in run if local(each) == "t")
    properties = child(run, "rPr")
    if _is_on(properties, "nor"):
        return rf"\text{{{letters(text, plain=True)}}}" if text.strip() else text
    written = letters(text)
    font = _FONTS.get(value(properties, "scr") or "")
    if font and text.strip():
        return rf"\{font}{{{written}}}"
    if value(properties, "sty") == "b" and text.strip():
        return rf"\mathbf{{{written}}}"
    if text.strip() in FUNCTIONS:
        return rf"\{text.strip()}"
    return written


def _part(element: Element, name: str, depth: int) -> str:
    return _inside(child(element, name), depth).strip()


def _base(element: Element, depth: int) -> str:
    """Return what an index or exponent belongs to, in braces if it is more than one sign."""
    text = _part(element, "e", depth)
    return text if len(text) == 1 or _is_command(text) else f"{{{text}}}"


def _fraction(element: Element, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    kind = value(element, "fPr", "type")
    if kind == "lin":
        return f"{_operand(above)}/{_operand(below)}"
    if kind == "noBar":
        return rf"\genfrac{{}}{{}}{{0pt}}{{}}{{{above}}}{{{below}}}"
    return rf"\frac{{{above}}}{{{below}}}"


def _operand(text: str) -> str:
    return text if text.isalnum() or _is_command(text) else f"({text})"


def _root(element: Element, depth: int) -> str:
    degree = "" if _is_on(child(element, "radPr"), "degHide") else _part(element, "deg", depth)
    return rf"\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e', depth)}}}"


def _superscript(element: Element, depth: int) -> str:
    return f"{_base(element, depth)}^{{{_part(element, 'sup', depth)}}}"


def _subscript(element: Element, depth: int) -> str:
    return f"{_base(element, depth)}_{{{_part(element, 'sub', depth)}}}"


def _both_scripts(element: Element, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    return f"{_base(element, depth)}_{{{below}}}^{{{above}}}"


def _scripts_before(element: Element, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    return f"{{}}_{{{below}}}^{{{above}}}{_base(element, depth)}"


def _big_operator(element: Element, depth: int) -> str:
    properties = child(element, "naryPr")
    sign = value(properties, "chr") if child(properties, "chr") is not None else "∫"
    text = _BIG.get(sign or "", letters(sign or ""))
    if not _is_on(properties, "subHide") and (below := _part(element, "sub", depth)):
        text += f"_{{{below}}}"
    if not _is_on(properties, "supHide") and (above := _part(element, "sup", depth)):
        text += f"^{{{above}}}"
    return f"{text} {_part(element, 'e', depth)}"


def _brackets(element: Element, depth: int) -> str:
    properties = child(element, "dPr")
    inner = [_inside(each, depth).strip() for each in element if local(each) == "e"]
    left, right = _sign(properties, "begChr", "("), _sign(properties, "endChr", ")")
    round_ones = (left, right) == ("(", ")")
    if round_ones and len(inner) == 1 and (binomial := _binomial(element, depth)):
        return binomial
    between = f" {delimiter(_sign(properties, 'sepChr', '|'), middle=True)} "
    return rf"\left{delimiter(left)}{between.join(inner)}\right{delimiter(right)}"


def _binomial(element: Element, depth: int) -> str:
    """Return a fraction without bar in brackets; "" of another content."""
    (base,) = (each for each in element if local(each) == "e")
    content = [each for each in base if not local(each).endswith("Pr")]
    if len(content) != 1 or value(content[0], "fPr", "type") != "noBar":
        return ""
    above, below = _part(content[0], "num", depth), _part(content[0], "den", depth)
    return rf"\binom{{{above}}}{{{below}}}"


def _sign(properties: Element | None, name: str, usual: str) -> str:
    found = child(properties, name)
    return usual if found is None else value(found.getparent(), name) or ""


def _function(element: Element, depth: int) -> str:
    name = _part(element, "fName", depth)
    argument = _part(element, "e", depth)
    if name.isalpha():
        name = rf"\operatorname{{{name}}}"
    return f"{name} {argument}" if argument[:1].isalnum() else f"{name}{argument}"


def _accent(element: Element, depth: int) -> str:
    properties = child(element, "accPr")
    sign = value(properties, "chr") if child(properties, "chr") is not None else "\u0302"
    command = ACCENTS.get(sign or "", "hat" if sign else "")
    inner = _part(element, "e", depth)
    return rf"\{command}{{{inner}}}" if command else inner


def _bar(element: Element, depth: int) -> str:
    command = "overline" if value(element, "barPr", "pos") == "top" else "underline"
    return rf"\{command}{{{_part(element, 'e', depth)}}}"


def _group_sign(element: Element, depth: int) -> str:
    properties = child(element, "groupChrPr")
    above = value(properties, "pos") == "top"
    sign = value(properties, "chr") if child(properties, "chr") is not None else "⏟"
    inner = _part(element, "e", depth)
    if sign in ("⏞", "⏟", "︷", "︸"):
        return rf"\{'overbrace' if above else 'underbrace'}{{{inner}}}"
    return rf"\{'overset' if above else 'underset'}{{{letters(sign or '')}}}{{{inner}}}"


def _limit_below(element: Element, depth: int) -> str:
    return _limit(element, depth, "_", "underset")


def _limit_above(element: Element, depth: int) -> str:
    return _limit(element, depth, "^", "overset")


def _limit(element: Element, depth: int, script: str, command: str) -> str:
    base, limit = _part(element, "e", depth), _part(element, "lim", depth)
    if _is_command(base) or base.startswith((r"\underbrace", r"\overbrace")):
        return f"{base}{script}{{{limit}}}"
    return rf"\{command}{{{limit}}}{{{base}}}"


def _matrix(element: Element, depth: int) -> str:
    rows = (
        " & ".join(_inside(each, depth).strip() for each in row if local(each) == "e")
        for row in element
        if local(row) == "mr"
    )
    return rf"\begin{{matrix}}{_NEXT_ROW.join(rows)}\end{{matrix}}"


def _equations(element: Element, depth: int) -> str:
    rows = (_inside(each, depth).strip() for each in element if local(each) == "e")
    return rf"\begin{{aligned}}{_NEXT_ROW.join(rows)}\end{{aligned}}"


def _boxed(element: Element, depth: int) -> str:
    return rf"\boxed{{{_part(element, 'e', depth)}}}"


def _phantom(element: Element, depth: int) -> str:
    shown = value(element, "phantPr", "show")
    return "" if shown in _OFF else _part(element, "e", depth)


_WRITERS: Mapping[str, Callable[[Element, int], str]] = {
    "f": _fraction,
    "rad": _root,
    "sSup": _superscript,
    "sSub": _subscript,
    "sSubSup": _both_scripts,
    "sPre": _scripts_before,
    "nary": _big_operator,
    "d": _brackets,
    "func": _function,
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group_sign,
    "limLow": _limit_below,
    "limUpp": _limit_above,
    "m": _matrix,
    "eqArr": _equations,
    "borderBox": _boxed,
    "phant": _phantom,
}


def _is_on(properties: Element | None, name: str) -> bool:
    found = child(properties, name)
    return found is not None and value(properties, name) not in _OFF


def _is_command(text: str) -> bool:
    return text.startswith("\\") and text[1:].isascii() and text[1:].isalpha()


def _tidy(text: str) -> str:
    return " ".join(text.split())
