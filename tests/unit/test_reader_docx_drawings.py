"""The values of charts and the texts of SmartArt diagrams in a Word file."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx
from tests.support.readers import LIMITS, options, paragraph, write_docx

C = 'xmlns:c="c" xmlns:a="a"'
CHART = '<w:p><w:r><w:drawing><c:chart xmlns:c="c" r:id="chart"/></w:drawing></w:r></w:p>'
DIAGRAM = (
    '<w:p><w:r><w:drawing><dgm:relIds xmlns:dgm="d" r:dm="diagramData"/></w:drawing></w:r></w:p>'
)


def read(folder: Path, body: str, **parts: str) -> list[Block]:
    path = write_docx(folder / "f.docx", body, {f"word/{k}.xml": v for k, v in parts.items()})
    return [block for page in docx.read(path, options("docx"), LIMITS) for block in page.blocks]


def cache(kind: str, *values: str, code: str = "") -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{v}</c:v></c:pt>' for at, v in enumerate(values) if v)
    held = f"<c:formatCode>{code}</c:formatCode>" if code else ""
    return f"<c:{kind}Ref><c:f>A1</c:f><c:{kind}Cache>{held}{points}</c:{kind}Cache></c:{kind}Ref>"


def titled(text: str) -> str:
    return (
        f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{text}</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    )


def series(name: str, keys: str, values: str) -> str:
    named = f"<c:tx>{cache('str', name)}</c:tx>"
    return f"<c:ser>{named}<c:cat>{keys}</c:cat><c:val>{values}</c:val></c:ser>"


def chart(*inner: str, title: str = "", axes: str = "") -> str:
    plots = f"<c:plotArea><c:barChart>{''.join(inner)}</c:barChart>{axes}</c:plotArea>"
    return f"<c:chartSpace {C}><c:chart>{title}{plots}</c:chart></c:chartSpace>"


def test_a_chart_is_a_table_of_its_values_below_its_title(tmp_path: Path) -> None:
    years = cache("str", "2023", "2024")
    axes = f"<c:catAx>{titled('Year')}</c:catAx><c:valAx>{titled('USD million')}</c:valAx>"
    content = chart(
        series("North", years, cache("num", "4.2999999999999998", "5")),
        series("South", years, cache("num", "", "7")),
        title=titled("Sales"),
        axes=axes,
    )
    caption, table = read(tmp_path, CHART, chart=content)
    assert (caption.kind, caption.text) == ("caption", "Sales, USD million")
    assert table.rows == (("Year", "North", "South"), ("2023", "4.3", ""), ("2024", "5", "7"))
    assert table.header is True


def test_series_with_categories_of_their_own_are_written_point_by_point(tmp_path: Path) -> None:
    content = chart(
        series("A", cache("num", "1"), cache("num", "10")),
        series("B", cache("num", "2"), cache("num", "20")),
    )
    (table,) = read(tmp_path, CHART, chart=content)
    assert table.rows == (("", "", ""), ("A", "1", "10"), ("B", "2", "20"))


def test_categories_of_two_levels_are_joined(tmp_path: Path) -> None:
    inner = '<c:lvl><c:pt idx="0"><c:v>Q1</c:v></c:pt><c:pt idx="1"><c:v>Q2</c:v></c:pt></c:lvl>'
    outer = '<c:lvl><c:pt idx="0"><c:v>2024</c:v></c:pt></c:lvl>'
    levels = f"<c:multiLvlStrCache>{inner}{outer}</c:multiLvlStrCache>"
    content = series("A", f"<c:multiLvlStrRef>{levels}</c:multiLvlStrRef>", cache("num", "1", "2"))
    (table,) = read(tmp_path, CHART, chart=chart(content))
    assert [row[0] for row in table.rows[1:]] == ["2024 Q1", "2024 Q2"]


def test_a_chart_of_the_newer_form_is_read(tmp_path: Path) -> None:
    data = (
        '<c:data id="0"><c:strDim type="cat"><c:lvl><c:pt idx="0">Leads</c:pt></c:lvl></c:strDim>'
        '<c:numDim type="val"><c:lvl><c:pt idx="0">40</c:pt></c:lvl></c:numDim></c:data>'
    )
    own = (
        '<c:series><c:tx><c:txData><c:v>2024</c:v></c:txData></c:tx><c:dataId val="0"/></c:series>'
    )
    area = f"<c:plotArea><c:plotAreaRegion>{own}</c:plotAreaRegion></c:plotArea>"
    content = (
        f"<c:chartSpace {C}><c:chartData>{data}</c:chartData>"
        f"<c:chart>{titled('Funnel')}{area}</c:chart></c:chartSpace>"
    )
    body = CHART.replace('"chart"', '"chartEx"')
    caption, table = read(tmp_path, body, chartEx=content)
    assert (caption.text, table.rows) == ("Funnel", (("", "2024"), ("Leads", "40")))


def test_values_are_shown_in_their_format(tmp_path: Path) -> None:
    days = cache("num", "45292", code="dd.mm.yyyy")
    content = chart(series("Share", days, cache("num", "0.25", code="0%")))
    (table,) = read(tmp_path, CHART, chart=content)
    assert table.rows == (("", "Share"), ("2024-01-01", "25%"))


@pytest.mark.parametrize(
    "content",
    [
        f"<c:chartSpace {C}><c:chart/></c:chartSpace>",
        f"<c:chartSpace {C}/>",
        "<broken",
        chart("<c:ser/>"),
    ],
)
def test_a_chart_without_values_leaves_the_rest_readable(tmp_path: Path, content: str) -> None:
    (block,) = read(tmp_path, CHART + paragraph("after"), chart=content)
    assert block.text == "after"


def test_a_chart_with_absurd_indexes_is_bounded(tmp_path: Path) -> None:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>1</c:v></c:pt>' for at in ("0", "99999", "-1", "x", "9" * 5_000)
    )
    values = f"<c:numRef><c:numCache>{points}</c:numCache></c:numRef>"
    (table,) = read(tmp_path, CHART, chart=chart(series("A", "", values)))
    assert table.rows == (("", "A"), ("", "1"))


def point(identity: str, text: str = "", kind: str = "node") -> str:
    body = f"<d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t>" if text else ""
    return f'<d:pt modelId="{identity}" type="{kind}">{body}</d:pt>'


def link(above: str, below: str, order: int, kind: str = "parOf") -> str:
    return f'<d:cxn type="{kind}" srcId="{above}" destId="{below}" srcOrd="{order}"/>'


def diagram(points: str, links: str) -> str:
    inner = f"<d:ptLst>{points}</d:ptLst><d:cxnLst>{links}</d:cxnLst>"
    return f'<d:dataModel xmlns:d="d" xmlns:a="a">{inner}</d:dataModel>'


def test_a_diagram_is_a_nested_list(tmp_path: Path) -> None:
    points = point("0", kind="doc") + point("1", "Plan") + point("2", "Do") + point("3", "Budget")
    points += point("4", "Plan", kind="pres")
    links = link("0", "2", 1) + link("0", "1", 0) + link("1", "3", 0)
    links += link("1", "4", 0, "presOf")
    found = read(tmp_path, DIAGRAM, diagramData=diagram(points, links))
    assert [(b.kind, b.text) for b in found] == [
        ("list", "• Plan"),
        ("list", "  • Budget"),
        ("list", "• Do"),
    ]


def test_a_diagram_that_contains_itself_ends(tmp_path: Path) -> None:
    points = point("0", kind="doc") + point("1", "Plan")
    links = link("0", "1", 0) + link("1", "1", 0) + link("1", "0", 0)
    (item,) = read(tmp_path, DIAGRAM, diagramData=diagram(points, links))
    assert item.text == "• Plan"
