"""Where a process listens, what it reaches, and who may ask it for how much."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ServerSettings(BaseSettings):
    """Addresses, ways in, and the limits of clients."""

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
    mcp_writes: bool = Field(
        False,
        description="Whether MCP clients may upload and delete documents, with the rights of their"
        " key; else they only read",
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
