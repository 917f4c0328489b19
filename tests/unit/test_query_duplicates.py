"""A passage that says nothing new is dropped; one with another number or name is kept."""

from __future__ import annotations

import pytest

from services.query.retrieval.candidates import Candidate
from services.query.retrieval.duplicates import without_repetitions
from tests.support.passages import candidate

RULE = (
    "Every freezer is checked twice a day, and the reading is written on the card that hangs beside"
    " the door. A reading above the limit is told to the shift lead at once."
)
TABLE = "| Freezer | Limit |\n| --- | --- |\n| North wall | minus 20 |\n| South wall | minus 70 |"


def left(*candidates: Candidate, limit: int = 10) -> list[str]:
    return [each.chunk.row.chunk_id for each in without_repetitions(candidates, limit)]


def copy(chunk_id: str, content: str, document_id: str = "d", cosine: float = 0.5) -> Candidate:
    return candidate(content, chunk_id=chunk_id, document_id=document_id, cosine=cosine)


def test_the_same_text_is_kept_once_in_whatever_documents() -> None:
    first = copy("a", "Alarm", "d1")
    assert left(first, copy("b", "Alarm", "d2"), copy("c", "Alarms", "d3")) == ["a", "c"]


@pytest.mark.parametrize(
    ("other", "document_id", "kept"),
    [
        (RULE.upper().replace("  ", " "), "e", False),
        (RULE.replace(". A reading", ".\n\n- A reading"), "e", False),
        (RULE.replace("twice", "three times"), "e", True),
        (RULE + " The card is kept for 2 years.", "e", True),
        (RULE.replace("shift lead", "plant manager"), "d", True),
        (RULE.partition(". ")[2], "e", True),
        (RULE.partition(". ")[2], "d", False),
        (RULE + " Overleaf.", "d", False),
        (RULE + " See 7.", "d", True),
    ],
)
def test_only_what_says_nothing_new_is_dropped(other: str, document_id: str, kept: bool) -> None:
    assert left(copy("a", RULE), copy("b", other, document_id)) == ["a", "b"][: 1 + kept]


def test_a_passage_that_repeats_its_table_and_adds_text_is_kept_but_not_the_table_after_it() -> (
    None
):
    both = copy("both", f"{RULE}\n\n{TABLE}")
    assert left(both, copy("table", TABLE)) == ["both"]
    assert left(copy("table", TABLE), both) == ["table", "both"]


def test_texts_far_apart_in_meaning_are_not_compared() -> None:
    assert left(copy("a", RULE, cosine=0.9), copy("b", RULE + " ", cosine=0.5)) == ["a", "b"]


def test_labels_that_another_passage_contains_are_kept() -> None:
    assert left(copy("a", "alarm delay of freezers"), copy("b", "alarm delay")) == ["a", "b"]


def test_the_limit_counts_what_is_kept() -> None:
    several = [copy(str(at), f"{RULE} No. {at // 3}", f"d{at}") for at in range(12)]
    assert left(*several, limit=3) == ["0", "3", "6"]
