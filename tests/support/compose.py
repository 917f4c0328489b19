"""What docker-compose.yml says of a server: tests in containers run what is deployed."""

from __future__ import annotations

import functools
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

_FILE = Path(__file__).parents[2] / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")


@dataclass(frozen=True)
class Recipe:
    """`command` is empty where the image's own is right."""

    image: str
    command: list[str]
    environment: dict[str, str]


def recipe(service: str, environment: Mapping[str, str] = os.environ) -> Recipe:
    """Of one service, its variables filled in as Compose does; secrets are made, once a process."""
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["services"][service]

    def value(found: re.Match[str]) -> str:
        name, operator, default = found.groups()
        return _secret(name) if operator == "?" else environment.get(name) or default

    def fill(text: str) -> str:
        return _VARIABLE.sub(value, text)

    return Recipe(
        fill(told["image"]),
        [fill(word) for word in told.get("command", [])],
        {name: fill(value) for name, value in told.get("environment", {}).items()},
    )


@functools.cache
def _secret(name: str) -> str:
    return secrets.token_hex(16)
