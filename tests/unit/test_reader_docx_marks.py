"""Hidden and struck text of a Word file stands apart; that of Markdown is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx
from tests.support.readers import LIMITS, options, part, write_docx


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def blocks(folder: Path, body: str, **parts: str) -> list[Block]:
    named = {f"word/{name}.xml": content for name, content in parts.items()}
    pages = docx.read(write_docx(folder / "f.docx", body, named), options("docx"), LIMITS)
    return [block for page in pages for block in page.blocks]


def marked(block: Block) -> list[tuple[str, bool, bool]]:
    return [(block.text[start:end], hidden, struck) for start, end, hidden, struck in block.marks]


STYLES = part(
    "styles",
    '<w:style w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:styleId="Secret"><w:basedOn w:val="Base"/></w:style>'
    '<w:style w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>',
)


@pytest.mark.parametrize(
    ("properties", "hidden", "struck"),
    [
        ("<w:vanish/>", True, False),
        ('<w:vanish w:val="1"/>', True, False),
        ("<w:strike/>", False, True),
        ("<w:dstrike/><w:b/>", False, True),
        ("<w:vanish/><w:strike/>", True, True),
        ('<w:rStyle w:val="Secret"/>', True, False),
        ('<w:rStyle w:val="Old"/>', False, True),
        ('<w:color w:val="ffffff"/>', True, False),
        ('<w:sz w:val="2"/>', True, False),
    ],
)
def test_text_that_is_not_seen_stands_apart(
    tmp_path: Path, properties: str, hidden: bool, struck: bool
) -> None:
    body = f"<w:p>{run('It is  due ')}{run(' within 48 ', properties)}{run('now.')}</w:p>"
    seen, apart = blocks(tmp_path, body, styles=STYLES)
    assert (seen.text, seen.marks) == ("It is due now.", ())
    assert marked(apart) == [("within 48", hidden, struck)]


@pytest.mark.parametrize(
    "properties",
    [
        "",
        "<w:b/>",
        '<w:strike w:val="0"/>',
        '<w:rStyle w:val="Secret"/><w:vanish w:val="0"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>',
        '<w:sz w:val="8"/>',
    ],
)
def test_other_runs_are_not_marked(tmp_path: Path, properties: str) -> None:
    (block,) = blocks(tmp_path, f"<w:p>{run('It is due.', properties)}</w:p>", styles=STYLES)
    assert block.marks == ()


def test_a_paragraph_is_hidden_by_its_style(tmp_path: Path) -> None:
    style = '<w:pPr><w:pStyle w:val="Secret"/></w:pPr>'
    (block,) = blocks(tmp_path, f"<w:p>{style}{run('Ask Ada.')}</w:p>", styles=STYLES)
    assert marked(block) == [("Ask Ada.", True, False)]


@pytest.mark.parametrize(
    "around", ["<w:background/>{}", "<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"]
)
def test_white_letters_on_a_colour_are_seen(tmp_path: Path, around: str) -> None:
    white = run("It is due.", '<w:color w:val="FFFFFF"/>')
    (block,) = blocks(tmp_path, around.format(f"<w:p>{white}</w:p>"))
    assert block.marks == ()


def test_a_deleted_revision_stands_apart(tmp_path: Path) -> None:
    deleted = "<w:del><w:r><w:delText>48</w:delText></w:r></w:del>"
    moved = f"<w:moveFrom>{run('moved')}</w:moveFrom>"
    body = f"<w:p>{run('Due in ')}{deleted}{run('24 hours.')}{moved}</w:p>"
    seen, apart = blocks(tmp_path, body)
    assert seen.text == "Due in 24 hours."
    assert marked(apart) == [("48", False, True)]


def test_very_many_struck_words_of_a_paragraph_stand_apart_together(tmp_path: Path) -> None:
    pairs = "".join(run(f"a{n} ") + run(f"b{n} ", "<w:strike/>") for n in range(1_000))
    seen, apart = blocks(tmp_path, f"<w:p>{pairs}</w:p>")
    assert len(seen.text.split()) == len(apart.text.split()) == 1_000


def test_a_struck_item_keeps_its_number(tmp_path: Path) -> None:
    place = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    level = '<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    numbering = part(
        "numbering",
        f'<w:abstractNum w:abstractNumId="5">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>',
    )
    items = [run("Wash"), run("Rinse", "<w:strike/>"), run("Ask Ada", "<w:vanish/>"), run("Dry")]
    body = "".join(f"<w:p>{place}{item}</w:p>" for item in items)
    found = blocks(tmp_path, body, numbering=numbering)
    assert [block.text for block in found] == ["1. Wash", "2. Rinse", "Ask Ada", "3. Dry"]
    assert [bool(block.marks) for block in found] == [False, True, True, False]
