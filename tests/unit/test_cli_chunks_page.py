"""The page of `quire chunks` has every chunk, its boxes on pictures, and no markup of the file."""

from __future__ import annotations

import re
from typing import Any

from services.cli.chunks_page import page


def chunk(content: str, page_num: int | None, *boxes: list[float]) -> dict[str, Any]:
    return {
        "chunk_type": "text",
        "page_num": page_num,
        "section": "Scope",
        "token_count": 3,
        "content": content,
        "boxes": list(boxes),
    }


PICTURE = {"page": 2, "box": (0, 0, 200, 400), "image": b"jpeg"}


def test_boxes_lie_on_the_picture_in_percent() -> None:
    made = page("f.pdf", {"chunks": [chunk("One.", 2, [2, 20, 100, 120, 140])], "pages": [PICTURE]})
    assert "left:10.00%;top:25.00%;width:50.00%;height:10.00%" in made
    assert "data:image/jpeg;base64,anBlZw==" in made
    assert '<a href="#c0"' in made
    assert '<article id="c0"' in made


def test_a_box_stands_on_its_own_page_only() -> None:
    lines: list[list[float]] = [[1, 0, 0, 9, 9], [2, 20, 100, 120, 140]]
    made = page("f.pdf", {"chunks": [chunk("One.", 1, *lines)], "pages": [PICTURE]})
    assert len(re.findall("<a href", made)) == 1


def test_chunks_without_a_drawn_page_are_listed() -> None:
    made = page("f.md", {"chunks": [chunk("One.", None), chunk("Two.", None)], "pages": []})
    assert re.findall(r"<pre>(.*?)</pre>", made) == ["One.", "Two."]


def test_text_and_name_of_the_file_are_no_markup() -> None:
    made = page("<b>.md", {"chunks": [chunk("<script>x</script>", None)], "pages": []})
    assert "<script" not in made
    assert "<b>" not in made
