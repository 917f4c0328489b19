"""All settings, which a process reads once at start and passes to its parts.

In the environment a name is upper-cased and prefixed: `port` is `QUIRE_PORT`. An unknown prefixed
name is refused, so that a misspelt one is noticed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values
from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.errors import SettingsError
from shared.domain.file_types import OCR_LANGUAGES
from shared.environment import PREFIX, SECRETS_FOLDER_NAME, from_aliases, secret_files

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


class Settings(BaseSettings):
    """Validated settings; docs/settings.md shows their descriptions, and names carry units."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    data_dir: Path = Field(Path("data"), description="Folder of all stored data")
    cache_dir: Path = Field(
        Path("~/.cache/quire"), description="Folder for the compiled encoder; safe to delete"
    )
    database_url: SecretStr = Field(
        SecretStr(""), description="Database; empty: SQLite in the data folder"
    )
    database_users: SecretStr = Field(
        SecretStr(""),
        description="`service:password` of each service's own database user, comma separated, which"
        " `quire migrate` makes on PostgreSQL; empty: none",
    )
    blobs_url: str = Field(
        "", description="Files: `s3://bucket/prefix`; empty: a folder in the data folder"
    )
    vectors_url: str = Field(
        "", description="Address of a Chroma server, for services that run as their own processes"
    )
    keywords_dir: str = Field(
        "",
        description="Folder of the keyword index, a different one for each process; empty:"
        " `keywords` in the data folder",
    )
    rabbitmq_url: SecretStr = Field(
        SecretStr(""), description="Message broker of services that run as their own processes"
    )
    redis_url: SecretStr = Field(
        SecretStr(""), description="Celery broker from which embedder workers take their batches"
    )
    query_url: str = Field("", description="Address of the query service, for the gateway")
    extractor_url: str = Field(
        "",
        description="Address of the extractor, for the gateway; empty: the cluster draws no pages",
    )
    api_keys: SecretStr = Field(
        SecretStr(""),
        description="`name:sha256` of each key, comma separated; `quire keys new` makes one",
    )
    auth: Literal["auto", "keys", "proxy"] = Field(
        "auto",
        description="`keys`: every request needs a key, of QUIRE_API_KEYS or of the database, or a"
        " session of one; `proxy`: or QUIRE_PROXY_USER_HEADER, from QUIRE_TRUSTED_PROXIES; `auto`:"
        " `keys` if QUIRE_API_KEYS is set, else programs of this computer need none",
    )
    proxy_user_header: str = Field(
        "X-Forwarded-User",
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$",
        description="Header in which a proxy names the person whom it signed in (QUIRE_AUTH=proxy)",
    )
    session_hours: int = Field(
        12, ge=1, le=720, description="Hours after which a browser signs in again"
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of the proxies before the gateway, comma separated:"
        " they are believed whose requests they pass on, and that these came by HTTPS",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+/?)?$",
        description="Address at which people reach the gateway, such as `https://quire.example.org`,"
        " if it has a name of its own; needs API keys",
    )
    service_key: SecretStr = Field(
        SecretStr(""),
        description="Secret with which the gateway signs what it asks of the query service, and"
        " that services show each other; all need the same. Empty: query service and extractor"
        " trust every program that reaches them",
    )
    max_connections: int = Field(
        0,
        ge=0,
        description="Most HTTP connections; 0: half of the files that the process may open. A new"
        " one then replaces the one that is idle for longest",
    )
    max_connections_per_address: int = Field(
        0, ge=0, description="Most HTTP connections from one address; 0: no limit of its own"
    )
    requests_per_second: float = Field(
        0, ge=0, description="Most requests a second of one API key, else of one address; 0: any"
    )
    requests_at_once: int = Field(
        0, ge=0, description="Most requests at once of one API key, else of one address; 0: any"
    )
    questions_at_once: int = Field(
        64, ge=0, description="Most questions that are answered at once; 0: any"
    )
    answers_at_once: int = Field(
        32,
        ge=0,
        description="Most streamed answers that one process makes at once for one principal; they"
        " are finished when their client has left. 0: any",
    )
    uploads_at_once: int = Field(
        64, ge=0, description="Most uploads that are received at once; 0: any"
    )
    listeners_at_once: int = Field(
        5_000, ge=0, description="Most streams of events, over HTTP and WebSockets; 0: any"
    )
    listeners_per_caller: int = Field(
        500, ge=0, description="Most streams of events of one API key, else of one address; 0: any"
    )
    traces_url: str = Field(
        "", description="OTLP collector (gRPC) that gets a trace of every document; empty: none"
    )
    sql_echo: bool = Field(False, description="Log every SQL statement, without its values")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log level that is written"
    )

    max_upload_mb: int = Field(2048, ge=1, description="Largest file that is accepted, in MiB")
    min_free_disk_mb: int = Field(
        256, ge=0, description="Disk space, in MiB, that uploads leave free; they get 507 beyond"
    )
    max_files_per_upload: int = Field(50, ge=1, description="Most files in one upload")
    max_pages: int = Field(10_000, ge=1, description="Most pages of a document")
    # Ten thousand pages of prose have 40,000 chunks; encoding 50,000 takes about 20 minutes.
    max_chunks: int = Field(50_000, ge=1, description="Most chunks of a document")
    max_members: int = Field(
        1_000, ge=0, description="Most documents made of the files in one archive or e-mail"
    )
    max_members_mb: int = Field(1_024, ge=1, description="Their largest size in all, in MiB")
    extractors: int = Field(1, ge=1, description="Documents read at the same time")
    # At most 1500 s: RabbitMQ closes a channel whose delivery is not acknowledged for 30 minutes.
    parser_seconds: int = Field(
        900, ge=1, le=1500, description="Longest time for reading one document"
    )
    parser_page_seconds: int = Field(60, ge=1, description="Longest time for reading one page")
    parser_memory_mb: int = Field(1024, ge=128, description="Most memory of one parser, in MiB")
    sandbox: Literal["required", "best"] = Field(
        "required",
        description="`required`: documents are read only where their parsers can be confined;"
        " `best`: read them with the rules that the system has",
    )
    ocr: Literal["auto", "off", "tesseract"] = Field(
        "auto",
        description="Program that recognises the text of scanned pages and pictures; auto:"
        " Tesseract if it is installed",
    )
    ocr_languages: str = Field(
        "eng",
        pattern=OCR_LANGUAGES,
        description="Languages of scanned pages, joined by `+`, as Tesseract names them; an upload"
        " can name its own",
    )
    # Four pages, each tried twice, are one delivery, which RabbitMQ lets run for 30 minutes.
    ocr_page_seconds: int = Field(
        120, ge=1, le=200, description="Longest time for recognising the text of one page"
    )
    recognisers: int = Field(1, ge=1, description="Pages recognised at the same time in each lane")
    chunk_tokens: int = Field(250, ge=32, le=8192, description="Most tokens of one chunk")
    chunk_overlap_tokens: int = Field(
        0, ge=0, description="Tokens of whole sentences that a chunk repeats from the previous one"
    )

    encoder_engine: Literal["openvino", "sentence-transformers"] = Field(
        "openvino", description="Engine that computes text vectors"
    )
    encoder_precision: Literal["int8", "fp32"] = Field(
        "int8", description="int8: fastest; fp32: exact"
    )
    encoder_model: str = Field(
        "all-MiniLM-L6-v2",
        description="`all-MiniLM-L6-v2` (English), `multilingual-e5-small` (a hundred languages,"
        " installed by `make languages`), a folder, or a hub name (sentence-transformers only)",
    )
    encoder_threads: int = Field(0, ge=0, description="Threads that encode; 0: one per core")
    embedder_pool: Literal["threads", "prefork", "solo"] = Field(
        "threads", description="Pool of an embedder worker: threads share one model and its batches"
    )
    embedder_concurrency: int = Field(
        4, ge=1, description="Batches that one embedder worker processes at the same time"
    )
    embedder_lanes: Literal["all", "interactive"] = Field(
        "all", description="`interactive`: this embedder worker leaves bulk batches to others"
    )
    encoder_batch_tokens: int = Field(1024, ge=64, description="Tokens of one encoder batch")

    exact_chunks: int = Field(
        100_000,
        ge=0,
        description="Most chunks whose vectors are kept in memory (1.6 kB each) and compared with"
        " every question; beyond, the vector index is searched",
    )
    rescorer: str = Field(
        "none",
        description="Model that reads the best 40 passages with the question: `none`, `splade`"
        " (English, installed by deploy/splade-requirements.txt), or a folder or hub name of a"
        " cross-encoder (sentence-transformers)",
    )
    picture_model: str = Field(
        "",
        description="CLIP model that compares pictures with words and with each other: a folder or"
        " hub name (sentence-transformers); empty: pictures are found by the text around them",
    )
    top_k: int = Field(10, ge=1, le=100, description="Passages per question by default")
    answer_min_score: float = Field(
        0.35, ge=-1, le=1, description="Least cosine similarity of a passage used in an answer"
    )

    llm_url: str = Field(
        "",
        description="OpenAI-compatible address of a language model, such as"
        " `http://localhost:11434/v1` (Ollama); empty: answers are quotes",
    )
    llm_model: str = Field("granite3.3:2b", description="Name of the language model")
    llm_key_file: str = Field(
        "", description="File with the language model's API key; empty: it needs none"
    )
    llm_tokenizer_file: str = Field(
        "",
        description="`tokenizer.json` of the language model, to count tokens; empty: they are"
        " estimated",
    )
    llm_context_tokens: int = Field(
        4096, ge=512, description="Most tokens of a prompt with its answer"
    )
    llm_answer_tokens: int = Field(512, ge=16, description="Most tokens of a written answer")
    llm_tokens_per_day: int = Field(
        0, ge=0, description="Most tokens of one API key from midnight UTC on; 0: any number"
    )
    llm_cost_per_day: float = Field(
        0, ge=0, description="Most money of one API key from midnight UTC on; 0: any amount"
    )
    llm_prompt_price: float = Field(
        0, ge=0, description="Price of a million tokens that the language model reads"
    )
    llm_answer_price: float = Field(
        0, ge=0, description="Price of a million tokens that the language model writes"
    )
    instructions_file: str = Field(
        "",
        description="JSON file of additional instructions for the language model, by collection;"
        " empty: none",
    )

    synonyms_file: str = Field(
        "",
        description="JSON file of words that mean the same, by collection; empty: none",
    )

    lease_seconds: float = Field(
        30, gt=0, description="Time after which a silent worker loses its task"
    )
    heartbeat_seconds: float = Field(10, gt=0, description="Interval of a worker's heartbeats")
    sweep_seconds: float = Field(10, gt=0, description="Interval of the sweeps for stuck tasks")
    hint_seconds: float = Field(
        60, gt=0, description="Time before an unclaimed task is announced again"
    )
    keep_tasks_days: int = Field(
        30, ge=1, description="Days that finished tasks of finished documents are kept"
    )
    keep_queries_days: int = Field(
        90,
        ge=0,
        description="Days that query logs and conversations are kept; 0: without limit",
    )

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
