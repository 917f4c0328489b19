"""Examples in docstrings are run, so that they stay true."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("shared", "services")
    for path in (ROOT / folder).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


class WordTokenizer:
    """Takes every word as one token."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in re.finditer(r"\S+", text)]


# Names that examples use without defining them.
NAMES = {"tokenizer": WordTokenizer()}


def test_examples_are_found() -> None:
    assert "shared.text.sentences" in MODULES


@pytest.mark.parametrize("module", MODULES)
def test_every_example_gives_the_shown_result(module: str) -> None:
    failed, attempted = doctest.testmod(importlib.import_module(module), extraglobs=NAMES)
    assert attempted
    assert not failed
