"""The lists of dependencies agree: of one service, of all, and the pinned ones."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
SERVICES = ("core", "gateway", "extractor", "embedder", "indexer", "query")
# Used by the command line client only.
CLIENT = {"httpx", "rich", "typer"}
# Used only between services that run as processes.
BETWEEN = {"aio-pika", "aiormq", "asyncpg", "celery", "faststream", "redis"}


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_-]+", line) for line in requirements)
    return {match.group().lower().replace("_", "-") for match in found if match}


def test_default_dependencies_are_those_of_all_services() -> None:
    together = set().union(*(names(EXTRAS[service]) for service in SERVICES)) - {"quire"}
    assert (together | CLIENT) - BETWEEN == names(PROJECT["dependencies"])


def test_every_dependency_is_pinned() -> None:
    pinned = names((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:])
    extras = [*SERVICES, "postgresql", "s3", "bench", "mcp"]
    wanted = names(PROJECT["dependencies"]).union(*(names(EXTRAS[extra]) for extra in extras))
    assert wanted - {"quire"} <= pinned


def test_torch_is_not_installed_by_default() -> None:
    pinned = names((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:])
    assert not pinned & {"torch", "sentence-transformers", "transformers"}


def test_constraints_carry_no_addresses() -> None:
    assert not re.search(r"@|://", (ROOT / "constraints.txt").read_text(encoding="utf-8"))
