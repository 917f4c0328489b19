"""The content of web pages: what a person sees, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import html, html_tables
from tests.support.readers import LIMITS, options


def read(folder: Path, content: str | bytes) -> list[Block]:
    path = folder / "f.html"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    pages = html.read(path, options("html"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(folder: Path, content: str | bytes) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(folder, content)]


def test_headings_paragraphs_and_lists_are_blocks(tmp_path: Path) -> None:
    content = (
        "<h2>Rest  time</h2>intro<p>Eleven <b>hours</b>,\n<i>always</i>.<br>No less.</p>"
        "<ul><li>one<li><p>two</p><p>more</p><ol start=3><li>inner</li><li>next</ol>tail</ul>end"
    )
    assert said(tmp_path, content) == [
        ("heading", "Rest time"),
        ("paragraph", "intro"),
        ("paragraph", "Eleven hours, always.\nNo less."),
        ("list", "• one"),
        ("list", "• two\nmore"),
        ("list", "  3. inner"),
        ("list", "  4. next"),
        ("list", "tail"),
        ("paragraph", "end"),
    ]
    assert read(tmp_path, content)[0].level == 2


def test_a_term_and_its_descriptions_are_one_item(tmp_path: Path) -> None:
    content = "<dl><dt>Deposit<dd>Two rents.<dd>Paid once.<dt>When?<dd><p>In May.</dl>"
    texts = [text for _, text in said(tmp_path, content)]
    assert texts == ["Deposit: Two rents.\nPaid once.", "When? In May."]


def test_programs_styles_and_menus_are_left_out(tmp_path: Path) -> None:
    content = (
        "<style>p{}</style>a<script>alert('x<p>')</script><nav><a>Home</a></nav>b"
        "<svg><title>no</title></svg><!-- note --><template>t</template> c <img src=x onerror=y>"
    )
    assert said(tmp_path, content) == [("paragraph", "a"), ("paragraph", "b c")]


@pytest.mark.parametrize("main", ["<main>{}</main>", '<div id=x role="main">{}</div>'])
def test_only_the_main_part_of_a_page_that_marks_it_is_read(tmp_path: Path, main: str) -> None:
    content = f"<title>T</title><header>Log in<p>Search</header>{main.format('<p>x')}<footer>Jobs"
    assert [text for _, text in said(tmp_path, content)] == ["T", "x"]


@pytest.mark.parametrize(
    ("head", "texts"),
    [
        ("<title>Leave &amp; sick pay</title><p>x", ["Leave & sick pay", "x"]),
        ("<title>Leave – Acme</title><h1>Leave</h1>x", ["Leave", "x"]),
        ("<title>Acme</title><h1>Leave</h1>x", ["Acme", "Leave", "x"]),
    ],
)
def test_the_title_stands_above_the_text_unless_its_heading_says_the_same(
    tmp_path: Path, head: str, texts: list[str]
) -> None:
    assert [text for _, text in said(tmp_path, f"<html><head>{head}")] == texts


def test_hidden_and_struck_text_stands_apart(tmp_path: Path) -> None:
    content = (
        '<p>Due in <s>48</s> 24 <span style="display: none">or 90</span> hours<s> or days</s>.'
        "<p hidden>No<ul><li><del>Rinse</del><li>Dry</ul>"
    )
    blocks = read(tmp_path, content)
    assert [(block.text, [mark[2:] for mark in block.marks]) for block in blocks] == [
        ("Due in 24 hours.", []),
        ("48 or days", [(False, True)]),
        ("or 90", [(True, False)]),
        ("No", [(True, False)]),
        ("• Rinse", [(False, True)]),
        ("• Dry", []),
    ]


def test_cells_that_span_are_repeated_where_they_name_others(tmp_path: Path) -> None:
    content = (
        "<table><caption>In EUR</caption><thead><tr><th rowspan=2>Year<th colspan=2>Sales"
        "<tr><th>North<th>South</thead><tr><td rowspan=2>2023<td>1<td>2<tr><td>3<td><s>4</s>"
        "<tr><td colspan=3>Total"
    )
    caption, table, struck = read(tmp_path, content)
    assert (caption.kind, caption.text) == ("caption", "In EUR")
    assert table.rows == (
        ("Year", "Sales North", "Sales South"),
        ("2023", "1", "2"),
        ("2023", "3", ""),
        ("Total", "", ""),
    )
    assert table.header is True
    assert (struck.text, struck.marks[0].struck) == ("4", True)


def test_tables_that_only_place_text_are_read_as_text(tmp_path: Path) -> None:
    content = (
        "<table><tr><td><h2>News</h2>first<table><tr><th>k<th>v<tr><td>a<td>b</table><td>right"
        "</table><table><tr><td>alone</table>"
    )
    blocks = read(tmp_path, content)
    assert [block.text or block.rows for block in blocks] == [
        "News",
        "first",
        (("k", "v"), ("a", "b")),
        "right",
        "alone",
    ]


def test_a_long_table_is_passed_on_in_parts_with_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_tables, "_MAX_ROWS", 300)
    rows = "".join(f"<tr><td>r{number}<td>x" for number in range(1_000))
    tables = read(tmp_path, f"<table><tr><th>Name<th>Value{rows}</table>")
    assert {table.rows[0] for table in tables} == {("Name", "Value")}
    assert [row[0] for table in tables for row in table.rows[1:]] == [f"r{n}" for n in range(1_000)]


def test_boxes_and_filled_fields_of_forms_are_read(tmp_path: Path) -> None:
    content = (
        "<input type=checkbox checked>Yes<p><input type=radio>No<p>Name: <input value=Ada>"
        "<p>City: <select><option>Rome<option selected>Oslo</select>"
    )
    texts = [text for _, text in said(tmp_path, content)]
    assert texts == ["☑ Yes", "☐ No", "Name: Ada", "City: Oslo"]


@pytest.mark.parametrize(
    "content",
    [
        '<meta charset="utf-8"><p>Größe 5 €'.encode(),
        '<meta charset="iso-8859-1"><p>Größe 5 €'.encode("cp1252"),
        "<p>Größe 5 €".encode("utf-16"),
        "<p>Größe 5 €".encode(),
        "<meta charset=unknown><p>Gr&ouml;ße 5 &euro;".encode("cp1252"),
        '<meta http-equiv=c content="text/html; charset=iso8859-15"><p>Größe 5 €'.encode(
            "iso8859-15"
        ),
        '<meta charset="utf-8"><p>Größe 5 €'.encode("cp1252"),
    ],
)
def test_a_page_is_decoded_by_its_bytes_and_its_declaration(tmp_path: Path, content: bytes) -> None:
    assert said(tmp_path, content) == [("paragraph", "Größe 5 €")]


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 50_000 + "deep" + "</div>" * 50_000,
        "<table><tr><td>" * 5_000 + "deep",
        "<ul><li>" * 5_000 + "deep",
        "<table><tr><td rowspan=9999999 colspan=99999999>deep",
        "<b>" * 50_000 + "deep",
        "<p>deep &#0; &#xd800; &nope; \0 <",
    ],
)
def test_hostile_pages_are_read(tmp_path: Path, content: str) -> None:
    assert "deep" in " ".join(text for _, text in said(tmp_path, content))


def test_a_huge_text_is_read_in_slices(tmp_path: Path) -> None:
    path = tmp_path / "f.html"
    path.write_text("<p>" + "word " * 400_000)
    pages = list(html.read(path, options("html"), LIMITS))
    assert max(len(block.text) for page in pages for block in page.blocks) < 200_000
    assert sum(len(block.text.split()) for page in pages for block in page.blocks) == 400_000


def test_entities_of_a_document_type_are_not_expanded(tmp_path: Path) -> None:
    content = '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "/etc/passwd">]><p>a &x; b'
    assert "root:" not in str(said(tmp_path, content))
