"""OpenVINO without its telemetry: import it from here only.

Its model converter loads `openvino_telemetry`, which reports usage by default; without that module
the converter uses its own no-op replacement.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402

__all__ = ["ops", "ov"]
