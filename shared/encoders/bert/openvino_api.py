"""OpenVINO without its telemetry: import it from here only.

Its model converter loads `openvino_telemetry`, which reports usage to its makers unless told not
to. With that module out of reach the converter takes a stand-in that does nothing.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402

__all__ = ["ops", "ov"]
