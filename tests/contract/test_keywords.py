"""The contract of the keyword index, in a folder and in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.position import Position
from shared.keywords import open_keywords, schema
from shared.keywords.base import KeywordIndex
from tests.support.keywords import ALL, chunk, fill, ids


@pytest.fixture(params=["folder", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeywordIndex]:
    opened = open_keywords(tmp_path / "keywords" if request.param == "folder" else None)
    yield opened
    opened.close()


def test_empty_index_has_no_position_and_finds_nothing(index):
    assert index.position is None
    assert index.count() == 0
    assert ids(index, "pump") == []


def test_changes_are_seen_from_the_commit_on(index):
    index.put([chunk("c1", "The pump runs.")])
    assert ids(index, "pump") == []

    index.commit(Position("epoch", 7))

    assert ids(index, "pump") == ["c1"]
    assert index.position == Position("epoch", 7)
    assert index.count() == 1


def test_best_match_comes_first_with_scores_above_zero(index):
    fill(
        index,
        chunk("c1", "Valves are inspected. Pumps are cleaned by the night shift."),
        chunk("c2", "Pumps are cleaned every Monday."),
        chunk("c3", "Doors stay closed."),
    )
    found = index.search("When are pumps cleaned on a Monday?", types=ALL, k=10)

    assert [hit.chunk_id for hit in found.hits] == ["c2", "c1"]
    assert found.hits[0].score > found.hits[1].score > 0
    assert found.similar == {}


def test_k_limits_the_hits(index):
    fill(index, *(chunk(f"c{n}", "The pump runs.") for n in range(5)))

    assert len(ids(index, "pump", k=3)) == 3
    assert ids(index, "pump", k=0) == []


def test_question_words_match_nothing(index):
    fill(index, chunk("c1", "What to do and how to do it."), chunk("c2", "The filter is blue."))

    assert ids(index, "What is the filter and how?") == ["c2"]


def test_question_of_stop_words_alone_is_searched(index):
    fill(index, chunk("c1", "To be or not to be."), chunk("c2", "Pumps run."))

    assert ids(index, "to be or not to be") == ["c1"]


@pytest.mark.parametrize("question", ["", " ", "?!", "\x00", "\ud800", "a" * 100_000, "(" * 5000])
def test_any_text_may_be_asked(index, question):
    fill(index, chunk("c1", "The pump runs."))

    assert ids(index, question) == []


@pytest.mark.parametrize("content", ["", "\x00", "\ud800 pump", "-" * 10_000, "1.2." * 5000])
def test_any_text_may_be_indexed(index, content):
    fill(index, chunk("c1", content), chunk("c2", "A valve."))

    assert ids(index, "valve") == ["c2"]
    assert index.count() == 2


def test_title_and_section_are_found_too(index):
    fill(
        index,
        chunk("c1", "It takes two hours.", title="Cleaning of tanks", section="Rinsing"),
        chunk("c2", "It takes three hours.", title="Cleaning of tanks", section="Drying"),
    )
    assert ids(index, "How long does drying of tanks take?") == ["c2", "c1"]


CODES = [
    ("SOP-017", "SOP 017", "SOP-018"),
    ("sop017", "See SOP-017 first", "See SOP-117 first"),
    ("SOP-017", "Document:SOP-017", "Document:SOP-018"),
    ("SOP-018", "SOP-017/SOP-018", "SOP-017/SOP-019"),
    ("7745-0091", "Part 7745-0091, or another", "Part 7745-0091-E"),
    ("clause 4.2.1", "Clause 4.2.1 applies", "Clause 4.2.11 applies, not 4.2"),
    ("7745-0091-E", "Part 7745-0091-E, steel", "Part 7745-0092-E, steel, 7745-0091-F"),
    ("0x1F", "Error 0x1f: no signal", "Error 0x1E: no signal"),
    ("anna.berg@example.org", "Write to Anna.Berg@example.org", "Write to anna@example.org"),
    ("report_v2.pdf", "Open report_v2.pdf", "Open report_v3.pdf"),
    ("5 March 2024", "valid from 2024-03-05", "valid from 2024-05-03 or March 2024"),
    ("12/04/2024", "signed on 12 April 2024", "signed on 11 April 2024"),
    ("1234567", "1,234,567 units", "1,234,568 units"),
    ("INC0048213", "Ticket INC0048213 was closed", "Ticket INC0048214 was closed, and INC004821"),
]


@pytest.mark.parametrize(("asked", "right", "wrong"), CODES)
def test_code_is_found_before_its_neighbours(index, asked, right, wrong):
    others = [chunk(f"x{n}", f"{wrong} {n}", f"d{n}") for n in range(20)]
    fill(index, *others, chunk("right", f"{right}. This is the other one."))

    assert ids(index, asked)[0] == "right"
    assert ids(index, f"What does it say about {asked}?")[0] == "right"


def test_beginning_of_a_code_finds_it(index):
    fill(index, chunk("c1", "Part 7745-0091-E"), chunk("c2", "Part 7745-0092-E"))

    assert ids(index, "7745-0091") == ["c1", "c2"]


def test_part_of_a_code_finds_it(index):
    fill(index, chunk("c1", "Order 7745-0091-E"), chunk("c2", "Order 7745-0092-E"))

    assert ids(index, "0091") == ["c1"]


def test_words_are_found_in_the_language_of_their_chunk(index):
    german = "Die Verträge werden von der Abteilung geprüft, und das ist nicht neu."
    fill(
        index,
        chunk("de", german, "d1"),
        # Without a stop word of its own it takes the language of its document.
        chunk("cell", "Kündigungen", "d1"),
        chunk("en", "The contracts are reviewed by the department.", "d2"),
        chunk("ru", "Насосы очищаются каждый понедельник.", "d3"),
        chunk("zh", "水泵每周一清洗。", "d4"),
    )
    assert ids(index, "Vertrag") == ["de"]
    assert ids(index, "Welche Kündigung?") == ["cell"]
    assert ids(index, "contract reviewing") == ["en"]
    assert ids(index, "насос") == ["ru"]
    assert ids(index, "水泵什么时候清洗？") == ["zh"]


def test_scope_is_applied_inside_the_search(index):
    fill(
        index,
        *(chunk(f"x{n}", "pump pump pump", "other", collection="a") for n in range(20)),
        chunk("c1", "A pump among many other words here.", "d1", collection="b"),
        chunk("c2", "A table of each pump.", "d2", collection="b", chunk_type="table"),
    )
    assert set(ids(index, "pump", k=2, collections=["b"])) == {"c1", "c2"}
    assert ids(index, "pump", k=1, document_ids=["d2"]) == ["c2"]
    assert ids(index, "pump", k=1, types=["table"]) == ["c2"]
    assert ids(index, "pump", collections=["b"], types=["text"]) == ["c1"]
    assert ids(index, "pump", document_ids=[]) == []


def test_scope_does_not_change_scores(index):
    fill(index, chunk("c1", "A pump.", "d1"), chunk("c2", "A valve and a pump.", "d2"))
    wide = index.search("pump", types=ALL, k=10).hits
    narrow = index.search("pump", types=["text"], document_ids=["d1", "d2"], k=10).hits

    assert narrow == wide


def test_thousands_of_documents_restrict_a_search(index):
    fill(index, *(chunk(f"c{n}", "A pump.", f"d{n}") for n in range(50)))
    some = [f"d{n}" for n in range(40, 5000)]

    assert sorted(ids(index, "pump", k=100, document_ids=some)) == [f"c{n}" for n in range(40, 50)]


def test_put_replaces_a_chunk(index):
    fill(index, chunk("c1", "A pump."))
    fill(index, chunk("c1", "A valve."))

    assert ids(index, "pump valve") == ["c1"]
    assert ids(index, "pump") == []
    assert index.count() == 1


def test_document_is_removed(index):
    fill(index, chunk("c1", "A pump.", "d1"), chunk("c2", "A pump.", "d2"))
    index.remove_document("d1")
    index.commit(Position("epoch", 2))

    assert ids(index, "pump") == ["c2"]


def test_older_revisions_of_a_document_are_removed(index):
    chunks = [chunk(f"c{n}", "A pump.", "d1", revision=n) for n in (1, 2, 3)]
    fill(index, *chunks, chunk("other", "A pump.", "d2"))
    index.remove_document("d1", below_revision=3)
    index.commit(Position("epoch", 2))

    assert ids(index, "pump") == ["c3", "other"]


def test_clear_removes_chunks_and_position_at_once(index):
    fill(index, chunk("c1", "A pump."))
    index.clear()

    assert ids(index, "pump") == []
    assert index.count() == 0
    assert index.position is None


def test_commit_without_a_position_asks_for_a_rebuild(index):
    fill(index, chunk("c1", "A pump."))
    index.commit(None)

    assert index.position is None
    assert ids(index, "pump") == ["c1"]


def test_misspelt_word_finds_similar_ones_and_says_so(index):
    fill(index, chunk("c1", "The calibration is due."), chunk("c2", "The door is open."))
    found = index.search("Which calibratoin is due?", types=ALL, k=10)

    assert [hit.chunk_id for hit in found.hits] == ["c1"]
    assert found.similar == {"calibratoin": ("calibration",)}


def test_known_word_is_not_replaced_by_similar_ones(index):
    fill(index, chunk("c1", "Form."), chunk("c2", "Ford."))

    assert ids(index, "form") == ["c1"]


def test_code_is_never_replaced_by_a_similar_one(index):
    fill(index, chunk("c1", "Part QX-88120 is steel."))

    found = index.search("88121 QX-98120", types=ALL, k=10)

    assert found.similar == {}
    assert index.explain("88121 QX-98120", ["c1"])["c1"].keys() == {"qx"}


def test_synonyms_are_searched_with_less_weight(index):
    fill(
        index,
        chunk("c1", "The standard operating procedure is signed."),
        chunk("c2", "The SOP is signed."),
        chunk("c3", "The standard is signed."),
    )
    also = ["standard operating procedure"]
    found = index.search("Who signs the SOP?", types=ALL, k=9, also=also).hits

    assert {hit.chunk_id for hit in found[:2]} == {"c1", "c2"}
    explained = index.explain("Who signs the SOP?", ["c1"], also=also)["c1"]
    (score,) = (hit.score for hit in found if hit.chunk_id == "c1")
    assert sum(explained.values()) == pytest.approx(score, rel=1e-4)
    assert explained.keys() == {"signs", "standard", "operating", "procedure"}


def test_word_of_the_question_counts_once_beside_its_synonyms(index):
    fill(index, chunk("c1", "A pump."), chunk("c2", "A valve."))
    plain = index.search("pump", types=ALL, k=9)

    assert index.search("pump", types=ALL, k=9, also=["pumps"]) == plain


def test_neighbours_are_spelt_alike_or_begin_alike(index):
    fill(index, chunk("c1", "calibration calibrate calibre valve temperature"))

    assert index.neighbours("calib") == ["calibrate", "calibration", "calibre"]
    assert index.neighbours("tempereture") == ["temperature"]
    assert index.neighbours("avlve") == ["valve"]
    assert index.neighbours("xy") == []
    assert index.neighbours("417") == []


def test_explanation_adds_up_to_the_score(index):
    fill(
        index,
        chunk("c1", "The pump P-101 is cleaned.", section="Pumps"),
        chunk("c2", "A pump is heavy."),
    )
    question = "When is pump P-101 cleaned?"
    scores = {hit.chunk_id: hit.score for hit in index.search(question, types=ALL, k=9).hits}
    explained = index.explain(question, ["c1", "c2", "unknown"])

    assert explained["c1"].keys() == {"pump", "p", "101", "p-101", "cleaned"}
    assert explained["c2"].keys() == {"pump"}
    assert explained["unknown"] == {}
    for chunk_id, score in scores.items():
        assert sum(explained[chunk_id].values()) == pytest.approx(score, rel=1e-4)
    assert index.explain(question, []) == {}


def test_searches_run_beside_writes(index):
    fill(index, chunk("c0", "A pump."))
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(50):
                assert "c0" in ids(index, "pump", k=1000)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(1, 11):
        fill(index, chunk(f"c{n}", "A pump.", f"d{n}"), seq=n)
    for thread in threads:
        thread.join()

    assert failures == []
    assert index.count() == 11


def test_failed_change_loses_itself_alone(index, monkeypatch):
    fill(index, chunk("c1", "A pump."), seq=1)
    right = schema.as_documents

    def wrong(chunks):
        for document in right(chunks):
            document.add_integer("revision", -1)
            yield document

    with monkeypatch.context() as patched:
        patched.setattr(schema, "as_documents", wrong)
        with pytest.raises(ValueError, match="revision"):
            fill(index, chunk("c2", "A pump."), seq=2)
    assert index.position == Position("epoch", 1)

    fill(index, chunk("c3", "A pump."), seq=3)
    assert set(ids(index, "pump")) == {"c1", "c3"}
    assert index.position == Position("epoch", 3)
