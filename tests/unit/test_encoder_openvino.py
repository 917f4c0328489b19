"""The default engine computes in int8, matches the reference, and sends no telemetry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.encoders import EncoderOptions
from shared.encoders.base import Precision
from shared.encoders.bert.openvino_api import ov
from shared.encoders.bert.openvino_engine import GRAPH, write_graph
from shared.encoders.bert.reference import encode_row
from shared.encoders.bert.weights import fold, load_weights
from shared.encoders.model_folder import ModelFolder, read_folder
from tests.support.encoders import LAYERS, write_bert

ROWS = [[2, *range(5, 5 + length), 3] for length in (1, 14, 40)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    root = tmp_path_factory.mktemp("openvino")
    model = write_bert(root / "model")
    return read_folder(EncoderOptions(model=str(model), cache_dir=root / "cache"))


def compiled(folder: ModelFolder, precision: Precision, target: Path) -> ov.CompiledModel:
    write_graph(folder, EncoderOptions(precision=precision), target)
    # Set as in the engine, because a CPU with bf16 would compute "fp32" in bf16.
    options = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    return ov.Core().compile_model(target / GRAPH, "CPU", options)


def products(model: ov.CompiledModel) -> list[str]:
    """Return the precisions of the linear maps of the compiled graph."""
    nodes = (node.get_rt_info() for node in model.get_runtime_model().get_ops())
    linear = (info for info in nodes if "FullyConnected" in info["layerType"].astype(str))
    return [info["runtimePrecision"].astype(str) for info in linear]


def test_every_linear_map_of_the_int8_graph_runs_in_int8(
    folder: ModelFolder, tmp_path: Path
) -> None:
    found = products(compiled(folder, "int8", tmp_path))
    assert len(found) == 6 * LAYERS
    assert set(found) <= {"i8", "u8"}


def test_the_fp32_graph_equals_the_reference(folder: ModelFolder, tmp_path: Path) -> None:
    model = compiled(folder, "fp32", tmp_path)
    bert = fold(load_weights(folder))
    for row in ROWS:
        ids = np.array([row], np.int64)
        found = model([ids, np.ones_like(ids)])[0][0]
        np.testing.assert_allclose(found, encode_row(bert, row), atol=1e-5)


def test_openvino_telemetry_is_not_imported() -> None:
    script = (
        "import sys\n"
        "from shared.encoders.bert.openvino_api import ov\n"
        "assert sys.modules['openvino_telemetry'] is None, 'loaded'\n"
        "assert not any(name.startswith('openvino_telemetry.') for name in sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
