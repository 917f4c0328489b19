"""All settings, which a process reads once at start and passes to its parts.

In the environment a name is upper-cased and prefixed: `port` is `QUIRE_PORT`. An unknown prefixed
name is refused, so that a misspelt one is noticed.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values
from pydantic import PrivateAttr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from shared.domain.errors import SettingsError
from shared.settings.environment import PREFIX, SECRETS_FOLDER_NAME, from_aliases, secret_files
from shared.settings.work import WorkSettings

ENV_FILE = ".env"
# Read by tests, evaluations, benchmarks and the command line client, not by a server.
NOT_SETTINGS = frozenset(
    {"QUIRE_BENCH", "QUIRE_CASES", "QUIRE_CORPUS", "QUIRE_RETRIEVAL", "QUIRE_URL", "QUIRE_API_KEY",
     SECRETS_FOLDER_NAME}
)  # fmt: skip
NOT_SETTINGS_PREFIXES = ("QUIRE_TEST_", "QUIRE_BENCH_")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Values of earlier versions that are refused, with a sentence that names the present one.
OLD_VALUES = {
    ("embedder_lanes", "first"): "The value `first` is now called `interactive`",
    ("encoder_engine", "onnxruntime"): (
        "The engine `onnxruntime` was removed; use `openvino`, then run `quire rebuild-index`"
    ),
}


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at `path`, which may hold any character."""
    return f"sqlite:///{quote(str(path))}"


class Settings(WorkSettings):
    """Validated settings; docs/settings.md shows their descriptions, and names carry units."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore")

    @field_validator(*{setting for setting, _ in OLD_VALUES}, mode="before")
    @classmethod
    def _refuse_old_values(cls, value: object, info: ValidationInfo) -> object:
        sentence = OLD_VALUES.get((str(info.field_name), str(value)))
        if sentence is not None:
            raise PydanticCustomError("renamed", sentence)
        return value

    _notes: tuple[str, ...] = PrivateAttr(())

    @property
    def notes(self) -> tuple[str, ...]:
        """Return log sentences on aliases and unused names in the environment."""
        return self._notes

    @property
    def asks_for_keys(self) -> bool:
        """Return whether every request needs an API key."""
        return self.auth != "auto" or bool(self.api_keys.get_secret_value())

    def resolved_keywords_dir(self) -> Path:
        """Return the folder of the keyword index."""
        return Path(self.keywords_dir) if self.keywords_dir else self.data_dir / "keywords"

    def resolved_database_url(self) -> str:
        """Return the URL of the database that is set, or of the SQLite file in the data folder.

        A driver in the address (`postgresql+psycopg2`, `sqlite+aiosqlite`) is ignored.
        """
        given = self.database_url.get_secret_value()
        scheme, separator, rest = given.partition("://")
        backend = scheme.partition("+")[0]
        if backend == "postgres":
            backend = "postgresql"
        return f"{backend}{separator}{rest}" or sqlite_url(self.data_dir.resolve() / "quire.db")


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, `.env`, and files of secrets, in this order.

    SettingsError: a value is not valid.
    """
    secrets = secret_files()
    named = {**dotenv_values(ENV_FILE), **os.environ}
    environment = {**secrets, **named}
    for name in environment:
        _refuse_unknown(name)
    given, sources, notes = from_aliases(environment)
    from_files: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in secrets.items()
        if name not in named
    }
    try:
        settings = Settings(**(from_files | given | overrides))  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        # Values from the environment are located with the prefix, passed ones without it.
        name = "_".join(str(part) for part in first["loc"]).upper().removeprefix(PREFIX)
        shown = sources.get(name.lower(), f"{PREFIX}{name}")
        raise SettingsError(f"{shown}: {first['msg']}.") from None
    settings._notes = tuple(notes)
    _require_keys_beyond_loopback(settings)
    return settings


def _refuse_unknown(name: str) -> None:
    """Raise SettingsError for an unknown name with the prefix; ignore all other names."""
    if not name.startswith(PREFIX) or name.startswith(NOT_SETTINGS_PREFIXES):
        return
    if name not in NOT_SETTINGS and name.removeprefix(PREFIX).lower() not in Settings.model_fields:
        raise SettingsError(f"{name} is not a setting of Quire. `.env.example` lists them all.")


def _require_keys_beyond_loopback(settings: Settings) -> None:
    names = (settings.host, urlsplit(settings.public_url).hostname or settings.host)
    reached = next((name for name in names if name not in LOOPBACK), None)
    if reached is not None and not settings.asks_for_keys:
        raise SettingsError(
            f"Refusing to listen on {reached} without API keys: anyone who can reach it could"
            " read every document. Make a key with `quire keys new` and set QUIRE_AUTH=keys."
        )
