"""A CLIP model puts texts and pictures into one space, and leaves out what is not a picture."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from shared.domain.errors import SettingsError
from shared.encoders.pictures import clip, open_picture_encoder
from shared.encoders.pictures.clip import ClipEncoder, open_clip
from shared.settings import Settings

LIBRARIES = ("sentence_transformers", "PIL")
ARE_INSTALLED = all(importlib.util.find_spec(name) for name in LIBRARIES)
needs_libraries = pytest.mark.skipif(
    not ARE_INSTALLED, reason="sentence-transformers or Pillow is not installed"
)


class FakeModel:
    """A model whose vectors are made of the length of what it is given."""

    def encode(self, inputs: list[str], *, batch_size: int, **_: Any) -> np.ndarray:
        assert batch_size == len(inputs)
        return np.array([[len(each), 3.0, 0.0] for each in inputs], np.float64)


def test_vectors_are_normalised_and_unreadable_pictures_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clip, "_read", lambda path: None if path.name == "bad" else path.name)
    encoder = ClipEncoder(cast(Any, FakeModel()), "fake")
    first, bad, last = encoder.encode_pictures([Path("four"), Path("bad"), Path("sixsix")])
    assert bad is None and first is not None and last is not None
    assert first == pytest.approx([0.8, 0.6, 0.0])
    assert np.linalg.norm(last) == pytest.approx(1)
    assert encoder.encode_text("four").dtype == np.float32
    assert encoder.encode_pictures([Path("bad")]) == [None]


def test_no_model_is_opened_by_default() -> None:
    assert open_picture_encoder(Settings(_env_file=None)) is None


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_missing_library_is_named_with_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SettingsError, match=r"quire\[encoder-clip\]"):
        open_picture_encoder(Settings(_env_file=None, picture_model="some/clip"))


def write_clip(folder: Path) -> Path:
    """Write a CLIP model of random weights: 16 numbers a vector, pictures of 32 by 32 pixels."""
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    letters = [letter + end for end in ("", "</w>") for letter in "abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {
        piece: n for n, piece in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])
    }
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    words = str(folder / "vocab.json"), str(folder / "merges.txt")
    layers = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }  # fmt: skip
    text = {
        "vocab_size": len(vocabulary), "max_position_embeddings": 32,
        "bos_token_id": len(vocabulary) - 2, "eos_token_id": len(vocabulary) - 1,
    }  # fmt: skip
    pixels = {"image_size": 32, "patch_size": 8}
    config = CLIPConfig(text_config=layers | text, vision_config=layers | pixels, projection_dim=16)
    CLIPModel(config).eval().save_pretrained(folder)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    tokenizer = CLIPTokenizer(*words, model_max_length=32)
    CLIPProcessor(CLIPImageProcessorPil(**size), tokenizer).save_pretrained(folder)
    return folder


@pytest.mark.optional
@needs_libraries
def test_a_real_model_in_a_folder_compares_words_and_pictures(tmp_path: Path) -> None:
    from PIL import Image

    red, blue, bad = (tmp_path / name for name in ("red.png", "blue.jpg", "bad.png"))
    Image.new("RGB", (90, 60), "red").save(red)
    Image.new("L", (60, 90), 40).save(blue)
    bad.write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    encoder = open_clip(str(write_clip(tmp_path / "model")))
    vectors = encoder.encode_pictures([red, bad, blue, tmp_path / "gone.png", red])
    assert [vector is None for vector in vectors] == [False, True, False, True, False]
    assert vectors[0] == pytest.approx(vectors[4])
    assert vectors[0] != pytest.approx(vectors[2])
    asked = encoder.encode_text("a red lamp \ud800")
    assert asked.shape == cast(np.ndarray, vectors[0]).shape == (16,)
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-5)


@pytest.mark.optional
@needs_libraries
def test_a_model_of_texts_alone_is_refused(tmp_path: Path) -> None:
    from tests.support.encoders import write_bert

    with pytest.raises(SettingsError, match=r"reads no pictures|can't be loaded"):
        open_clip(str(write_bert(tmp_path / "model")))


@pytest.mark.optional
@needs_libraries
def test_a_picture_of_too_many_pixels_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    monkeypatch.setattr(clip, "MOST_PIXELS", 99)
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    assert clip._read(tmp_path / "a.png") is None
