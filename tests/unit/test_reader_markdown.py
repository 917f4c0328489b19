"""Markdown is read as the page that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import markdown
from tests.support.readers import LIMITS, options


def read(folder: Path, content: str) -> list[Block]:
    path = folder / "f.md"
    path.write_text(content, encoding="utf-8")
    pages = markdown.read(path, options("md"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(folder: Path, content: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(folder, content)]


def test_a_text_is_split_into_blocks(tmp_path: Path) -> None:
    content = (
        "# Title #\n\nSome *text*\nin **two** `lines`.\n\nSection\n-------\n- one\n- two\n\n"
        "| A | B |\n|---|:-:|\n| 1 | a\\|b |\n"
    )
    found = read(tmp_path, content)
    assert [(block.kind, block.level, block.text or block.rows) for block in found] == [
        ("heading", 1, "Title"),
        ("paragraph", 0, "Some text\nin two lines."),
        ("heading", 2, "Section"),
        ("list", 0, "- one"),
        ("list", 0, "- two"),
        ("table", 0, (("A", "B"), ("1", "a|b"))),
    ]
    assert found[-1].header is True


def test_nested_lists_are_indented_and_keep_their_numbers(tmp_path: Path) -> None:
    content = "3. wash\n   - cold\n\n     by hand\n4. dry\n\n- [x] done\n"
    texts = [text for _, text in said(tmp_path, content)]
    assert texts == ["3. wash", "  - cold\nby hand", "4. dry", "- [x] done"]


def test_code_is_one_block_without_markdown(tmp_path: Path) -> None:
    found = said(tmp_path, "```python\n# no heading\n\nx = *1*\n```\nafter")
    assert found == [("paragraph", "# no heading\n\nx = *1*"), ("paragraph", "after")]


def test_html_in_a_text_is_read_as_on_a_page(tmp_path: Path) -> None:
    content = (
        "before\n\n<table><tr><th>a<th>b</tr>\n<tr><td>1<td>2</tr></table>\n\n"
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![a lake](https://example.org/y.png)"
    )
    found = read(tmp_path, content)
    assert [block.text or block.rows for block in found] == [
        "before",
        (("a", "b"), ("1", "2")),
        "x a lake",
    ]


@pytest.mark.parametrize(
    ("text", "apart", "hidden"),
    [
        ("It is due in ~~48~~ 24 hours.", "48", False),
        ("It is due in <del>48</del> 24 hours.", "48", False),
        ("It is due in <!-- or so --> 24 hours.", "or so", True),
    ],
)
def test_struck_text_and_comments_stand_apart(
    tmp_path: Path, text: str, apart: str, hidden: bool
) -> None:
    first, second, *rest = read(tmp_path, f"{text}\n\n| a | b |\n|---|---|\n| {text} | c |\n")
    assert (first.text, first.marks) == ("It is due in 24 hours.", ())
    assert (second.text, second.marks[0].hidden, second.marks[0].struck) == (
        apart,
        hidden,
        not hidden,
    )
    assert rest[0].rows == (("a", "b"), ("It is due in 24 hours.", "c"))
    assert (rest[1].text, bool(rest[1].marks)) == (apart, True)


def test_signs_that_mark_nothing_stay(tmp_path: Path) -> None:
    assert said(tmp_path, "About ~ 5 ~~ 6 < 7 * 8 hours.") == [
        ("paragraph", "About ~ 5 ~~ 6 < 7 * 8 hours.")
    ]


FRONT = "title: 'The plan: two'\ntags: [a, \"b\"]\nauthors:\n  - Ada\n  - Bob\ndraft:\n"


@pytest.mark.parametrize("rule", ["---", "+++"])
def test_front_matter_is_read_as_fields(tmp_path: Path, rule: str) -> None:
    found = said(tmp_path, f"{rule}\n{FRONT}{rule}\n\ntext")
    assert found == [
        ("heading", "The plan: two"),
        ("field", "tags: a, b"),
        ("field", "authors: Ada, Bob"),
        ("paragraph", "text"),
    ]


def test_a_title_that_both_front_matter_and_text_have_is_read_once(tmp_path: Path) -> None:
    found = said(tmp_path, "---\ntitle: Plan\nby: Ada\n---\n# Plan\ntext")
    assert found == [("heading", "Plan"), ("field", "by: Ada"), ("paragraph", "text")]


@pytest.mark.parametrize("content", ["---\ntext\n---\nmore", "---\n\na: b", "--- a: b"])
def test_rules_without_pairs_between_them_are_no_front_matter(tmp_path: Path, content: str) -> None:
    assert "field" not in {kind for kind, _ in said(tmp_path, content)}


@pytest.mark.parametrize("split", ["", "\n"])
def test_pictures_within_the_text_are_left_out(tmp_path: Path, split: str) -> None:
    picture = split.join(["iVBORw0KGgoAAAANSUhEUgAA" * 4_000] * 2)
    content = f"before ![x](data:image/png;base64,{picture}) after"
    text = " ".join(text for _, text in said(tmp_path, content))
    assert "iVBOR" not in text
    assert text.startswith("before")


def test_a_long_word_that_is_no_picture_stays(tmp_path: Path) -> None:
    assert said(tmp_path, "ACGT" * 1_000) == [("paragraph", "ACGT" * 1_000)]


def test_links_find_targets_that_are_defined_in_another_piece(tmp_path: Path) -> None:
    filler = "\n\n".join(f"Paragraph {number}." for number in range(5_000))
    found = said(tmp_path, f"See [the rules][r].\n\n{filler}\n\n[r]: https://example.org\n")
    assert found[0] == ("paragraph", "See the rules.")
    assert len(found) == 5_001


def test_a_list_and_code_across_pieces_stay_whole(tmp_path: Path) -> None:
    items = "".join(f"{number}. item\n" for number in range(1, 10_001))
    code = "```\n" + "# x\n" * 20_000 + "```\n"
    found = said(tmp_path, f"{items}\n{code}\n# End\n")
    assert [text for kind, text in found if kind == "list"][-1] == "10000. item"
    assert [text for kind, text in found if kind == "heading"] == ["End"]


@pytest.mark.parametrize("mark", ["~~a ", "<!-- ", "<del>", "~~~~~", "![", "> "])
def test_hostile_texts_are_read(tmp_path: Path, mark: str) -> None:
    assert said(tmp_path, f"{mark * 4_000}\n\ndeep")
