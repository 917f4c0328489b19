"""The sort of thing that a question asks for, and whether a text has one."""

from __future__ import annotations

import pytest

from services.query.answers import expected


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("What was the yawl's revenue in 2031?", "The revenue grew in fiscal 2031.", True),
        ("What was the yawl's revenue in 2031?", "It was 400 crowns in 2031.", False),
        ("How long do gulls live?", "Gulls live on islands.[12]", True),
        ("What is the telephone number?", "4. Ring us.", True),
        ("How many lifts are there?", "1.1 The owner keeps lifts.", True),
        ("How many lifts are there?", "1.1 The owner keeps 46 lifts.", False),
        ("How long does it take?", "thirteen days", False),
        ("When does it open?", "half past ten", False),
        ("When did it open?", "It opened in March.", False),
        ("When did it open?", "It opened last week.", False),
        ("When was it signed?", "It was signed on the 3rd of May.", False),
        ("When was it approved?", "It was approved in Q3.", False),
        ("When was it approved?", "Approval came in the third quarter.", False),
        ("When is it checked?", "It is checked in the second half.", False),
        ("Wann wurde es eröffnet?", "Es wurde im März eröffnet.", False),
        ("When was it built?", "It may be built by hand.", True),
        ("When did it march?", "They march in rows.", True),
        ("Who washes it?", "berth K", True),
        ("Who washes it?", "the cook, Ada", False),
    ],
)
def test_numbers_of_items_years_footnotes_and_single_letters_are_no_amounts_and_names(
    question: str, text: str, *, lacks: bool
) -> None:
    kind = expected.expected(question)
    assert expected.lacks(expected.telling(question, text, kind), kind) is lacks
