"""Texts become rows of ids that the model can read."""

from __future__ import annotations

import pytest

from shared.encoders.bert.tokenizer import BertTokenizer, readable
from tests.support.encoders import POSITIONS, bert_tokenizer, write_bert


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> BertTokenizer:
    folder = write_bert(tmp_path_factory.mktemp("model"))
    return BertTokenizer(folder / "tokenizer.json", POSITIONS)


def ids(*pieces: str) -> list[int]:
    vocabulary = bert_tokenizer().get_vocab()
    return [vocabulary[piece] for piece in pieces]


def test_rows_begin_and_end_with_special_tokens(tokenizer: BertTokenizer) -> None:
    rows = tokenizer.rows(["the Cat sat", ""])
    assert rows == [ids("[CLS]", "the", "cat", "sat", "[SEP]"), ids("[CLS]", "[SEP]")]


def test_long_texts_are_cut_at_the_model_limit(tokenizer: BertTokenizer) -> None:
    (row,) = tokenizer.rows(["cat " * 500])
    assert len(row) == POSITIONS
    assert row[-1:] == ids("[SEP]")


def test_content_tokens_are_counted_without_cutting(tokenizer: BertTokenizer) -> None:
    assert tokenizer.count(["the cat", "", "cat " * 500]) == [2, 0, 500]
    assert tokenizer.count([]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cat", "cat"), ("🐈 ü", "🐈 ü"), ("a\ud800b", "a?b"), ("\udfff\ud83d", "??"), ("", "")],
)
def test_lone_surrogates_are_replaced(text: str, expected: str) -> None:
    assert readable(text) == expected


def test_unusual_texts_have_rows(tokenizer: BertTokenizer) -> None:
    texts = ["\ud800", "\x00cat\x00", "x" * 100_000, "\u202e", " \n\t ", "cat\ud83d"]
    assert [len(row) >= 2 for row in tokenizer.rows(texts)] == [True] * len(texts)
