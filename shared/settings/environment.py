"""Values of settings that stand in files of secrets, or under names of other programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PREFIX = "QUIRE_"
# The folder of secrets that a container gets as files; each is named as its variable.
SECRETS_FOLDER_NAME = "QUIRE_SECRETS_DIR"
SECRETS_FOLDER = "/run/secrets"
# Names that other programs use, by the setting they stand for. The first one that is set is used,
# and only if the setting's own name is not set.
ALIASES = {
    "database_url": ("DATABASE_URL",),
    "sql_echo": ("SQL_ECHO",),
    "redis_url": ("CELERY_BROKER_URL", "REDIS_HOST"),
    "embedder_concurrency": ("CELERY_CONCURRENCY",),
    "llm_url": ("OLLAMA_HOST",),
}
# Names that are accepted and have no effect, with the reason.
UNUSED_NAMES = {
    "CELERY_RESULT_BACKEND": "Celery returns no results; the database has them",
    "CHROMA_PATH": "the index is always in the folder `vectors` of QUIRE_DATA_DIR",
}


def secret_files() -> dict[str, str]:
    """Return the contents of the files of secrets whose names are settings, by variable."""
    folder = Path(os.environ.get(SECRETS_FOLDER_NAME, SECRETS_FOLDER))
    if not folder.is_dir():
        return {}
    files = {each.name.upper(): each for each in folder.iterdir() if each.is_file()}
    return {
        name: each.read_text(encoding="utf-8").strip()
        for name, each in files.items()
        if name.startswith(PREFIX)
    }


def from_aliases(
    environment: Mapping[str, str | None],
) -> tuple[dict[str, object], dict[str, str], list[str]]:
    """Return values by setting, the alias of each value, and a log sentence per name."""
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    notes: list[str] = []
    for setting, names in ALIASES.items():
        own = f"{PREFIX}{setting.upper()}"
        for name in filter(environment.get, names):
            value = _value_of(name, environment)
            if own not in environment and setting not in values:
                values[setting], sources[setting] = value, name
                notes.append(f"{name} is used as {own}.")
            elif value != environment.get(own, values.get(setting)):
                kept = own if own in environment else sources[setting]
                notes.append(f"{name} differs from {kept} and is ignored.")
    for name in filter(environment.get, UNUSED_NAMES):
        notes.append(f"{name} has no effect: {UNUSED_NAMES[name]}.")
    return values, sources, notes


def ollama_url(host: str) -> str:
    """Return the OpenAI-compatible address of an Ollama server, whose host may lack parts.

    >>> ollama_url("http://ollama:11434"), ollama_url("0.0.0.0")
    ('http://ollama:11434/v1', 'http://127.0.0.1:11434/v1')
    """
    given = host.strip().rstrip("/")
    scheme, separator, place = given.rpartition("://")
    # The address that a server listens on is also set in this name.
    place = place.replace("0.0.0.0", "127.0.0.1", 1)  # noqa: S104
    port = "" if separator or ":" in place else ":11434"
    return f"{scheme or 'http'}://{place}{port}/v1"


def _value_of(name: str, environment: Mapping[str, str | None]) -> str:
    if name == "REDIS_HOST":
        return f"redis://{environment[name]}:{environment.get('REDIS_PORT') or 6379}/0"
    if name == "OLLAMA_HOST":
        return ollama_url(environment[name] or "")
    return environment[name] or ""
