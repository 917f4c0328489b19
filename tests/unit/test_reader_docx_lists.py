"""The labels of lists, and the check boxes and symbols of a Word file."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.readers import docx
from services.extractor.readers.docx.number_formats import formatted
from tests.support.readers import LIMITS, options, paragraph, part, write_docx


def said(path: Path) -> list[tuple[str, str]]:
    pages = docx.read(path, options("docx"), LIMITS)
    return [(block.kind, block.text) for page in pages for block in page.blocks]


def level(depth: int, style: str, pattern: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{pattern}"/>{more}</w:lvl>'
    )


def abstract(identity: str, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{identity}">{"".join(levels)}</w:abstractNum>'


def numbered(identity: str, of: str, more: str = "") -> str:
    return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def item(text: str, list_id: str = "1", depth: int = 0) -> str:
    place = f'<w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/>'
    return paragraph(text, f"<w:numPr>{place}</w:numPr>")


def labelled(folder: Path, body: str, *numbering: str, styles: str = "") -> list[str]:
    parts = {"word/numbering.xml": part("numbering", "".join(numbering))}
    if styles:
        parts["word/styles.xml"] = part("styles", styles)
    return [text for _, text in said(write_docx(folder / "f.docx", body, parts))]


OUTLINE = abstract("7", level(0, "decimal", "%1."), level(1, "lowerLetter", "%2)"))


def test_a_list_that_starts_again_counts_from_its_start(tmp_path: Path) -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    body = item("a") + item("b") + item("c", "2") + item("d", "2") + item("e", "3")
    numbering = OUTLINE, numbered("1", "7"), numbered("2", "7", again), numbered("3", "7")
    texts = labelled(tmp_path, body, *numbering)
    assert texts == ["1. a", "2. b", "1. c", "2. d", "3. e"]


def test_a_list_may_define_a_depth_of_its_own(tmp_path: Path) -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "upperRoman", "Part %1")}</w:lvlOverride>'
    texts = labelled(tmp_path, item("a"), OUTLINE, numbered("1", "7", own))
    assert texts == ["Part I a"]


@pytest.mark.parametrize(
    ("restart", "texts"),
    [
        ("", ["1. a", "  a) b", "2. c", "  a) d"]),
        ('<w:lvlRestart w:val="0"/>', ["1. a", "  a) b", "2. c", "  b) d"]),
    ],
)
def test_deeper_items_count_again_below_each_item(
    tmp_path: Path, restart: str, texts: list[str]
) -> None:
    levels = level(0, "decimal", "%1."), level(1, "lowerLetter", "%2)", restart)
    body = item("a") + item("b", depth=1) + item("c") + item("d", depth=1)
    assert labelled(tmp_path, body, abstract("7", *levels), numbered("1", "7")) == texts


def test_legal_numbering_writes_all_depths_as_decimals(tmp_path: Path) -> None:
    levels = level(0, "upperRoman", "%1"), level(1, "decimal", "%1.%2", "<w:isLgl/>")
    body = item("a") + item("b", depth=1)
    texts = labelled(tmp_path, body, abstract("7", *levels), numbered("1", "7"))
    assert texts == ["I a", "  1.1 b"]


def test_a_style_may_name_the_depth_of_its_list(tmp_path: Path) -> None:
    levels = level(0, "decimal", "%1"), level(1, "decimal", "%1.%2", '<w:pStyle w:val="Sub"/>')
    style = (
        '<w:style w:styleId="Sub"><w:pPr><w:outlineLvl w:val="1"/>'
        '<w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    body = item("Scope") + paragraph("Terms", '<w:pStyle w:val="Sub"/>')
    numbering = abstract("7", *levels), numbered("1", "7")
    assert labelled(tmp_path, body, *numbering, styles=style) == ["1 Scope", "1.1 Terms"]


def test_items_are_nested_by_the_name_of_their_style(tmp_path: Path) -> None:
    style = '<w:style w:styleId="LN2"><w:name w:val="List Number 2"/></w:style>'
    nested = '<w:pStyle w:val="LN2"/><w:numPr><w:numId w:val="2"/></w:numPr>'
    body = item("a") + paragraph("b", nested)
    numbering = OUTLINE, numbered("1", "7"), abstract("8", level(0, "lowerLetter", "%1)"))
    texts = labelled(tmp_path, body, *numbering, numbered("2", "8"), styles=style)
    assert texts == ["1. a", "  a) b"]


def test_a_list_takes_its_depths_from_a_numbering_style(tmp_path: Path) -> None:
    defined = abstract("7", '<w:styleLink w:val="Steps"/>', level(0, "decimal", "Step %1:"))
    linked = abstract("8", '<w:numStyleLink w:val="Steps"/>')
    texts = labelled(tmp_path, item("a"), defined, linked, numbered("1", "8"))
    assert texts == ["Step 1: a"]


def test_a_label_of_absurd_length_is_cut(tmp_path: Path) -> None:
    listed = abstract("7", level(0, "decimal", "%1" * 10_000)), numbered("1", "7")
    (text,) = labelled(tmp_path, item("a"), *listed)
    assert len(text) < 100


WINGDINGS = '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>'


@pytest.mark.parametrize(
    ("sign", "font", "text"),
    [
        ("\uf0b7", '<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr>', "• a"),
        ("o", "", "• a"),
        ("\uf0a8", WINGDINGS, "☐ a"),
        ("\uf0fe", WINGDINGS, "☑ a"),
        ("", "", "a"),
    ],
)
def test_bullets_are_bullets_or_check_boxes(
    tmp_path: Path, sign: str, font: str, text: str
) -> None:
    listed = abstract("7", level(0, "bullet", sign, font)), numbered("1", "7")
    assert labelled(tmp_path, item("a"), *listed) == [text]


@pytest.mark.parametrize(
    ("style", "count", "label"),
    [
        ("decimal", 12, "12"),
        ("decimalZero", 3, "03"),
        ("lowerLetter", 28, "bb"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerRoman", 900_000, "900000"),
        ("ordinal", 11, "11th"),
        ("ordinal", 22, "22nd"),
        ("decimalEnclosedCircle", 3, "③"),
        ("decimalEnclosedCircle", 99, "99"),
        ("chineseCounting", 12, "十二"),
        ("chineseCounting", 40, "四十"),
        ("ideographDigital", 20, "二零"),
        ("ganada", 2, "나"),
        ("russianLower", 3, "в"),
        ("thaiNumbers", 12, "๑๒"),
        ("unheardOf", 7, "7"),
        ("upperLetter", 10**9, str(10**9)),
    ],
)
def test_counts_are_written_in_the_format_of_their_list(style: str, count: int, label: str) -> None:
    assert formatted(count, style) == label


def control(checked: str, sign: str) -> str:
    box = f'<w14:checkbox xmlns:w14="w14"><w14:checked w14:val="{checked}"/></w14:checkbox>'
    content = f"<w:sdtContent><w:r><w:t>{sign}</w:t></w:r></w:sdtContent>"
    return f"<w:sdt><w:sdtPr>{box}</w:sdtPr>{content}</w:sdt>"


def legacy(data: str, result: str = "") -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
        "<w:r><w:instrText>FORM</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{result}</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


CHOICES = '<w:listEntry w:val="red"/><w:listEntry w:val="blue"/>'


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (control("1", "☒"), "☑"),
        (control("0", "☐"), "☐"),
        (control("true", "yes"), "☑"),
        (legacy('<w:checkBox><w:default w:val="0"/></w:checkBox>'), "☐"),
        (legacy('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'), "☑"),
        (legacy('<w:checkBox><w:checked w:val="0"/></w:checkBox>'), "☐"),
        (legacy(f'<w:ddList><w:result w:val="1"/>{CHOICES}</w:ddList>'), "blue"),
        (legacy(f"<w:ddList>{CHOICES}</w:ddList>"), "red"),
        (legacy('<w:ddList><w:result w:val="9"/></w:ddList>'), ""),
        (legacy("<w:textInput/>", "Ada"), "Ada"),
    ],
)
def test_form_fields_have_their_values(tmp_path: Path, inner: str, text: str) -> None:
    label = "<w:r><w:t xml:space='preserve'>Colour: </w:t></w:r>"
    path = write_docx(tmp_path / "f.docx", f"<w:p>{label}{inner}</w:p>")
    assert [text for _, text in said(path)] == [f"Colour: {text}".strip()]


def test_a_paragraph_with_a_check_box_is_a_field(tmp_path: Path) -> None:
    label = "<w:r><w:t xml:space='preserve'> Married</w:t></w:r>"
    path = write_docx(tmp_path / "f.docx", f"<w:p>{control('1', '☒')}{label}</w:p>")
    assert said(path) == [("field", "☑ Married")]


FIELD = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'


@pytest.mark.parametrize(
    ("signs", "text"),
    [
        (("begin", "code", "separate", "shown", "end", "after"), "shown after"),
        (("begin", "begin", "code", "separate", "in code", "end", "end", "after"), "after"),
        (("begin", "before", "lost"), "before lost"),
        (("end", "after"), "after"),
    ],
)
def test_the_code_of_a_field_is_no_text(tmp_path: Path, signs: tuple[str, ...], text: str) -> None:
    body = "".join(
        FIELD.format(sign)
        if sign in ("begin", "separate", "end")
        else f"<w:r><w:t xml:space='preserve'> {sign}</w:t></w:r>"
        for sign in signs
    )
    path = write_docx(tmp_path / "f.docx", f"<w:p>{body}</w:p>")
    assert [text for _, text in said(path)] == [text]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('<w:sym w:font="Wingdings" w:char="F0FE"/>', "☑"),
        ('<w:sym w:font="Wingdings 2" w:char="F0A3"/>', "☐"),
        ('<w:sym w:font="Symbol" w:char="F061"/>', "α"),
        ('<w:sym w:font="Symbol" w:char="00B1"/>', "±"),
        ('<w:sym w:font="Arial" w:char="00E9"/>', "é"),
        ('<w:sym w:font="Wingdings" w:char="D800"/>', "•"),
        ('<w:sym w:font="Arial" w:char="x"/>', ""),
        ('<w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr><w:t>\uf06d</w:t>', "μ"),
        ("<w:t>\u2612</w:t>", "☑"),
    ],
)
def test_letters_of_symbol_fonts_are_symbols(tmp_path: Path, inner: str, text: str) -> None:
    path = write_docx(tmp_path / "f.docx", f"<w:p><w:r>{inner}</w:r></w:p>")
    assert [text for _, text in said(path)] == ([text] if text else [])
