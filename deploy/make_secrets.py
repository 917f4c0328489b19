"""Makes the missing secrets of a Compose installation: `python deploy/make_secrets.py .env`.

Existing secrets stay. Only the owner can read the file; only the API key is printed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from pathlib import Path

PASSWORDS = ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "REDIS_PASSWORD", "GRAFANA_PASSWORD")


def missing(present: dict[str, str], make: int = 32) -> dict[str, str]:
    """Return new secrets for those missing in `present`; `make` is their length in bytes."""
    # Hex, because commands would read a password that begins with a dash as an option.
    made = {name: secrets.token_hex(make) for name in PASSWORDS if name not in present}
    if "API_KEYS" not in present:
        key, metrics_key = (f"quire_{secrets.token_urlsafe(make)}" for _ in range(2))
        entries = [f"admin:{_digest(key)}", f"prometheus:{_digest(metrics_key)}"]
        made |= {"API_KEY": key, "METRICS_KEY": metrics_key, "API_KEYS": ",".join(entries)}
    return made


def read(path: Path) -> dict[str, str]:
    """Return the variables of an env file; none if the file does not exist."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def main(path: Path) -> None:
    made = missing(read(path))
    if not made:
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in made.items())
    if "API_KEY" in made:
        print(f"Made secrets in {path}. Your API key: {made['API_KEY']}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".env"))
