"""Equations of a Word file as LaTeX."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx
from tests.support.readers import LIMITS, options, write_docx

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def read(folder: Path, inner: str, name: str = "oMath") -> list[Block]:
    body = f'<w:p><m:{name} xmlns:m="{MATH}">{inner}</m:{name}></w:p>'
    path = write_docx(folder / "f.docx", body)
    return [block for page in docx.read(path, options("docx"), LIMITS) for block in page.blocks]


def r(text: str, properties: str = "") -> str:
    return f"<m:r><m:rPr>{properties}</m:rPr><m:t>{text}</m:t></m:r>"


def el(name: str, *parts: str, **more: str) -> str:
    """Return an element with these children, then parts by their names."""
    inner = "".join(f"<m:{key}>{content}</m:{key}>" for key, content in more.items())
    return f"<m:{name}>{''.join(parts)}{inner}</m:{name}>"


def props(name: str, **values: str) -> str:
    inner = "".join(f'<m:{key} m:val="{value}"/>' for key, value in values.items())
    return f"<m:{name}>{inner}</m:{name}>"


SQUARE = el("sSup", e=r("b"), sup=r("2"))
ROOT = el("rad", props("radPr", degHide="1"), deg="", e=SQUARE + r("−4ac"))
BINOMIAL = el("f", props("fPr", type="noBar"), num=r("n"), den=r("k"))
LIMIT = el("limLow", e=r("lim"), lim=r("n→∞"))
ROW = f"<m:mr><m:e>{r('a')}</m:e><m:e>{r('b')}</m:e></m:mr>"


@pytest.mark.parametrize(
    ("inner", "latex"),
    [
        (
            r("x=") + el("f", num=r("−b±") + ROOT, den=r("2a")),
            r"x=\frac{-b\pm\sqrt{b^{2}-4ac}}{2a}",
        ),
        (el("rad", deg=r("3"), e=r("x")), r"\sqrt[3]{x}"),
        (el("f", props("fPr", type="lin"), num=r("a+b"), den=r("c")), "(a+b)/c"),
        (el("sSubSup", e=r("x"), sub=r("i"), sup=r("2")), "x_{i}^{2}"),
        (el("sSub", e=r("10"), sub=r("n")), "{10}_{n}"),
        (el("sPre", sub=r("6"), sup=r("14"), e=r("C")), "{}_{6}^{14}C"),
        (
            el("nary", props("naryPr", chr="∑"), sub=r("i=1"), sup=r("n"), e=r("i")),
            r"\sum_{i=1}^{n} i",
        ),
        (el("nary", sub=r("0"), sup=r("π"), e=r("x dx")), r"\int_{0}^{\pi} x dx"),
        (
            el("nary", props("naryPr", chr="∏", subHide="1"), sub=r("i"), sup="", e=r("i")),
            r"\prod i",
        ),
        (el("d", e=r("x+1")), r"\left(x+1\right)"),
        (el("d", props("dPr", begChr="|", endChr="|"), e=r("x")), r"\left\vert x\right\vert"),
        (el("d", props("dPr", begChr="{", endChr=""), e=r("x")), r"\left\{x\right."),
        (
            f"<m:d><m:e>{r('A')}</m:e><m:e>{r('B')}</m:e></m:d>",
            r"\left(A \middle\vert B\right)",
        ),
        (el("d", e=BINOMIAL), r"\binom{n}{k}"),
        (el("func", fName=r("sin"), e=r("x")), r"\sin x"),
        (el("func", fName=el("sSup", e=r("cos"), sup=r("2")), e=r("θ")), r"\cos^{2}\theta"),
        (el("func", fName=LIMIT, e=el("sSub", e=r("a"), sub=r("n"))), r"\lim_{n\to\infty} a_{n}"),
        (el("func", fName=r("rank"), e=el("d", e=r("A"))), r"\operatorname{rank}\left(A\right)"),
        (el("acc", e=r("x")), r"\hat{x}"),
        (el("acc", props("accPr", chr="⃗"), e=r("v")), r"\vec{v}"),
        (el("bar", props("barPr", pos="top"), e=r("z")), r"\overline{z}"),
        (el("groupChr", e=r("a+b")), r"\underbrace{a+b}"),
        (el("m", ROW, ROW), r"\begin{matrix}a & b \\ a & b\end{matrix}"),
        (
            f"<m:eqArr><m:e>{r('x=1')}</m:e><m:e>{r('y=2')}</m:e></m:eqArr>",
            r"\begin{aligned}x=1 \\ y=2\end{aligned}",
        ),
        (el("borderBox", e=r("x")), r"\boxed{x}"),
        (r("αx≤β"), r"\alpha x\leq\beta"),
        (r("𝑥∈ℝ"), r"x\in\mathbb{R}"),
        (r("R", '<m:scr m:val="double-struck"/>'), r"\mathbb{R}"),
        (r(" if x % 2", "<m:nor/>"), r"\text{ if x \% 2}"),
        (r("P(A|B)"), r"P(A\vert B)"),
        (r("π") + r("r"), r"\pi r"),
        (el("unknown", r("x")), "x"),
    ],
)
def test_equations_are_written_as_latex(tmp_path: Path, inner: str, latex: str) -> None:
    (block,) = read(tmp_path, inner)
    assert block.text == f"${latex}$"


def test_an_equation_on_a_line_of_its_own_has_two_signs(tmp_path: Path) -> None:
    (block,) = read(tmp_path, f"<m:oMath>{r('a=b')}</m:oMath>", "oMathPara")
    assert block.text == "$$a=b$$"


def test_an_equation_without_signs_is_no_text(tmp_path: Path) -> None:
    assert read(tmp_path, "") == []


def test_an_equation_stands_among_the_words_around_it(tmp_path: Path) -> None:
    words = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    math = f'<m:oMath xmlns:m="{MATH}">{r("E=m") + el("sSup", e=r("c"), sup=r("2"))}</m:oMath>'
    body = f"<w:p>{words.format('Energy ')}{math}{words.format(' holds.')}</w:p>"
    path = write_docx(tmp_path / "f.docx", body)
    (page,) = docx.read(path, options("docx"), LIMITS)
    assert [block.text for block in page.blocks] == ["Energy $E=mc^{2}$ holds."]


def test_the_text_of_a_deep_equation_is_kept(tmp_path: Path) -> None:
    inner = r("x")
    for _ in range(100):
        inner = el("rad", e=inner)
    (block,) = read(tmp_path, inner)
    assert block.text.count(r"\sqrt") < 100
    assert block.text.strip("${}").endswith("x")
