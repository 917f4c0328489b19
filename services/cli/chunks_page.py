"""Writes chunks as one self-contained web page: pictures of pages with boxes, and the texts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

# The angle between the colours of neighbouring chunks: the golden one repeats no colour soon.
_HUE_STEP = 137.5

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 1rem; color: #222; background: #f4f4f4; }
section { display: grid; grid-template-columns: minmax(20rem, 3fr) 2fr; gap: 1rem; margin: 1rem 0; }
section.text { grid-template-columns: minmax(20rem, 60rem); }
figure { position: relative; margin: 0; align-self: start; background: #fff; }
figure img { display: block; width: 100%; }
figure a { position: absolute; border: 1px solid hsl(var(--hue) 80% 40%);
  background: hsl(var(--hue) 90% 50% / .16); }
article { background: #fff; border-left: .4rem solid hsl(var(--hue) 80% 45%); margin: 0 0 .6rem;
  padding: .3rem .6rem; }
article:target { outline: 3px solid hsl(var(--hue) 80% 45%); }
article p { margin: 0; color: #555; font-size: 12px; }
article pre { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
"""
# The page shows text of any file: no script runs, and nothing is loaded.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
)


def page(name: str, shown: Mapping[str, Any]) -> str:
    """Return the page of a file's chunks; `shown` is what the offline command returns."""
    chunks, pictures = shown["chunks"], shown["pages"]
    title = escape(f"{name}: {len(chunks)} chunks")
    body = "".join(_sections(chunks, pictures))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{_POLICY}'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )


def _sections(chunks: Sequence[Any], pictures: Sequence[Any]) -> Iterator[str]:
    """Yield one section for each page with the chunks that begin on it, then all other chunks."""
    drawn = {picture["page"] for picture in pictures}
    numbered = list(enumerate(chunks))
    for picture in pictures:
        texts = (_article(*each) for each in numbered if each[1]["page_num"] == picture["page"])
        yield f"<section>{_figure(picture, numbered)}<div>{''.join(texts)}</div></section>"
    rest = [_article(*each) for each in numbered if each[1]["page_num"] not in drawn]
    if rest:
        yield f'<section class="text"><div>{"".join(rest)}</div></section>'


def _figure(picture: Mapping[str, Any], numbered: Iterable[tuple[int, Any]]) -> str:
    _, _, width, height = picture["box"]
    boxes = "".join(
        _box(number, chunk, (left / width, top / height, right / width, bottom / height))
        for number, chunk in numbered
        for on, left, top, right, bottom in chunk["boxes"]
        if on == picture["page"]
    )
    data = base64.b64encode(picture["image"]).decode("ascii")
    name = f"Page {picture['page']}"
    return f'<figure><img alt="{name}" src="data:image/jpeg;base64,{data}">{boxes}</figure>'


def _box(number: int, chunk: Mapping[str, Any], sides: tuple[float, float, float, float]) -> str:
    left, top, right, bottom = (100 * side for side in sides)
    place = f"left:{left:.2f}%;top:{top:.2f}%;width:{right - left:.2f}%;height:{bottom - top:.2f}%"
    title = escape(f"#{number} {chunk['chunk_type']}", quote=True)
    return f'<a href="#c{number}" title="{title}" style="{_hue(number)};{place}"></a>'


def _article(number: int, chunk: Mapping[str, Any]) -> str:
    facts = [f"#{number}", chunk["chunk_type"], f"{chunk['token_count']} tokens", chunk["section"]]
    head = escape(" · ".join(filter(None, facts)))
    text = escape(chunk["content"])
    return (
        f'<article id="c{number}" style="{_hue(number)}"><p>{head}</p><pre>{text}</pre></article>'
    )


def _hue(number: int) -> str:
    return f"--hue:{number * _HUE_STEP % 360:.0f}"
