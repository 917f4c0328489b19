"""Synonyms of a question's words, by collection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.query.retrieval.synonyms import Synonyms
from shared.domain.errors import SettingsError

GROUPS = {
    "*": [["SOP", "standard operating procedure"]],
    "lab": [["DI water", "deionised water", "VE-Wasser"]],
    "plant": [["PM", "preventive maintenance"]],
}


@pytest.mark.parametrize(
    ("question", "collections", "expected"),
    [
        ("Who signs the sop?", ("lab",), ("standard operating procedure",)),
        ("Which Standard Operating Procedure?", (), ("SOP",)),
        ("Where is the di-water?", ("lab",), ("deionised water", "VE-Wasser")),
        ("Where is the VE-Wasser?", ("plant",), ()),
        ("When is PM due?", (), ("preventive maintenance",)),
        ("When is 3 pmol due?", (), ()),
        ("", (), ()),
    ],
)
def test_other_members_of_a_group_are_synonyms(question, collections, expected):
    assert Synonyms(GROUPS).of(question, collections) == expected


def test_groups_are_read_from_a_file(tmp_path: Path):
    (tmp_path / "synonyms.json").write_text(json.dumps(GROUPS))

    assert Synonyms.from_file(str(tmp_path / "synonyms.json")) == Synonyms(GROUPS)
    assert Synonyms.from_file("") == Synonyms()


@pytest.mark.parametrize("content", [None, "", "[]", '{"*": ["SOP"]}', "\xff"])
def test_file_of_another_form_is_refused_with_the_form_it_must_have(tmp_path: Path, content):
    if content is not None:
        (tmp_path / "synonyms.json").write_text(content, encoding="latin-1")

    with pytest.raises(SettingsError, match="QUIRE_SYNONYMS_FILE"):
        Synonyms.from_file(str(tmp_path / "synonyms.json"))
