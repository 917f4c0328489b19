"""The statements that answer, and the whole that they belong to."""

from __future__ import annotations

import pytest

from services.query.answers import selection, wholes
from services.query.answers.statement import Statement
from services.query.answers.statements import statements
from services.query.retrieval.passages import Passage
from tests.support.passages import passage


def best(question: str, *passages: Passage) -> selection.Candidate | None:
    """Return the candidate that answers if all statements are equally near."""
    every = [one for each in passages for one in statements(each)]
    of = selection.shortlist(question, every)
    ranked = selection.candidates(of, [0.5] * len(of.statements))
    return next(iter(selection.answering(ranked, of.keys)), None)


SHED = "The oar hangs in the shed. The sail lies in the loft."


def test_the_statement_with_the_asked_thing_is_best() -> None:
    found = best("Where is the sail?", passage(SHED))
    assert found is not None
    assert found.statement.text == "The sail lies in the loft."


@pytest.mark.parametrize(
    ("question", "content", "expected"),
    [
        (
            "Who leads the night team?",
            "At night Bo leads another team. Ada leads the night team.",
            "Ada leads the night team.",
        ),
        (
            "How many sails does the boat have?",
            "The 12 m boat sails well. The boat has two sails.",
            "The boat has two sails.",
        ),
        (
            "What does RUF mean?",
            "RUF is old. Red Upper Flags (RUF) are new.",
            "Red Upper Flags (RUF) are new.",
        ),
        (
            "Where is the oar?",
            "Oar\n\nNotes stand below. It lies in the loft.",
            "It lies in the loft.",
        ),
    ],
)
def test_the_words_in_their_order_a_count_and_the_headings_own_sentence_are_better(
    question: str, content: str, expected: str
) -> None:
    found = best(question, passage(content))
    assert found is not None
    assert found.statement.text == expected


@pytest.mark.parametrize("question", ["Where is the rudder?", "How heavy is the sail?"])
def test_a_question_about_another_thing_or_property_is_not_answered(question: str) -> None:
    assert best(question, passage(SHED)) is None


@pytest.mark.parametrize(
    ("question", "content", "expected"),
    [
        (
            "Where is the grey oar hung?",
            "- Grey oar: the shed\n- Sail: the loft",
            "- Grey oar: the shed",
        ),
        (
            "Which wall has the grey oar?",
            "Grey oar: the shed\nSail: the loft",
            "Grey oar: the shed",
        ),
        ("When does the sail dry?", "Sail: half past ten\nOar: noon", "Sail: half past ten"),
        (
            "For how long is it left?",
            "It is left for thirteen days.",
            "It is left for thirteen days.",
        ),
    ],
)
def test_a_text_need_not_name_what_is_done_or_the_sort_of_the_answer(
    question: str, content: str, expected: str
) -> None:
    found = best(question, passage(content))
    assert found is not None
    assert found.statement.text == expected


@pytest.mark.parametrize("question", ["Who washes the sail?", "How old is the sail?"])
def test_a_pair_without_the_sort_of_thing_that_is_asked_for_is_no_answer(question: str) -> None:
    assert best(question, passage("Oar: berth K\nSail: berth C")) is None


def test_a_second_sentence_stands_under_the_same_heading() -> None:
    content = "Oar\n\nIt hangs in the shed.\n\nSail\n\nBo keeps one under his bed."
    every = statements(passage(content, title="Gear"))
    of = selection.shortlist("Where is the gear?", every)
    ranked = selection.candidates(of, [0.5] * len(of.statements))
    assert len(ranked) == 2
    assert len(selection.answering(ranked, of.keys)) == 1


def test_the_row_of_the_key_is_better_than_one_that_mentions_it() -> None:
    rows = "| Part | Note |\n|-|-|\n| A-1 | replaces A-2 |\n| A-2 | red |"
    found = best("What is A-2?", passage(rows))
    assert found is not None
    assert found.statement.key == "A-2"


