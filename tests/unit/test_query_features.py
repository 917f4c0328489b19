"""Features find what a question and a passage share beyond single words, in any script."""

from __future__ import annotations

from random import Random

import pytest

from services.query.retrieval import rescoring
from services.query.retrieval.features import Asked, Compared, Features
from services.query.retrieval.plain_text import plain
from services.query.retrieval.prepared import PreparedContents
from services.query.retrieval.rescoring import RESCORED, added, rescored
from services.query.retrieval.row_keys import row_keys
from tests.support.passages import candidate, live_chunk


def of(question: str, *texts: str, headings: tuple[str, ...] = ()) -> list[Features]:
    above = [plain(each) for each in headings or ("",) * len(texts)]
    plain_texts = [plain(each) for each in texts]
    compared = Compared(Asked.of(question), plain_texts, above, list(map(row_keys, texts)))
    return [compared.exact(at) for at in range(len(texts))]


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("red lamps blink twice", "All Red lamps\nblink twice.", 1.0),
        ("red lamps blink twice", "Twice the lamps blink red.", 1 / 3),
        ("red lamps blink twice", "red lamps-blink", 2 / 3),
        ("Größe der Öffnung", "die GROSSE DER OFFNUNG", 1.0),
        ("кто хранит ёлки", "Кто хранит елки летом", 1.0),
        ("水质检测报告", "每月的水质检测报告由实验室签发", 1.0),
        ("水质检测报告", "检测与报告", 0.0),
        ("lamp", "the lamp", 0.0),
        ("?!", "text", 0.0),
    ],
)
def test_phrase_is_the_share_of_neighbouring_words(question: str, text: str, share: float) -> None:
    (found,) = of(question, text)
    assert found.phrase == pytest.approx(share)


def test_forms_of_a_word_count_as_that_word() -> None:
    (found,) = of("Which studies were stored?", "A study that the archive stores.")
    assert found.closeness == pytest.approx(1.0)


def test_words_that_stand_together_are_closer_than_words_far_apart() -> None:
    between = "nothing else of note happened there. " * 10
    near, far, one = of(
        "pump pressure limit",
        "The pump has a pressure limit. " + between,
        "The pump is old. " + between + "Some pressure is lost. " + between + "There is a limit.",
        "A pump.",
    )
    assert near.closeness > far.closeness >= one.closeness > 0
    assert near.closeness == pytest.approx(1.0)


def test_rare_words_weigh_more_than_frequent_ones() -> None:
    texts = ["the gasket", "the pump", *["the pump"] * 8]
    found = of("pump gasket", *texts)
    assert found[0].closeness > found[1].closeness


def test_words_in_title_and_headings_count() -> None:
    with_heading, without = of("torque wrench", "a", "a", headings=("Torque wrenches", "Scope"))
    assert with_heading.heading == pytest.approx(1.0)
    assert without.heading == 0.0


def test_a_question_of_stop_words_or_of_thousands_of_words_is_looked_for() -> None:
    assert of("what is it", "Guess what: is it a pump?")[0].phrase == 1.0
    assert of("pump " * 3_000, "pump " * 3_000)[0].closeness == pytest.approx(1.0)


def test_a_quotation_comes_before_a_passage_with_the_same_words() -> None:
    words = candidate("Blue valves must be closed before the main switch.", chunk_id="w", score=0.8)
    quote = candidate("The main switch must be closed before work.", chunk_id="q", score=0.7)
    asked = Asked.of("The main switch must be closed")
    ranked = list(rescored(asked, [words, quote]))
    assert [each.chunk.row.chunk_id for each in ranked] == ["q", "w"]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_that_of_comparing_every_passage_exactly(seed: int) -> None:
    dice = Random(seed)
    words = [f"word{number}" for number in range(12)] + ["other"] * 20
    texts = [" ".join(dice.choices(words, k=80)) for _ in range(RESCORED)]
    # Many scores are equal, where only the place decides.
    many = [candidate(text, score=dice.choice([0.5, 0.6, 0.7])) for text in [*texts, texts[0]]]
    asked = Asked.of(" ".join(dice.choices(words, k=8)))
    first = many[:RESCORED]
    compared = Compared(
        asked, [each.chunk.plain for each in first], [""] * RESCORED, [()] * RESCORED
    )
    scores = [each.score + added(compared.exact(at)) for at, each in enumerate(first)]
    order = sorted(range(RESCORED), key=lambda at: -scores[at])
    ranked = list(rescored(asked, many))
    assert [each.chunk for each in ranked[:RESCORED]] == [first[at].chunk for at in order]
    assert [each.score * rescoring._ALL for each in ranked[:RESCORED]] == pytest.approx(
        [scores[at] for at in order]
    )


