"""Makes the secrets of a Compose installation: `python deploy/make_secrets.py .env`.

Missing ones are added to the env file, which only its owner can read; existing ones stay. Beside it
is a folder of files, one for each container that needs a secret: Compose mounts them, so that no
secret is in an environment or a command line. Only the API key is printed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

# Each has a user of its own in the database; see shared/database/rights.py.
SERVICES = ("gateway", "extractor", "embedder", "indexer", "query")
DATABASE_USERS = (*SERVICES, "monitor")
PASSWORDS = (
    "POSTGRES_PASSWORD",
    "RABBITMQ_PASSWORD",
    "REDIS_PASSWORD",
    "GRAFANA_PASSWORD",
    *(f"DATABASE_PASSWORD_{name.upper()}" for name in DATABASE_USERS),
)
FOLDER = "secrets"
# Containers read the files as users of their own; the folder keeps the users of the host away.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o444
# The container is read-only, so its log can't be a file.
_RABBITMQ = """\
default_user = quire
default_pass = {password}
log.console = true
log.file = false
"""


def missing(present: dict[str, str], make: int = 32) -> dict[str, str]:
    """Return new secrets for those missing in `present`; `make` is their length in bytes."""
    # Hex, because commands would read a password that begins with a dash as an option.
    made = {name: secrets.token_hex(make) for name in PASSWORDS if name not in present}
    if "API_KEYS" not in present:
        key, metrics_key = (f"quire_{secrets.token_urlsafe(make)}" for _ in range(2))
        entries = [f"admin:{_digest(key)}", f"prometheus:{_digest(metrics_key)}"]
        made |= {"API_KEY": key, "METRICS_KEY": metrics_key, "API_KEYS": ",".join(entries)}
    if "SERVICE_KEY" not in present:
        made["SERVICE_KEY"] = secrets.token_urlsafe(make)
    return made


def files(known: dict[str, str]) -> dict[str, str]:
    """Return the files of all secrets by name; docker-compose.yml says which container gets which.

    KeyError: a secret is missing.
    """
    redis = known["REDIS_PASSWORD"]
    users = {name: known[f"DATABASE_PASSWORD_{name.upper()}"] for name in DATABASE_USERS}
    return {
        "api_keys": known["API_KEYS"],
        "database_url": _database("quire", known["POSTGRES_PASSWORD"]),
        "database_password_monitor": users["monitor"],
        "database_users": ",".join(f"{name}:{password}" for name, password in users.items()),
        "grafana_password": known["GRAFANA_PASSWORD"],
        "metrics_key": known.get("METRICS_KEY", ""),
        "postgres_password": known["POSTGRES_PASSWORD"],
        "rabbitmq_conf": _RABBITMQ.format(password=known["RABBITMQ_PASSWORD"]),
        "rabbitmq_url": f"amqp://quire:{known['RABBITMQ_PASSWORD']}@rabbitmq:5672/",
        "redis_conf": f"requirepass {redis}\n",
        "redis_exporter": json.dumps({"redis://redis:6379": redis}),
        "redis_password": redis,
        "redis_url": f"redis://:{redis}@redis:6379/0",
        "service_key": known["SERVICE_KEY"],
    } | {
        f"database_url_{name}": _database(f"quire_{name}", password)
        for name, password in users.items()
        if name in SERVICES
    }


def read(path: Path) -> dict[str, str]:
    """Return the variables of an env file; none if the file does not exist."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def main(path: Path) -> None:
    made = missing(read(path))
    if made:
        _append(path, made)
    _write(path.parent / FOLDER, files(read(path)))
    if "API_KEY" in made:
        print(f"Made secrets in {path}. Your API key: {made['API_KEY']}")


def _append(path: Path, made: dict[str, str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in made.items())


def _write(folder: Path, contents: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True, mode=_FOLDER_MODE)
    folder.chmod(_FOLDER_MODE)
    for name, content in contents.items():
        # Written into the same file: a container that runs has this one mounted.
        file = folder / name
        if file.is_file() and file.read_text(encoding="utf-8") == content:
            continue
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(content, encoding="utf-8")
        file.chmod(_FILE_MODE)


def _database(user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@postgres:5432/quire"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".env"))
