"""The generated sets: complete, the same in each run, and different in their two halves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.cases import read
from eval.datasets import load
from eval.judging import Known, is_right, mentions
from eval.own import fresh_topics, marked, real, topics
from eval.own.__main__ import FRESH, HALVES, books, write
from eval.own.blocks import CaseBook


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own")
    write(path)
    return path


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(
    ("name", "endings"),
    [
        ("layouts", {".md", ".txt", ".docx", ".pdf"}),
        ("keys", {".txt"}),
        ("marked", {".md", ".docx", ".pdf"}),
    ],
)
def test_every_case_has_its_documents_and_its_own_id(
    folder: Path, half: str, name: str, endings: set[str]
) -> None:
    chosen = read(folder / "answers" / half / name)
    assert len({case.id for case in chosen.cases}) == len(chosen.cases)
    with chosen.documents() as documents:
        assert {document.path.suffix for document in documents} == endings
        named = {document.path.name for document in documents}
    assert named == {path.name for path in (folder / "answers" / half / name / "files").iterdir()}


def test_the_fresh_set_has_all_sorts_of_layouts(folder: Path) -> None:
    chosen = read(folder / "answers" / FRESH / "layouts")
    with chosen.documents() as documents:
        assert {each.path.suffix for each in documents} == {".md", ".txt", ".docx", ".pdf"}
    assert len({case.id for case in chosen.cases}) == len(chosen.cases) > 400


@pytest.mark.parametrize("half", HALVES)
def test_sixty_questions_name_a_key_of_two_hundred_passages(folder: Path, half: str) -> None:
    chosen = read(folder / "answers" / half / "keys")
    asked = [case for case in chosen.cases if case.known is not None]
    assert (len(asked), sum(case.kind.startswith("bare ") for case in asked)) == (60, 20)
    assert len({case.source for case in asked}) == 60
    for case in asked:
        assert len(case.documents) == 200
        text = (chosen.folder / "files" / case.source).read_text(encoding="utf-8")
        assert case.known
        assert is_right(case.known, text)


def test_marked_answers_stand_in_the_written_texts(folder: Path) -> None:
    chosen = read(folder / "answers/test/marked")
    assert len(chosen.cases) == 60
    sources = [path.read_text(encoding="utf-8") for path in marked.TEXTS.rglob("*.md")]
    written = " ".join(" ".join(source.split()) for source in sources)
    # The others are answered by the sample documents.
    unwritten = [
        case.question
        for case in chosen.cases
        if not all(
            mentions(written, each) for each in (*case.needed, *(case.known or Known()).every)
        )
    ]
    assert len(unwritten) == 4


@pytest.mark.parametrize("half", [*HALVES, FRESH])
def test_a_second_run_makes_the_same_cases_and_documents(half: str) -> None:
    assert books(half) == books(half)


def test_the_value_that_is_asked_for_is_never_a_forbidden_one(folder: Path) -> None:
    for path in folder.rglob("cases.jsonl"):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            assert not {*row["first"], *row["all"]} & {*row["absent"]}, row["id"]


def test_the_halves_share_no_item_and_no_value() -> None:
    dev, test, fresh = (
        {word for topic in half for word in (*topic.items, *topic.values, *topic.missing)}
        for half in (topics.DEV + topics.MORE_DEV, topics.TEST, fresh_topics.FRESH)
    )
    assert dev.isdisjoint(test)
    assert fresh.isdisjoint(dev | test)


@pytest.mark.parametrize(
    "topic",
    [*topics.DEV, *topics.MORE_DEV, *topics.TEST, *fresh_topics.FRESH],
    ids=lambda topic: topic.name,
)
def test_what_a_topic_lacks_is_none_of_its_items(topic: topics.Topic) -> None:
    assert len(set(topic.items)) == len(topic.items)
    assert set(topic.items).isdisjoint(topic.missing)


@pytest.mark.parametrize("name", ["dev/japanese", "test/chinese", "test/arabic"])
def test_each_text_in_another_script_holds_the_answer_of_its_question(
    folder: Path, name: str
) -> None:
    dataset = load(folder / "retrieval" / name)
    assert len(dataset.texts) == len(dataset.queries) == len({q.text for q in dataset.queries})
    for query in dataset.queries:
        (key,) = query.relevant
        assert query.answers[0] in dataset.texts[key].content


def test_questions_about_real_documents_have_their_marks_and_splits_share_no_document() -> None:
    documents = [set(real.documents(split, Path("corpus"))) for split in real.SPLITS]
    assert len(set[Path]().union(*documents)) == sum(map(len, documents))
    for split in real.SPLITS:
        book = CaseBook()
        real.add(book, split)
        marked_by_hand = [row for row in book.rows if not row["abstain"]]
        assert (len(book.rows) >= 60, len(marked_by_hand) >= 45) == (True, True)
        assert all(row["needed"] == [*row["all"], *row["first"]] for row in marked_by_hand)
        assert len({row["question"] for row in book.rows}) == len(book.rows)
