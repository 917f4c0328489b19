"""One contract suite for every engine, with small random models and the bundled one."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from shared import encoders
from shared.encoders import EncoderOptions, TextEncoder, open_encoder
from shared.encoders.base import BUNDLED_MODEL, Engine, Precision
from shared.encoders.bert.calibration import calibration_texts
from shared.encoders.bert.reference import encode_row
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.bert.weights import fold, load_weights
from shared.encoders.build import built_folder
from shared.encoders.model_folder import read_folder
from tests.support.encoders import HAS_WEIGHTS, NO_WEIGHTS, write_bert

CODE = Path(encoders.__file__).parent
ENGINES: list[tuple[Engine, Precision]] = [
    ("openvino", "int8"),
    ("openvino", "fp32"),
    ("sentence-transformers", "fp32"),
]
# Least and mean cosine to the exact vectors.
CLOSE = {
    ("openvino", "int8"): (0.99, 0.99),
    ("openvino", "fp32"): (0.99999, 0.99999),
    ("sentence-transformers", "fp32"): (0.99999, 0.99999),
}
SOME_TEXTS = calibration_texts()[::4]
# A batch is padded to its longest row.
ALONE_OR_NOT = {"openvino": 1e-6, "sentence-transformers": 1e-5}

HOSTILE = [
    "",
    " \n\t",
    "\x00",
    "a\ud800b",
    "\udfff",
    "🙂👩‍👩‍👧 ﷺ ü 漢字",
    "\u202egnihton\u202c",
    "-" * 900,
    "word " * 2_000,
]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoders")


@lru_cache
def _open(engine: Engine, precision: Precision, model: str, root: Path) -> TextEncoder:
    folder = model if model == BUNDLED_MODEL else str(root / model)
    options = EncoderOptions(engine, precision, folder, threads=2)
    if not (model == BUNDLED_MODEL and _is_built(options)):
        options = replace(options, cache_dir=root / "cache")
    return open_encoder(options)


def _is_built(options: EncoderOptions) -> bool:
    """Return whether an earlier build exists and is younger than the code."""
    built = built_folder(options)
    code = max(path.stat().st_mtime for path in CODE.rglob("*") if path.suffix in (".py", ".txt"))
    return built.is_dir() and built.stat().st_mtime > code


@pytest.fixture(params=["mean", "cls", BUNDLED_MODEL])
def model(request: pytest.FixtureRequest, root: Path) -> str:
    if request.param == BUNDLED_MODEL:
        if not HAS_WEIGHTS:
            pytest.skip(NO_WEIGHTS)
    elif not (root / request.param).is_dir():
        write_bert(root / request.param, pooling=request.param)
    return str(request.param)


@pytest.fixture(params=ENGINES, ids="-".join)
def engine(request: pytest.FixtureRequest) -> tuple[Engine, Precision]:
    package = request.param[0].replace("-", "_")
    if importlib.util.find_spec(package) is None:
        request.applymarker(pytest.mark.optional)
        pytest.skip(f"{package} is not installed")
    return request.param


@pytest.fixture
def encoder(engine: tuple[Engine, Precision], model: str, root: Path) -> TextEncoder:
    return _open(*engine, model, root)


@pytest.fixture
def bundled(engine: tuple[Engine, Precision], root: Path) -> TextEncoder:
    if not HAS_WEIGHTS:
        pytest.skip(NO_WEIGHTS)
    return _open(*engine, BUNDLED_MODEL, root)


@lru_cache
def exact_vectors(model: str, root: Path) -> np.ndarray:
    """Return the vectors of the reference encoder."""
    folder = model if model == BUNDLED_MODEL else str(root / model)
    found = read_folder(EncoderOptions(model=folder, cache_dir=root / "cache"))
    bert = fold(load_weights(found))
    rows = BertTokenizer(found.tokenizer, found.length.max_sequence).rows(SOME_TEXTS)
    return np.stack([encode_row(bert, row, found.pooling) for row in rows])


def test_vectors_are_normalised_float32_rows(encoder: TextEncoder) -> None:
    vectors = encoder.encode(["the cat sat", "a red house", "the"])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_row(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)
    assert encoder.count_tokens([]) == []


def test_every_engine_is_close_to_the_exact_encoder(
    encoder: TextEncoder, engine: tuple[Engine, Precision], model: str, root: Path
) -> None:
    cosine = (encoder.encode(SOME_TEXTS) * exact_vectors(model, root)).sum(1)
    least, mean = CLOSE[engine]
    assert cosine.min() > least
    assert cosine.mean() > mean


def test_vectors_have_the_order_of_their_texts(encoder: TextEncoder) -> None:
    texts = [f"the cat {'sat on the mat ' * (index % 7)}{index}" for index in range(60)]
    vectors = encoder.encode(texts)
    for index in (0, 13, 59):
        assert np.argmax(vectors @ encoder.encode([texts[index]])[0]) == index


def test_unusual_texts_have_finite_vectors(encoder: TextEncoder) -> None:
    vectors = encoder.encode(HOSTILE)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.isfinite(encoder.encode_question("\ud800")).all()
    assert len(encoder.count_tokens(HOSTILE)) == len(HOSTILE)


def test_text_behind_the_token_limit_is_ignored(encoder: TextEncoder) -> None:
    long = "the cat sat on the mat " * 400
    first, second = encoder.encode([long, long + "house"])
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_a_question_is_encoded_like_a_text(encoder: TextEncoder) -> None:
    assert encoder.is_symmetric
    question = "is the cat in the house ?"
    alone = encoder.encode([question])[0]
    np.testing.assert_allclose(encoder.encode_question(question), alone, atol=1e-5)


def test_a_vector_does_not_depend_on_other_texts_of_its_batch(
    encoder: TextEncoder, engine: tuple[Engine, Precision]
) -> None:
    texts = ["the cat", "a dog ran on the red mat " * 5, "house", "tree " * 20, "the blue house"]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=ALONE_OR_NOT[engine[0]])


def test_concurrent_calls_return_the_same_vectors(encoder: TextEncoder) -> None:
    texts = [f"the cat {index} sat" for index in range(4)]
    wanted = [encoder.encode([text] * 8)[0] for text in texts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            for found, expected in zip(
                pool.map(lambda text: encoder.encode([text] * 8)[0], texts), wanted, strict=True
            ):
                np.testing.assert_allclose(found, expected, atol=1e-5)


def test_special_tokens_are_not_counted(encoder: TextEncoder) -> None:
    assert encoder.count_tokens(["the cat sat", "", "the " * 1_000]) == [3, 0, 1_000]
    assert encoder.max_tokens > 0


def test_names_differ_between_engines_precisions_and_models(model: str, root: Path) -> None:
    others = [
        _open(*engine, name, root).name
        for engine in ENGINES[:2]
        for name in ("mean", "cls")
        if (root / name).is_dir()
    ]
    assert len(set(others)) == len(others)
    assert all(str(root) not in name for name in others)


def test_a_paraphrase_is_nearer_than_another_subject(bundled: TextEncoder) -> None:
    question = bundled.encode_question("How do I turn the machine off in an emergency?")
    near, far = bundled.encode(
        [
            "Press the red stop button to switch the equipment off at once when there is danger.",
            "The tenant shall pay the rent on the first day of every month.",
        ]
    )
    assert question @ near > question @ far + 0.2


def test_the_bundled_model_accepts_250_content_tokens(bundled: TextEncoder) -> None:
    assert bundled.max_tokens == 250
    assert bundled.dimension == 384


def test_an_encoder_says_which_words_it_does_not_understand(
    encoder: TextEncoder, model: str
) -> None:
    assert encoder.unknown_share("the cat sat on the red mat") == 0
    assert encoder.unknown_share("кот сидел") == 1
    assert encoder.languages == (("en",) if model == BUNDLED_MODEL else ())


def test_a_query_prefix_is_added_to_questions_only(
    engine: tuple[Engine, Precision], root: Path
) -> None:
    write_bert(root / "prefixed", prefix="the red house ")
    encoder = _open(*engine, "prefixed", root)
    assert not encoder.is_symmetric
    wanted = encoder.encode(["the red house cat"])[0]
    np.testing.assert_allclose(encoder.encode_question("cat"), wanted, atol=1e-5)
