"""Writes the sample documents: `python -m tools.make_samples [folder]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tools.samples import calibration, cold_chain, deviations, retention, visitors

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "SOP-001-vaccine-cold-chain.pdf": cold_chain.make,
    "SOP-002-equipment-calibration.pdf": calibration.make,
    "SOP-003-deviation-reporting.docx": deviations.make,
    "SOP-004-visitor-safety.docx": visitors.make,
    "SOP-005-data-retention.pdf": retention.make,
}


def make(folder: Path) -> list[Path]:
    """Write every document into `folder`, the same bytes each time, and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in DOCUMENTS.items():
        path = folder / name
        path.write_bytes(content())
        paths.append(path)
    return paths


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "samples"
    for written in make(target):
        print(written)
