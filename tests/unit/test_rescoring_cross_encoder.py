"""A cross-encoder gives each pair one score from 0 to 1, whatever its model returns by default."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

from shared.domain.errors import SettingsError
from shared.encoders.rescoring import cross_encoder, open_rescorer
from shared.encoders.rescoring.cross_encoder import CrossEncoderRescorer, open_cross_encoder
from shared.settings import Settings
from tests.support.encoders import write_bert

IS_INSTALLED = importlib.util.find_spec("sentence_transformers") is not None


class FakeModel:
    """A model whose logit is the number of letters of the text, minus four."""

    num_labels = 1

    def __init__(self, name: str = "", **options: Any) -> None:
        self.name, self.options = name, options

    def predict(self, pairs: list[tuple[str, str]], *, activation_fn: Any, **_: Any) -> np.ndarray:
        return np.asarray(activation_fn(np.array([float(len(text) - 4) for _, text in pairs])))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("sentence_transformers")
    cast(Any, module).CrossEncoder = FakeModel
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_scores_are_between_0_and_1_in_the_order_of_the_texts() -> None:
    rescorer = CrossEncoderRescorer(cast(Any, FakeModel()), "fake")
    found = rescorer.scores("q", ["four", "longer", "\ud800", ""])
    assert found.dtype == np.float32
    assert found == pytest.approx(
        [0.5, 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(3)), 1 / (1 + np.exp(4))]
    )
    assert rescorer.scores("q", []).shape == (0,)


def test_a_hub_name_is_opened_without_code_of_the_model(library: ModuleType) -> None:
    rescorer = open_rescorer(Settings(_env_file=None, rescorer="some/ranker"))
    assert isinstance(rescorer, CrossEncoderRescorer)
    model = cast(Any, rescorer)._model
    assert (model.name, model.options) == ("some/ranker", {"trust_remote_code": False})


def test_a_model_of_several_scores_is_refused(
    library: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeModel, "num_labels", 3)
    with pytest.raises(SettingsError, match="gives 3 scores"):
        open_cross_encoder("some/classifier")


def test_a_model_that_can_not_be_loaded_is_named(
    library: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str, **_: Any) -> None:
        raise OSError("no such model")

    monkeypatch.setattr(library, "CrossEncoder", fail)
    with pytest.raises(SettingsError, match=r"'some/ranker' can't be loaded: no such model"):
        open_cross_encoder("some/ranker")


def test_without_the_library_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(SettingsError, match=r"quire\[encoder-st\]"):
        open_cross_encoder("some/ranker")


def test_no_rescorer_is_opened_by_default() -> None:
    assert open_rescorer(Settings(_env_file=None)) is None


@pytest.mark.optional
@pytest.mark.skipif(not IS_INSTALLED, reason="sentence-transformers is not installed")
def test_a_real_cross_encoder_in_a_folder_gives_the_models_own_logits(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = write_bert(tmp_path / "model")
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = BertConfig(
        vocab_size=40, num_attention_heads=2, num_labels=1, max_position_embeddings=64, **sizes
    )
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), cls_token="[CLS]", sep_token="[SEP]",
        pad_token="[PAD]", unk_token="[UNK]", model_max_length=64,
    ).save_pretrained(folder)  # fmt: skip
    rescorer = open_cross_encoder(str(folder))
    texts = ["the cat sat", "a red house on the mat"]
    found = rescorer.scores("the cat", texts)
    raw = rescorer._model.predict(
        [("the cat", text) for text in texts], activation_fn=cross_encoder._unchanged
    )
    assert found == pytest.approx(1 / (1 + np.exp(-np.asarray(raw).reshape(-1))), abs=1e-6)
    assert len(set(found.tolist())) == 2