def test_a_row_that_is_asked_for_is_found_by_its_whole_key() -> None:
    table = "| Item | 2024 |\n|-|-|\n| Total assets | 12 |\n| Total other assets | 3 |\n| Cash: | |"
    whole, part, other, prose = of(
        "What were the total assets of Larch in 2024?",
        table,
        "| Item | 2024 |\n|-|-|\n| Total other assets | 3 |",
        "| Assets of others | 3 |\n| Larch: |  |",
        "The total assets of Larch rose in 2024.",
    )
    assert whole.row > 0.3
    assert (part.row, other.row, prose.row) == (0, 0, 0)


def test_passages_beyond_the_first_ones_keep_their_places() -> None:
    many = [candidate(f"text {at}", score=1 - at / 1_000) for at in range(RESCORED + 20)]
    many[-1] = candidate("main switch", score=many[-1].score)
    ranked = list(rescored(Asked.of("main switch"), many))
    tail = [each.chunk.row.content for each in many[RESCORED:]]
    assert [each.chunk.row.content for each in ranked[RESCORED:]] == tail
    scores = [each.score for each in ranked]
    assert scores == sorted(scores, reverse=True)


def test_an_explanation_has_what_was_added_up() -> None:
    found = candidate("The main switch.", score=0.5, cosine=0.4, title="Switches")
    (ranked,) = rescored(Asked.of("main switch"), [found], explain=True)
    why = ranked.explanation
    assert why is not None
    assert (why.cosine, why.fused, why.phrase, why.closeness) == (0.4, 0.5, 1.0, 1.0)
    assert ranked.score == pytest.approx((0.5 + 0.5 + 0.1 + 0.2 * why.heading) / rescoring._ALL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("“Don’t” – stop…", " don t stop "),
        ("§ 7 Größe_2 • ÀB", " 7 grosse 2 ab "),
        ("كِتَابٌ جديد", " كتاب جديد "),
        ("น้ำดื่ม 5 ลิตร", " น้ําดื่ม 5 ลิตร "),
        ("co\u00adoperate ﬁnd", " cooperate find "),
        ("m² ½ ⑴ x\u2060y Ω", " m2 1⁄2 (1) x y ω "),
        ("cafe\u0301s, é–É: İ", " cafes e e i "),
        (f"a {'•' * 100} É", " a e "),
        ("", "  "),
    ],
)
def test_plain_text_is_words_without_marks(text: str, words: str) -> None:
    assert plain(text) == words


def test_contents_that_were_not_used_for_longest_are_prepared_again() -> None:
    contents = PreparedContents(kept=2)
    assert contents.of("1", "One!") == (" one ", ())
    assert contents.of("2", "| Two | 2 |") == (" two 2 ", (("two",),))
    assert contents.of("1", "not read again").plain == " one "
    contents.of("3", "Three")
    assert contents.of("1", "not read again").plain == " one "
    assert contents.of("2", "| Zwei | 2 |").keys == (("zwei",),)


def test_a_question_reads_no_rows_of_tables() -> None:
    """It would take many times as long as all else: rows are read with the chunk."""
    table = candidate("| Item | 2024 |\n|-|-|\n| Total assets | 12 |")
    unread = table._replace(chunk=table.chunk._replace(row=live_chunk("")))
    (found,) = rescored(Asked.of("total assets"), [unread], explain=True)
    assert found.explanation is not None
    assert found.explanation.row == 1.0
