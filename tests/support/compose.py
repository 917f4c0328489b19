"""Reads servers from docker-compose.yml, so that tests in containers run what is deployed."""

from __future__ import annotations

import functools
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.yaml_text import load

_FILE = Path(__file__).parents[2] / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+):(-)([^}]*)\}")
_SECRETS = "/run/secrets/"


@dataclass(frozen=True)
class Recipe:
    """How to run a container; an empty `command` stands for that of the image."""

    image: str
    command: list[str]
    environment: dict[str, str]


def recipe(service: str, environment: Mapping[str, str] = os.environ) -> Recipe:
    """Return the recipe of one service, with variables filled in as Compose does.

    Secrets are random, and the same within one process.
    """
    declared = load(_FILE.read_text(encoding="utf-8"))["services"][service]

    def value(found: re.Match[str]) -> str:
        name, _, default = found.groups()
        return environment.get(name) or default

    def fill(text: str) -> str:
        return _VARIABLE.sub(value, text)

    return Recipe(
        fill(declared["image"]),
        [fill(word) for word in declared.get("command", [])],
        dict(
            _without_file(name, fill(value))
            for name, value in declared.get("environment", {}).items()
        ),
    )


def _without_file(name: str, value: str) -> tuple[str, str]:
    """Return a variable of a secret's file as the variable of the secret itself."""
    if not value.startswith(_SECRETS):
        return name, value
    return name.removesuffix("_FILE").rstrip("_"), _secret(value.removeprefix(_SECRETS))


@functools.cache
def _secret(name: str) -> str:
    return secrets.token_hex(16)
