"""Generates documents from the code: `python -m tools.docs`; a test compares them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from services.gateway import openapi
from services.gateway.app import build_app as build_gateway
from services.gateway.dependencies import GatewayDeps
from services.query.app import build_app as build_query
from services.query.dependencies import QueryDeps
from shared.bus import asyncapi
from shared.bus.in_process import InProcessBus
from shared.settings import Settings
from shared.settings.environment import ALIASES, PREFIX, UNUSED_NAMES

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_HEAD = """\
<!-- Made by `make docs` from shared/settings/. -->
# Settings

Settings are read from the environment and from `.env` in the working directory. Unknown
`QUIRE_…` names are refused. Without API keys the server listens on loopback addresses only.
[Upgrading](upgrading.md) lists renamed settings.
"""


def env_example() -> str:
    """Return .env.example: every setting with its default, commented out."""
    lines = ["# Every setting of Quire with its default. Copy to .env, and change what you need."]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={_default(field)}"]
    lines += ["", "# Aliases of settings, used where the setting's own name is not set:"]
    for setting, names in ALIASES.items():
        lines += [f"#{name}=  # {PREFIX}{setting.upper()}" for name in names]
    lines += ["#REDIS_PORT=  # with REDIS_HOST; default 6379", "", "# Accepted, without effect:"]
    lines += [f"#{name}=  # {reason}" for name, reason in UNUSED_NAMES.items()]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Return docs/settings.md: every setting with its default as a Markdown table."""
    rows = [SETTINGS_HEAD, "| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = f"`{_default(field)}`" if _default(field) != "" else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def openapi_document() -> str:
    """Return docs/openapi.json; the apps are described but not run, so dependencies are mocks."""
    settings, absent = Settings.model_construct(), cast(Any, Mock(dimension=1))
    query = build_query(QueryDeps(settings, *[absent] * 7))
    bus = InProcessBus()
    gateway = build_gateway(GatewayDeps(settings, absent, absent, bus, query, *[absent] * 5))
    return openapi.render(openapi.merged(gateway, query))


def made() -> dict[str, Callable[[], str]]:
    """Return the functions that make the documents, by path from the repository root."""
    return {
        ".env.example": env_example,
        "docs/asyncapi.json": asyncapi.render,
        "docs/openapi.json": openapi_document,
        "docs/settings.md": settings_page,
    }


def write() -> list[str]:
    """Write all documents and return the paths of those that changed."""
    changed = []
    for name, make in made().items():
        path, text = ROOT / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def _default(field: FieldInfo) -> Any:
    value = field.default
    return value.get_secret_value() if isinstance(value, SecretStr) else value


if __name__ == "__main__":
    print("\n".join(write()) or "Nothing has changed.")
