"""The share of words that an encoder can't understand is estimated from its vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shared.encoders.base import BUNDLED_MODEL
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.model_folder import TOKENIZER, find_folder
from shared.encoders.vocabulary import READ_CHARACTERS, Vocabulary, known_scripts
from tests.support.encoders import HAS_WEIGHTS, NO_WEIGHTS

ENGLISH = ["the", "answer", "is", "##ing", "и", "я", "水", *(f"word{n}" for n in range(9))]


def pieces(words: Sequence[str]) -> list[int]:
    return [1 if word.lower() in ENGLISH else 2 for word in words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the answer is", 0),
        ("Die Antwort is", 2 / 3),
        ("ответ", 1),
        ("the ответ", 0.5),
        ("水 is", 0.5),
        ("the SOP-017 is", 0),
        ("42 : 17", 0),
        ("", 0),
        ("\ud800", 0),
    ],
)
def test_words_that_are_split_or_in_another_script_are_unknown(text: str, expected: float) -> None:
    words = [*ENGLISH, *("the" for _ in range(100))]
    assert Vocabulary(words, pieces).unknown_share(text) == pytest.approx(expected)


def test_a_vocabulary_of_many_scripts_may_split_words() -> None:
    vocabulary = Vocabulary(["▁the", "▁ответ", "▁απάντηση"], lambda words: [2] * len(words))
    assert vocabulary.unknown_share("Die Antwort, ответ") == 0
    assert vocabulary.unknown_share("ตอบ") == 1


def test_single_characters_make_no_script_known_but_chinese_ones_do_if_they_are_many() -> None:
    latin = [f"word{chr(letter)}" for letter in range(ord("a"), ord("z") + 1)] * 4
    assert known_scripts([*latin, "д", "я", "水"]) == {"LATIN"}
    assert known_scripts([*latin, *"水火木金土日月"]) == {"LATIN", "CJK"}


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    long = "the " * READ_CHARACTERS + "ответ " * 10 * READ_CHARACTERS
    assert Vocabulary(ENGLISH[:2], pieces).unknown_share(long) == 0


@pytest.mark.skipif(not HAS_WEIGHTS, reason=NO_WEIGHTS)
@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Who approves a deviation report, and how long is the original kept?", 0, 0.15),
        ("Wer genehmigt einen Abweichungsbericht, und wie lange bewahrt man ihn auf?", 0.4, 0.9),
        ("¿Quién aprueba un informe de desviaciones y cuánto tiempo se conserva?", 0.4, 0.9),
        ("Кто утверждает отчёт об отклонении?", 1, 1),
        ("谁批准偏差报告？", 1, 1),
        ("من يعتمد تقرير الانحراف؟", 1, 1),
    ],
)
def test_the_bundled_model_understands_english(text: str, least: float, most: float) -> None:
    folder = find_folder(BUNDLED_MODEL)
    assert folder is not None
    vocabulary = BertTokenizer(folder / TOKENIZER, 256).vocabulary()
    assert least <= vocabulary.unknown_share(text) <= most
