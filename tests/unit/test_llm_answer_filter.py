"""What a reader sees of a model's text: marks become citations, and nothing loads or leads away."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from markdown_it import MarkdownIt

from services.query.answers.citations import Quote
from services.query.answers.llm.answer_filter import AnswerFilter
from services.query.answers.llm.markers import ids_in
from shared.text.chunk_sentences import Sentence
from tests.support.passages import passage

CONTENT = "One is red. Two is blue. Three is green."
QUOTES = {"1.1": (0, 11), "1.2": (12, 24), "3.2": (25, 40)}
SPANS = [Sentence(start, end) for start, end in QUOTES.values()]


def filtered(pieces: Iterable[str]) -> tuple[str, list[str]]:
    """Return the text and the quotes, as they come of a stream of these pieces."""
    shown = passage(CONTENT, sentences=tuple(SPANS))
    made = AnswerFilter({key: Quote(shown, *span, 0.5) for key, span in QUOTES.items()})
    parts = [made.feed(each) for each in pieces]
    parts.append(made.feed("", last=True))
    cited = [citation for part in parts for citation in part.citations]
    assert [each.index for each in cited] == list(range(1, len(cited) + 1))
    return "".join(part.text for part in parts), [each.quote for each in cited]


@pytest.mark.parametrize(
    ("text", "shown", "quotes"),
    [
        ("It is red [1.1].", "It is red [1].", ["One is red."]),
        ("Red [1.1] and blue [1.2].", "Red [1] and blue [2].", ["One is red.", "Two is blue."]),
        ("Both [1.1, 3.2]!", "Both [1][2]!", ["One is red.", "Three is green."]),
        ("Both [1.1][3.2]!", "Both [1][2]!", ["One is red.", "Three is green."]),
        ("A range [1.1-1.2].", "A range [1][2].", ["One is red.", "Two is blue."]),
        ("Twice [1.1], [1.1].", "Twice [1], [1].", ["One is red."]),
        ("红【1.1】。", "红[1]。", ["One is red."]),
        ("Wide ［1.1］ and 〔1.2〕", "Wide [1] and [2]", ["One is red.", "Two is blue."]),
        ("Arabic [١.١]", "Arabic [1]", ["One is red."]),
        ("Doubled [[1.1]].", "Doubled [1].", ["One is red."]),
        ("Named [Source 1.1] [sentence 1.2]", "Named [1] [2]", ["One is red.", "Two is blue."]),
        ("Invented [9.9].", "Invented.", []),
        ("Half invented [9.9, 1.1].", "Half invented [1].", ["One is red."]),
        ("A number alone [3] [4, 5].", "A number alone.", []),
        ("Noted [see annex] [2024-03-05] [sic].", "Noted [see annex] [2024-03-05] [sic].", []),
        ("Japanese 「100」 quotes.", "Japanese 「100」 quotes.", []),
        ("Left open [1.1", "Left open [1.1", []),
        ("Own private \ue001\uf001 signs.", "Own private  signs.", []),
        ("`[1.1]` in code", "`[1]` in code", ["One is red."]),
        ("```py\nx[9.9] = y[3]\n```\nand [9.9] here", "```py\nx[9.9] = y[3]\n```\nand here", []),
        ("<think>[1.1] maybe</think>Red [1.1].", "Red [1].", ["One is red."]),
        ("<think>never ends", "", []),
    ],
)
def test_marks_become_numbers_of_citations(text: str, shown: str, quotes: list[str]) -> None:
    assert filtered([text]) == (shown, quotes)
    assert filtered(text) == (shown, quotes)
    assert filtered(text[at : at + 3] for at in range(0, len(text), 3)) == (shown, quotes)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://evil/?q=1)", "x"),
        ("[docs](https://evil.com) and [own](/documents/1#p2)", "docs and [own](/documents/1#p2)"),
        ("[own](//evil.com) [own](/\\evil.com)", "own own"),
        ("<img src=x onerror=y> 3 < 5", "&lt;img src=x onerror=y> 3 < 5"),
        ("See https://evil.com/x?y=1.", "See `https://evil.com/x?y=1`."),
        ("[a]: http://evil.com\n![a]", "[a] : `http://evil.com`\n[a]"),
        ("[a][b]", "[a] [b]"),
        ("- ```\n![x](http://evil)", "- \nx"),
        ("  ```\n![x](u)\n  ```\n![x](u)", "```\n![x](u)\n```\nx"),
        ("~~~\n```\n![x](u)", "```\n```\nx"),
        ("\\`![x](u)`", "\\ `![x](u)`"),
        ("Red [1.1](http://evil)", "Red [1] (`http://evil`)"),
        ("!\u200b[1.1]", "!\u200b[1]"),
    ],
)
def test_markdown_is_harmless(text: str, shown: str) -> None:
    assert filtered([text])[0] == shown
    assert filtered(text)[0] == shown


@pytest.mark.parametrize(
    "pieces", [["NOT_IN_SOURCES"], "NOT_IN_SOURCES.", [" **NOT_IN", "_SOURCES**"]]
)
def test_an_abstention_shows_nothing(pieces: Iterable[str]) -> None:
    made = AnswerFilter({})
    assert "".join(made.feed(each).text for each in pieces) + made.feed("", last=True).text == ""
    assert made.abstains


def test_what_only_begins_like_an_abstention_is_shown() -> None:
    assert filtered(["NOT", " all."])[0] == "NOT all."


PARTS = ["`", "``", "```", "~~~", "\n", "[", "]", "(", ")", "!", "<", "img ", "http://e.x", "x",
         " ", "\\", "- ", ":", "> ", "[1.1]", "[9.9]", "[3]", "www.", "&", "【"]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_text_loads_or_leads_away_however_it_is_cut(seed: int) -> None:
    rng = random.Random(seed)
    render = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render
    for _ in range(150):
        text = "".join(rng.choice(PARTS) for _ in range(rng.randint(1, 14)))
        whole = filtered([text])
        assert filtered(text) == whole
        html = render(whole[0])
        assert "<img" not in html and "<a " not in html, (text, whole[0])


@pytest.mark.parametrize(
    ("inside", "ids"),
    [
        ("1.2", ["1.2"]),
        ("1.2; 3.4", ["1.2", "3.4"]),
        ("1.2-1.4", ["1.2", "1.3", "1.4"]),
        ("1.2–2.1", ["1.2", "2.1"]),
        ("1.4-1.2", ["1.4"]),
        ("1.1-1.9999", [f"1.{at}" for at in range(1, 14)]),
        ("1.2.3", []),
        ("12", []),
    ],
)
def test_ids_of_a_mark(inside: str, ids: list[str]) -> None:
    assert ids_in(inside) == ids
