"""The generated sets: complete, the same in each run, and different in their two halves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.cases import read
from eval.own import topics
from eval.own.__main__ import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own")
    write(path)
    return path


@pytest.mark.parametrize("half", ["dev", "test"])
def test_every_case_has_its_documents_and_its_own_id(folder: Path, half: str) -> None:
    chosen = read(folder / "answers" / half / "layouts")
    assert len({case.id for case in chosen.cases}) == len(chosen.cases)
    with chosen.documents() as documents:
        assert {document.path.suffix for document in documents} == {".md", ".txt", ".docx", ".pdf"}
        named = {document.path.name for document in documents}
    assert named == {path.name for path in (folder / "answers" / half / "layouts/files").iterdir()}


def test_a_second_run_writes_the_same_cases_and_texts(folder: Path, tmp_path: Path) -> None:
    write(tmp_path)
    texts = sorted(
        path for ending in ("jsonl", "md", "txt") for path in folder.rglob(f"*.{ending}")
    )
    assert len(texts) > 10
    for path in texts:
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes()


def test_the_value_that_is_asked_for_is_never_a_forbidden_one(folder: Path) -> None:
    for path in folder.rglob("cases.jsonl"):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            assert not {*row["first"], *row["all"]} & {*row["absent"]}, row["id"]


def test_the_halves_share_no_item_and_no_value() -> None:
    dev, test = (
        {word for topic in half for word in (*topic.items, *topic.values, *topic.missing)}
        for half in (topics.DEV, topics.TEST)
    )
    assert dev.isdisjoint(test)


@pytest.mark.parametrize("topic", [*topics.DEV, *topics.TEST], ids=lambda topic: topic.name)
def test_what_a_topic_lacks_is_none_of_its_items(topic: topics.Topic) -> None:
    assert len(set(topic.items)) == len(topic.items)
    assert set(topic.items).isdisjoint(topic.missing)
