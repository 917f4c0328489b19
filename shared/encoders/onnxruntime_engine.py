"""onnxruntime on the CPU: dynamic int8 by output channel, or fp32. The extra `encoder-onnx`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from shared.encoders.base import EncoderOptions, Precision, Vectors
from shared.encoders.bert import load_weights
from shared.encoders.bert_encoder import BertEncoder
from shared.encoders.model_folder import ModelFolder
from shared.encoders.onnx_graph import OnnxGraph

GRAPH = "encoder.onnx"
VERSION = "1"
RUNTIME = onnxruntime.__version__


def open_graph(folder: ModelFolder, name: str, files: Path, options: EncoderOptions) -> BertEncoder:
    """One session without threads of its own: each caller computes on its thread, questions too."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        files / GRAPH, settings, providers=["CPUExecutionProvider"]
    )

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        vectors: Vectors = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors

    return BertEncoder(
        folder,
        name,
        session.get_outputs()[0].shape[1],
        documents=run,
        questions=run,
        streams=options.stream_count,
        batch_tokens=options.batch_tokens,
    )


def write_graph(folder: ModelFolder, precision: Precision, target: Path) -> None:
    """Build the graph into `target`; int8 quantises weights now and activations as they come."""
    model = OnnxGraph(load_weights(folder)).build(folder.pooling)
    if precision == "fp32":
        onnx.save(model, str(target / GRAPH))
        return
    with TemporaryDirectory() as scratch:
        exact = Path(scratch) / GRAPH
        onnx.save(model, str(exact))
        quantize_dynamic(
            exact,
            target / GRAPH,
            # One scale for a whole matrix costs .05 of cosine; one for each channel .006.
            per_channel=True,
            weight_type=QuantType.QInt8,
            # Types can't be inferred through the fused operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
