"""The statements that are chosen for an answer."""

from __future__ import annotations

import numpy as np
import pytest

from services.query.answers import selection
from services.query.answers.statements import Statement
from services.query.question import Question
from tests.support.passages import passage


def statement(text: str, document: str = "d", ordinal: int = 0, start: int = 0) -> Statement:
    source = passage(text, chunk_id=f"{document}{ordinal}", document_id=document, ordinal=ordinal)
    return Statement(source, start, text, text)


def matrix(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32)


def chosen_texts(
    statements: list[Statement], similarity: np.ndarray, redundancy: np.ndarray
) -> list[str]:
    questions = [Question.from_text(f"part{column}") for column in range(similarity.shape[1])]
    chosen = selection.choose(questions, statements, similarity, redundancy)
    return [each.statement.text for each in chosen]


def test_every_sub_question_gets_its_best_statement() -> None:
    statements = [statement("a"), statement("b"), statement("c")]
    similarity = matrix([1.4, 0.1], [0.2, 0.5], [0.3, 0.3])
    assert chosen_texts(statements, similarity, np.eye(3, dtype=np.float32)) == ["a", "b"]


def test_further_statements_are_chosen_only_if_nearly_as_good() -> None:
    statements = [statement("a"), statement("b"), statement("c")]
    similarity = matrix([1.4], [1.3], [0.6])
    assert chosen_texts(statements, similarity, np.eye(3, dtype=np.float32)) == ["a", "b"]


def test_shared_words_decide_between_equally_near_statements() -> None:
    statements = [statement("the lamp is red"), statement("the alarm is loud")]
    similarity, redundancy = matrix([0.5], [0.5]), np.eye(2, dtype=np.float32)
    asked = [Question.from_text("how loud")]
    (first, *_) = selection.choose(asked, statements, similarity, redundancy)
    assert first.statement.text == "the alarm is loud"


def test_only_the_likeliest_statements_are_kept_in_their_order() -> None:
    statements = [statement("alarm delay"), statement("visitors"), statement("alarm")]
    kept = selection.preselect(Question.from_text("Which alarm delay?"), statements, 2)
    assert [each.text for each in kept] == ["alarm delay", "alarm"]


def test_a_statement_with_new_content_is_chosen_before_a_repetition() -> None:
    statements = [statement("a"), statement("a again"), statement("b")]
    similarity = matrix([1.4], [1.35], [1.3])
    redundancy = matrix([1, 1, 0], [1, 1, 0], [0, 0, 1])
    assert chosen_texts(statements, similarity, redundancy)[:2] == ["a", "b"]


def test_at_most_four_statements_are_chosen() -> None:
    statements = [statement(str(at)) for at in range(9)]
    similarity = np.ones((9, 1), np.float32)
    assert len(chosen_texts(statements, similarity, np.eye(9, dtype=np.float32))) == 4


def test_reading_order_keeps_documents_together() -> None:
    best = statement("1", "second", 5)
    later, earlier = statement("2", "first", 9), statement("3", "first", 2, start=7)
    before = statement("4", "second", 5, start=0)
    chosen = [selection.Chosen(each, 1.0) for each in (best, later, earlier, before)]
    ordered = [each.statement.text for each in selection.in_reading_order(chosen)]
    assert ordered == ["1", "4", "3", "2"]


@pytest.mark.parametrize(
    ("question", "together", "expected"),
    [
        ("alarm delay", False, 1.0),
        ("alarm delay and visitor badge", True, 1.0),
        ("plasma", False, 0.0),
    ],
)
def test_coverage_is_of_the_best_passage_or_of_all_together(
    question: str, together: bool, expected: float
) -> None:
    passages = [
        statement("The alarm has a delay.").passage,
        statement("Visitors wear badges.").passage,
    ]
    asked = Question.from_text(question)
    assert selection.term_coverage(asked, passages, together=together) == expected


def test_one_passage_alone_covers_only_its_share() -> None:
    passages = [
        statement("The alarm has a delay.").passage,
        statement("Visitors wear badges.").passage,
    ]
    share = selection.term_coverage(
        Question.from_text("alarm delay and visitor badge"), passages, together=False
    )
    assert share == pytest.approx(0.5)


def test_title_and_section_count_as_mentioned() -> None:
    source = passage("It is 20 minutes.", title="Freezers", section="Alarm")
    asked = Question.from_text("freezer alarm")
    assert selection.term_coverage(asked, [source], together=False) == 1.0