def test_at_most_a_dozen_statements_are_compared() -> None:
    every = statements(passage(" ".join(f"The oar number {at} is red." for at in range(30))))
    of = selection.shortlist("Where is the oar?", every)
    assert len(of.statements) == selection.MAX_COMPARED


def test_only_statements_that_may_come_first_are_compared_by_meaning() -> None:
    every = statements(passage(f"{SHED} A sail lies there. Bo likes tea. It rained in May."))
    of = selection.shortlist("Where is the sail?", every)
    assert len(of.statements) == 5
    compared = selection.promising(of)
    assert {"sail" in each.statement.text for each in compared} == {True}
    whole = selection.candidates(of, [0.5] * 5)
    assert selection.ordered(compared, [0.5] * len(compared)) == whole[: len(compared)]
    # What answers to earlier parts may still change the order of.
    assert len(selection.promising(of, is_part=True)) > len(compared)


LIST = "Kit\n\nThe kit holds:\n\n- two oars\n- a sail\n\nIt is checked in May."
STEPS = "Rigging the boat\n\n1. Lift the mast.\n2. Hoist the sail.\n\nThen rest."


TICKET = "Ticket 70125.\nThe mast broke."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which bolt fits the mast M-4?", "Use a bolt of 8 mm."),
        ("What is the mast M-4?", "M-4: mast of ash."),
    ],
)
def test_a_sentence_under_the_key_has_the_words_before_it(question: str, expected: str) -> None:
    found = best(question, passage("M-4: mast of ash. Use a bolt of 8 mm."))
    assert found is not None
    assert found.statement.text == expected


def whole(question: str, content: str, chosen: str) -> list[str]:
    every: list[Statement] = statements(passage(content))
    one = next(each for each in every if each.text == chosen)
    of = selection.shortlist(question, every)
    return [each.text for each in wholes.whole(one, every, of.keys, question)]


@pytest.mark.parametrize(
    ("question", "content", "chosen", "expected"),
    [
        (
            "What does the kit hold?",
            LIST,
            "The kit holds:",
            ["The kit holds:", "- two oars", "- a sail"],
        ),
        (
            "What does the kit hold?",
            LIST,
            "- a sail",
            ["The kit holds:", "- two oars", "- a sail"],
        ),
        ("How many oars does the kit hold?", LIST, "- two oars", ["- two oars"]),
        (
            "What are the steps to rig the boat?",
            STEPS,
            "2. Hoist the sail.",
            ["1. Lift the mast.", "2. Hoist the sail."],
        ),
        (
            "What do I hoist before the trip?",
            STEPS,
            "2. Hoist the sail.",
            ["1. Lift the mast.", "2. Hoist the sail."],
        ),
        ("What then?", STEPS, "Then rest.", ["Then rest."]),
        ("70125", TICKET, "Ticket 70125.", TICKET.split("\n")),
        (
            "How old is the captain?",
            "Ada is the captain.\nShe is 40. Bo rows.",
            "She is 40.",
            ["Ada is the captain.", "She is 40."],
        ),
        ("Ada", "Ada steers. She is 40.\n\nBo rows.", "Ada steers.", ["Ada steers.", "She is 40."]),
    ],
)
def test_a_list_is_whole_if_it_is_asked_for_and_a_pronoun_has_its_subject(
    question: str, content: str, chosen: str, expected: list[str]
) -> None:
    assert whole(question, content, chosen) == expected


MAIL = "From: Ada Elm\nSubject: Repair of the pier\n\nThe planks are new."


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("Who sent the mail about the pier?", True),
        ("Who sent the mail about the lighthouse?", False),
    ],
)
def test_the_sender_of_a_message_is_told_if_it_is_the_message_that_is_asked_for(
    question: str, answered: bool
) -> None:
    found = best(question, passage(MAIL))
    assert (found is not None and found.statement.text.startswith("From: Ada")) is answered
