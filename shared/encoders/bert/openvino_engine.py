"""OpenVINO on the CPU: int8 through our own quantisation, or fp32. The default engine."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from shared.encoders.base import Embeddings, EncoderOptions
from shared.encoders.bert.calibration import calibration_texts, make_plan
from shared.encoders.bert.encoder import BertEncoder, Runner
from shared.encoders.bert.openvino_api import ov
from shared.encoders.bert.openvino_graph import build_graph
from shared.encoders.bert.tokenizer import BertTokenizer
from shared.encoders.bert.weights import fold, load_weights
from shared.encoders.centring import shift_of
from shared.encoders.model_folder import ModelFolder
from shared.encoders.thread_priority import start_with_low_priority

GRAPH = "encoder.xml"
SHIFT = "shift.npy"
# VERSION changes when vectors do; another RUNTIME means that files are built again.
VERSION = "2"
RUNTIME = ov.__version__


def open_graph(folder: ModelFolder, name: str, files: Path, options: EncoderOptions) -> BertEncoder:
    """Open an encoder on a built graph, with a separate compiled model for questions."""
    model = ov.Core().read_model(files / GRAPH)
    streams = options.stream_count
    shift = files / SHIFT
    return BertEncoder(
        folder,
        name,
        model.output(0).partial_shape[1].get_length(),
        documents=start_with_low_priority(
            lambda: _lane(model, streams=streams, threads=options.thread_count)
        ),
        questions=_lane(model, streams=streams, threads=streams),
        streams=streams,
        batch_tokens=options.batch_tokens,
        shift=np.load(shift) if shift.is_file() else None,
    )


def write_graph(folder: ModelFolder, options: EncoderOptions, target: Path) -> None:
    """Build the graph into `target`, and the shift of a one-sided encoder.

    int8 needs a few seconds for its calibration, a model for many languages a minute.
    """
    bert = fold(load_weights(folder))
    plan = None
    if options.precision == "int8":
        tokenizer = BertTokenizer(folder.tokenizer, folder.length.max_sequence)
        plan = make_plan(
            bert, tokenizer.rows([folder.prefixes.text + text for text in calibration_texts()])
        )
    graph = build_graph(bert, folder.pooling, plan)
    ov.save_model(graph, target / GRAPH, compress_to_fp16=False)
    if folder.one_sided:
        encoder = open_graph(folder, "", target, options)
        np.save(target / SHIFT, shift_of(encoder.encode(calibration_texts())))
        encoder.close()


def _lane(model: ov.Model, *, streams: int, threads: int) -> Runner:
    """Return a runner with `streams` that share `threads`; a call waits for a free stream."""
    compiled = ov.Core().compile_model(
        model,
        "CPU",
        {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
            # Otherwise a CPU that has bf16 takes it, and vectors differ between machines.
            "INFERENCE_PRECISION_HINT": "f32",
            # Streams pinned to cores would compete with parsers and with the other lane.
            "ENABLE_CPU_PINNING": False,
        },
    )
    idle: SimpleQueue[ov.InferRequest] = SimpleQueue()
    for _ in range(streams):
        idle.put(compiled.create_infer_request())

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Embeddings:
        request = idle.get()
        try:
            result = request.infer([ids, mask], share_inputs=True, share_outputs=True)
            return np.array(result[0])
        finally:
            idle.put(request)

    # The binding initialises itself at its first call, under a lock that it holds while it asks for
    # the interpreter's: two threads with simultaneous first calls would deadlock.
    run(np.ones((1, 2), np.int64), np.ones((1, 2), np.int64))
    return run
