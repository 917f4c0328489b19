"""Documents made from the code: `python -m tools.docs` writes them, tests compare them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from services.gateway import openapi
from services.gateway.app import GatewayDeps
from services.gateway.app import build_app as build_gateway
from services.query.app import QueryDeps
from services.query.app import build_app as build_query
from shared.bus import asyncapi
from shared.bus.in_process import InProcessBus
from shared.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- settings: made by `make docs` -->", "<!-- end of settings -->"


def env_example() -> str:
    """Every setting with its default, commented out."""
    lines = ["# Every setting of Quire with its default. Copy to .env, and change what you need."]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={_default(field)}"]
    return "\n".join(lines) + "\n"


def settings_table() -> str:
    """The same as a Markdown table."""
    rows = ["| setting | default | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = f"`{_default(field)}`" if _default(field) != "" else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def readme(current: str) -> str:
    """The README with its table of settings renewed. ValueError: it has no place for one."""
    before, found, rest = current.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"README.md needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"


def openapi_document() -> str:
    """Every route. The apps are described, not run, so what they would work with is absent."""
    settings, absent = Settings.model_construct(), cast(Any, None)
    query = build_query(QueryDeps(settings, absent, absent, absent))
    bus = InProcessBus()
    gateway = build_gateway(GatewayDeps(settings, absent, absent, bus, query, absent, absent))
    return openapi.render(openapi.merged(gateway, query))


def made() -> dict[str, Callable[[], str]]:
    """What is made, by path from the root of the repository."""
    return {
        ".env.example": env_example,
        "README.md": lambda: readme((ROOT / "README.md").read_text(encoding="utf-8")),
        "docs/asyncapi.json": asyncapi.render,
        "docs/openapi.json": openapi_document,
    }


def write() -> list[str]:
    """Make all of it; the paths of what changed."""
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
