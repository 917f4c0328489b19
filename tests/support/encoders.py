"""Writes small BERT folders with random weights, for tests that need no real model."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from shared.encoders.base import BUNDLED_MODEL, EncoderOptions
from shared.encoders.build import build_here
from shared.encoders.model_folder import BUNDLED_PACKAGE, TOKENIZER, find_folder

HIDDEN, INNER, LAYERS, HEADS, POSITIONS = 32, 64, 2, 2, 64
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["the", "a", "is", "cat", "dog", "sat", "ran", "on", "mat", "red", "blue", "house", "tree"]

HAS_WEIGHTS = importlib.util.find_spec(BUNDLED_PACKAGE) is not None
NO_WEIGHTS = "the text model is not installed (deploy/model-requirements.txt)"


def write_bert(
    folder: Path,
    *,
    pooling: str = "mean",
    prefix: str = "",
    seed: int = 7,
    tokenizer: Tokenizer | None = None,
    positions: int = POSITIONS,
) -> Path:
    """Write a complete model folder: weights, tokenizer and configuration files."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer or bert_tokenizer()
    vocabulary = tokenizer.get_vocab_size()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(random_tensors(vocabulary, seed, positions), folder / "model.safetensors")
    for name, content in _descriptions(vocabulary, pooling, positions).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    if prefix:
        prompts = {"prompts": {"query": prefix}}
        (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return folder


@dataclass(frozen=True)
class SmallModel:
    """A built model that cuts documents into the same chunks as the bundled one.

    It encodes twenty times as fast, but which passages are near to a question means nothing.
    """

    folder: Path
    cache: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {"encoder_model": str(self.folder), "cache_dir": self.cache}

    @property
    def environment(self) -> dict[str, str]:
        return {f"QUIRE_{name.upper()}": str(value) for name, value in self.settings.items()}


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    """Return the small model, for tests of whole systems that ask no question."""
    root = tmp_path_factory.mktemp("small-model")
    small = SmallModel(write_small_model(root / "model"), root / "cache")
    build_here(EncoderOptions(model=str(small.folder), cache_dir=small.cache))
    return small


def write_small_model(folder: Path) -> Path:
    """Write a model with the bundled model's tokenizer and length limit, and random weights."""
    bundled = find_folder(BUNDLED_MODEL)
    assert bundled is not None
    tokenizer = Tokenizer.from_file(str(bundled / TOKENIZER))
    return write_bert(folder, tokenizer=tokenizer, positions=512)


def bert_tokenizer() -> Tokenizer:
    """Return a WordPiece tokenizer of a few words that truncates, as published ones do."""
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    pieces = [*SPECIALS, *WORDS, *characters, *(f"##{sign}" for sign in characters)]
    vocabulary = {piece: place for place, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    return tokenizer


def random_tensors(vocabulary: int, seed: int, positions: int = POSITIONS) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    tensors = {
        "embeddings.word_embeddings.weight": _normal(random, vocabulary, HIDDEN),
        "embeddings.position_embeddings.weight": _normal(random, positions, HIDDEN) * 0.2,
        "embeddings.token_type_embeddings.weight": _normal(random, 2, HIDDEN) * 0.2,
        **_norm(random, "embeddings"),
    }
    for layer in (f"encoder.layer.{index}" for index in range(LAYERS)):
        for part in ("query", "key", "value"):
            tensors |= _linear(random, f"{layer}.attention.self.{part}", HIDDEN, HIDDEN)
        tensors |= _linear(random, f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        tensors |= _linear(random, f"{layer}.intermediate.dense", HIDDEN, INNER)
        tensors |= _linear(random, f"{layer}.output.dense", INNER, HIDDEN)
        tensors |= _norm(random, f"{layer}.attention.output") | _norm(random, f"{layer}.output")
    return tensors


def _descriptions(vocabulary: int, pooling: str, positions: int) -> dict[str, object]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": HIDDEN,
            "intermediate_size": INNER,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "max_position_embeddings": positions,
            "vocab_size": vocabulary,
            "layer_norm_eps": 1e-12,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "model_max_length": positions,
        },
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": HIDDEN,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
        },
        "modules.json": [
            _module(0, "", "Transformer"),
            _module(1, "1_Pooling", "Pooling"),
            _module(2, "2_Normalize", "Normalize"),
        ],
    }


def _module(index: int, path: str, kind: str) -> dict[str, object]:
    kind = f"sentence_transformers.models.{kind}"
    return {"idx": index, "name": str(index), "path": path, "type": kind}


def _linear(random: np.random.Generator, name: str, width: int, out: int) -> dict[str, np.ndarray]:
    weight = _normal(random, out, width) / np.float32(np.sqrt(width))
    return {f"{name}.weight": weight, f"{name}.bias": _normal(random, out) * np.float32(0.1)}


def _norm(random: np.random.Generator, name: str) -> dict[str, np.ndarray]:
    gain = 1 + _normal(random, HIDDEN) * np.float32(0.1)
    return {
        f"{name}.LayerNorm.weight": gain,
        f"{name}.LayerNorm.bias": _normal(random, HIDDEN) * np.float32(0.1),
    }


def _normal(random: np.random.Generator, *shape: int) -> np.ndarray:
    return random.standard_normal(shape, np.float32)
