"""The model of many languages is unpacked from its wheel as data, and encodes like any other."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import erf
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from services.extractor.tokenizer import FileTokenizer
from shared.domain.errors import SettingsError
from shared.encoders import EncoderOptions, build, e5, open_encoder
from shared.encoders.base import E5_MODEL
from shared.encoders.bert import openvino_graph
from shared.encoders.bert.encoder import BertEncoder
from shared.encoders.bert.weights import fold, load_weights
from shared.encoders.centring import SHARE
from shared.encoders.fingerprint import fingerprint
from shared.encoders.model_folder import read_folder
from shared.encoders.options import tokenizer_path
from shared.encoders.q4_file import DamagedFile, read_q4
from tests.support.packed_model import PIECES, PackedModel, write_packed

TEXTS = ["the cat sat", "кот сидел", "猫猫", "a cat: the cats sat", ""]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> PackedModel:
    package = tmp_path_factory.mktemp("wheel") / "packed_model"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    return write_packed(package / e5.FILE)


@pytest.fixture
def options(
    packed: PackedModel, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> EncoderOptions:
    """Return options of the model, with the small one in place of the installed one."""
    cache = tmp_path_factory.getbasetemp() / "e5-cache"
    monkeypatch.syspath_prepend(packed.path.parents[1])
    monkeypatch.setattr(e5, "PACKAGE", packed.path.parent.name)
    monkeypatch.setattr(e5, "SHA256", fingerprint(packed.path, cache))
    return EncoderOptions(model=E5_MODEL, precision="fp32", threads=2, cache_dir=cache)


@pytest.fixture
def encoder(options: EncoderOptions, monkeypatch: pytest.MonkeyPatch) -> BertEncoder:
    # A child process would look for the installed model.
    monkeypatch.setattr(build, "build_in_child", build.build_here)
    opened = open_encoder(options)
    assert isinstance(opened, BertEncoder)
    return opened


def expected(packed: PackedModel, rows: list[list[int]]) -> np.ndarray:
    """Return the mean of the last states of a BERT, written down from its definition."""
    vectors = []
    for row in rows:
        states = _run(packed.tensors, row)
        vectors.append(states.mean(0) / np.linalg.norm(states.mean(0)))
    return np.stack(vectors)


def _run(tensors: Mapping[str, np.ndarray], row: list[int]) -> np.ndarray:
    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(name: str, x: np.ndarray) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * tensors[f"{name}.LayerNorm.weight"] + tensors[f"{name}.LayerNorm.bias"]

    words, positions, segments = (
        tensors[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    )
    x = norm("embeddings", words[row] + positions[: len(row)] + segments[0])
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        query, key, value = (
            linear(f"{layer}.attention.self.{part}", x).reshape(len(row), 2, -1)
            for part in ("query", "key", "value")
        )
        scores = np.einsum("ahd,bhd->hab", query, key) / np.sqrt(query.shape[-1])
        weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        mixed = np.einsum("hab,bhd->ahd", weights, value).reshape(len(row), -1)
        x = norm(f"{layer}.attention.output", x + linear(f"{layer}.attention.output.dense", mixed))
        inner = linear(f"{layer}.intermediate.dense", x)
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
        x = norm(f"{layer}.output", x + linear(f"{layer}.output.dense", inner))
    return x


def test_four_bit_weights_are_read_as_they_were_packed(
    packed: PackedModel, options: EncoderOptions
) -> None:
    found = load_file(read_folder(options).weights)
    assert set(found) == set(packed.tensors)
    for name, tensor in packed.tensors.items():
        np.testing.assert_allclose(found[name], tensor, rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("i8_words", [False, True])
def test_vectors_are_those_of_the_packed_weights(
    packed: PackedModel,
    options: EncoderOptions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    i8_words: bool,
) -> None:
    if i8_words:
        monkeypatch.setattr(openvino_graph, "LARGE_VOCABULARY", 1)
    monkeypatch.setattr(build, "build_in_child", build.build_here)
    encoder = open_encoder(replace(options, cache_dir=tmp_path))
    assert isinstance(encoder, BertEncoder)
    vocabulary = [piece for piece, _ in PIECES]
    row = [vocabulary.index(piece) for piece in ("<s>", "▁passage", ":", "▁the", "▁cat", "▁sat")]
    assert encoder.tokenize(["the cat sat"]) == [[*row, vocabulary.index("</s>")]]
    exact = expected(packed, encoder.tokenize(TEXTS))
    assert encoder.shift is not None
    moved = exact - encoder.shift
    wanted = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    cosine = (encoder.encode(TEXTS) * wanted).sum(1)
    assert cosine.min() > (0.999 if i8_words else 0.99999)
    encoder.close()


def test_questions_have_another_prefix_and_both_are_centred(encoder: BertEncoder) -> None:
    texts = encoder.encode(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    assert encoder.encode_question("the cat sat") @ texts[0] < 0.999
    shift = encoder.shift
    assert shift is not None
    assert 0 < np.linalg.norm(shift) <= SHARE
    assert encoder.languages == e5.LANGUAGES
    assert encoder.name.startswith(f"{E5_MODEL}/openvino-fp32-")
    encoder.close()


def test_the_tokenizer_measures_chunks_with_offsets_in_the_text(options: EncoderOptions) -> None:
    text = "The ﬁ  cats\nкот 猫"
    spans = FileTokenizer(str(tokenizer_path(options))).spans(text)
    assert [text[start:end].strip() for start, end in spans if text[start:end].strip()] != []
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


def test_the_tokenizer_cuts_no_text(options: EncoderOptions) -> None:
    tokenizer = Tokenizer.from_file(str(tokenizer_path(options)))
    assert len(tokenizer.encode(" ".join(["cat"] * 900)).ids) == 902


def test_other_weights_are_refused(
    options: EncoderOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e5, "SHA256", "0" * 64)
    with pytest.raises(SettingsError, match="not the published ones"):
        open_encoder(options)


def test_without_the_wheel_the_error_has_the_install_command(
    options: EncoderOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e5, "PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match=r"pip install .*e5-requirements\.txt"):
        open_encoder(options)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"GGUF" + data[4:],
        lambda data: data[:300],
        lambda data: data[:-200],
        lambda data: data[:40] + b"\x10" + data[41:],
    ],
)
def test_a_damaged_file_is_refused(packed: PackedModel, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(DamagedFile):
        read_q4(damage(packed.path.read_bytes()))


@pytest.mark.optional
@pytest.mark.skipif(
    importlib.util.find_spec(e5.PACKAGE) is None, reason="the optional model is not installed"
)
def test_the_installed_model_has_the_published_vocabulary_and_size() -> None:
    options = EncoderOptions(model=E5_MODEL)
    folder = read_folder(options)
    assert fold(load_weights(folder)).hidden == 384
    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    ids = tokenizer.encode("query: how much protein per day").ids
    assert ids == [0, 41, 1294, 12, 3642, 5045, 21308, 117, 5155, 2]
