"""Whom and what a document, a row and a sentence are about, and what kind of value is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.query import wording
from services.query.answers import definitions, expected, relevance
from services.query.answers.keys import keys_of
from services.query.answers.naming import names_of_documents
from services.query.answers.statements import statements
from services.query.retrieval.passages import BEGINNING
from tests.support.passages import passage


def test_a_report_is_about_what_its_cover_names() -> None:
    names = keys_of("What was the revenue of Larch Ferries?").names
    late = replace(passage("Revenue was 12."), ordinal=BEGINNING, beginning="LARCH FERRIES Report")
    assert list(names_of_documents(names, [late]).values()) == ["Larch Ferries"]
    # A short document may name anybody in its few lines, and a role is not what a report is about.
    early = replace(late, ordinal=1)
    assert list(names_of_documents(names, [early]).values()) == [""]
    role = keys_of("Who is the Chief Deck Officer?").names
    officers = replace(late, beginning="Chief Deck Officer")
    assert list(names_of_documents(role, [officers]).values()) == [""]


@pytest.mark.parametrize(
    ("question", "tells", "other"),
    [
        ("When did the ferry sink?", "It sank on 4 May 1931.", "It sinks if loaded with 12 cars."),
        ("When was it built?", "Work ended in the 15th century.", "It was built by 40 people."),
        ("How long is the pier?", "The pier is 40 metres long.", "The pier cost 40 crowns."),
        ("How long is it kept?", "It is kept until the audit.", "It is kept in room 4."),
    ],
)
def test_a_date_or_a_length_is_not_any_number(question: str, tells: str, other: str) -> None:
    kind = expected.expected(question)
    assert (expected.lacks(tells, kind), expected.lacks(other, kind)) == (False, True)


def test_a_name_without_its_initial_and_a_total_are_met_by_their_rows() -> None:
    table = "| Name | Paid |\n|-|-|\n| ELM, ADA K | 12 |\n| Totals | 40 |"
    ada, totals = statements(passage(table))
    assert relevance.key_match(keys_of("What was Ada Elm paid?"), ada) == 1
    assert relevance.key_match(keys_of("What is the total of all that was paid?"), totals) == 1


def test_who_somebody_is_and_years_without_a_century() -> None:
    assert definitions.defines("Who was Ada Elm?", "Ada Elm, a retired baker, sold bread.")
    assert not definitions.defines("Who was Ada Elm?", "Ada Elm sold bread.")
    assert {"2009", "pldi"} <= wording.words("PLDI’09 was in June.").present


def test_who_sent_a_message_is_told_by_its_field() -> None:
    assert relevance.tells("Who sent the mail about the pier?", "From: Ada Elm <ada@elm.example>")
    assert not relevance.tells("Who sent the mail about the pier?", "To: Bo Ash")
    assert not relevance.tells("Who built the pier?", "From: Ada Elm")


def test_to_leave_is_no_holiday_and_annual_leave_is_one() -> None:
    holiday = wording.words("days of holiday").present
    assert "holiday" in holiday & wording.words("25 days of annual leave").present
    for written in ("Annual Leave Policy", "ANNUAL LEAVE", "annual\nleave", "12 days of leave"):
        assert "holiday" in wording.words(written).present
    assert "holiday" not in wording.words("Visitors leave the site at five.").present
