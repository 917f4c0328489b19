"""Measures all gates in one run: `python -m eval all`.

Folders come from QUIRE_CASES, QUIRE_RETRIEVAL, QUIRE_BENCH and QUIRE_CORPUS; sets of folders that
are not given are left out. Sets of our own are generated.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.local.polling import NotUp
from eval import cases, gates, known_items, retrieval
from eval.datasets import BadDataset
from eval.own.__main__ import write
from services.cli.exits import CommandError

_ENCODER = "QUIRE_ENCODER_MODEL"
_MULTILINGUAL = "multilingual-e5-small"
# The half of our own sets that is only reported.
_HALF = "test"
_XQUAD = ("xquad/en", *gates.KNOWN_SCRIPTS, *gates.OTHER_SCRIPTS)

Measure = Callable[[Console], dict[str, Any]]


def measure(console: Console, chosen: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and figures of every set whose name starts with `chosen`.

    Each set gets a new server; one that can't be measured is named and left out.
    """
    with tempfile.TemporaryDirectory(prefix="quire-sets-") as folder:
        write(Path(folder))
        for name, measures in _sets(Path(folder)).items():
            if name.startswith(chosen):
                console.print(f"Measuring {name} …")
                try:
                    yield name, measures(console)
                except (BadDataset, CommandError, NotUp) as trouble:
                    console.print(f"{name} was not measured: {trouble}", markup=False)


def _sets(own: Path) -> dict[str, Measure]:
    folders = {name: os.environ.get(f"QUIRE_{name}") for name in ("CASES", "RETRIEVAL", "BENCH")}
    found: dict[str, Measure] = {}
    if folder := folders["CASES"]:
        found[gates.CASES] = partial(_answers, Path(folder) / "answers")
    real = [gates.REAL] if os.environ.get("QUIRE_CORPUS") else []
    for name in (gates.LAYOUTS, gates.KEYS, gates.MARKED, *real):
        found[name] = partial(_answers, own / "answers" / _HALF / Path(name).name)
    if folder := folders["BENCH"]:
        found[gates.ITEMS] = partial(_items, Path(folder))
    for name in gates.OWN_SCRIPTS:
        found[name] = partial(_retrieval, own / "retrieval" / _HALF / Path(name).name)
    if folder := folders["RETRIEVAL"]:
        for name in (*_XQUAD, gates.CRANFIELD):
            found[name] = partial(_retrieval, Path(folder) / name)
        for name in _XQUAD:
            found[f"{gates.E5}{name}"] = partial(_multilingual, Path(folder) / name)
    return found


def _answers(folder: Path, console: Console) -> dict[str, Any]:
    return cases.measure(cases.read(folder), None, console)


def _items(folder: Path, console: Console) -> dict[str, Any]:
    return known_items.measure(known_items.load(folder), None, console)


def _retrieval(folder: Path, console: Console) -> dict[str, Any]:
    (dataset,) = retrieval.sets(folder, []).values()
    return retrieval.measure(dataset, None, console)


def _multilingual(folder: Path, console: Console) -> dict[str, Any]:
    with _encoder(_MULTILINGUAL):
        return _retrieval(folder, console)


@contextlib.contextmanager
def _encoder(name: str) -> Iterator[None]:
    """Let servers that start inside use this encoder."""
    before = os.environ.get(_ENCODER)
    os.environ[_ENCODER] = name
    try:
        yield
    finally:
        del os.environ[_ENCODER]
        if before is not None:
            os.environ[_ENCODER] = before
