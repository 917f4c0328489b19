"""The encoder as an ONNX graph of onnxruntime's own fused BERT operators, with pooling inside.

Operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from shared.encoders.bert import BertWeights, Linear
from shared.encoders.model_folder import Pooling

FUSED = "com.microsoft"
FUSED_VERSION = 1
OPSET = 17
IR_VERSION = 8


class OnnxGraph:
    """Collects nodes and constants; every method adds a step and returns its output's name."""

    def __init__(self, weights: BertWeights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self, pooling: Pooling) -> onnx.ModelProto:
        """`input_ids`, `attention_mask` (batch, tokens) i64 → `embeddings` (batch, hidden)."""
        mask = self._add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        states = self._embed()
        for index in range(self._weights.layers):
            states = self._layer(index, states, mask)
        pooled = self._first(states) if pooling == "cls" else self._sum(states)
        self._add("LpNormalization", [pooled], "embeddings", axis=1, p=2)
        return self._model()

    def _embed(self) -> str:
        ids = self._add("Cast", ["input_ids"], "ids", to=TensorProto.INT32)
        segments = self._add("Mul", [ids, self._constant("no_segment", np.int32(0))], "segments")
        tables = [
            self._tensor(f"embeddings.{table}")
            for table in (
                "word_embeddings.weight",
                "position_embeddings.weight",
                "token_type_embeddings.weight",
                "LayerNorm.weight",
                "LayerNorm.bias",
            )
        ]
        return self._fused(
            "EmbedLayerNormalization",
            [ids, segments, *tables],
            ["embedded", "unused_mask"],
            epsilon=self._weights.epsilon,
        )

    def _layer(self, index: int, states: str, mask: str) -> str:
        name = f"encoder.layer.{index}"
        context = self._attend(f"{name}.attention.self", states, mask)
        states = self._join(f"{name}.attention.output", context, states)
        forward = self._product(f"{name}.intermediate.dense", states)
        bias = self._tensor(f"{name}.intermediate.dense.bias")
        forward = self._fused("BiasGelu", [forward, bias], [f"{name}.gelu"])
        return self._join(f"{name}.output", forward, states)

    def _attend(self, name: str, states: str, mask: str) -> str:
        parts = [self._weights.linear(f"{name}.{part}") for part in ("query", "key", "value")]
        stacked = Linear(
            np.concatenate([part.weight.T for part in parts], axis=1),
            np.concatenate([part.bias for part in parts]),
        )
        weight = self._constant(f"{name}.weight", stacked.weight)
        bias = self._constant(f"{name}.bias", stacked.bias)
        return self._fused(
            "Attention",
            [states, weight, bias, mask],
            [f"{name}.context"],
            num_heads=self._weights.heads,
        )

    def _join(self, name: str, x: str, residual: str) -> str:
        """Linear map, its bias, the residual and the LayerNorm."""
        norm = [self._tensor(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
        bias = self._tensor(f"{name}.dense.bias")
        return self._fused(
            "SkipLayerNormalization",
            [self._product(f"{name}.dense", x), residual, *norm, bias],
            [f"{name}.norm"],
            epsilon=self._weights.epsilon,
        )

    def _product(self, name: str, x: str) -> str:
        weight = self._constant(f"{name}.weight.T", self._weights.tensors[f"{name}.weight"].T)
        return self._add("MatMul", [x, weight], f"{name}.product")

    def _sum(self, states: str) -> str:
        """The sum over tokens: its direction is the mean's."""
        kept = self._add("Cast", ["attention_mask"], "kept", to=TensorProto.FLOAT)
        column = self._constant("column", np.array([2], np.int64))
        kept = self._add("Unsqueeze", [kept, column], "kept_column")
        masked = self._add("Mul", [states, kept], "masked")
        axis = self._constant("token_axis", np.array([1], np.int64))
        return self._add("ReduceSum", [masked, axis], "pooled", keepdims=0)

    def _first(self, states: str) -> str:
        first = self._constant("first_token", np.array(0, np.int64))
        return self._add("Gather", [states, first], "pooled", axis=1)

    def _model(self) -> onnx.ModelProto:
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        hidden = self._weights.words().shape[1]
        output = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["batch", hidden])
        graph = helper.make_graph(
            self._nodes, "sentence-encoder", inputs, [output], list(self._constants.values())
        )
        versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, FUSED_VERSION)]
        return helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION)

    def _tensor(self, name: str) -> str:
        return self._constant(name, self._weights.tensors[name])

    def _constant(self, name: str, values: Any) -> str:
        self._constants[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def _add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(
            helper.make_node(operator, inputs, [output], name=f"{output}_node", **attributes)
        )
        return output

    def _fused(
        self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any
    ) -> str:
        self._nodes.append(
            helper.make_node(
                operator, inputs, outputs, name=f"{outputs[0]}_node", domain=FUSED, **attributes
            )
        )
        return outputs[0]
