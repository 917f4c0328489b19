"""Makes the secrets of a Compose installation, once: `python deploy/make_secrets.py .env`.

What is there already stays. The file can be read by its owner only; no secret is printed but the
API key, which its owner has to know.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from pathlib import Path

PASSWORDS = ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "REDIS_PASSWORD", "GRAFANA_PASSWORD")


def missing(present: dict[str, str], make: int = 32) -> dict[str, str]:
    """What `present` lacks, freshly made."""
    # In hex: one that began with a dash would be an option of the server it is handed to.
    made = {name: secrets.token_hex(make) for name in PASSWORDS if name not in present}
    if "API_KEYS" not in present:
        key, metrics_key = (f"quire_{secrets.token_urlsafe(make)}" for _ in range(2))
        entries = [f"admin:{_digest(key)}", f"prometheus:{_digest(metrics_key)}"]
        made |= {"API_KEY": key, "METRICS_KEY": metrics_key, "API_KEYS": ",".join(entries)}
    return made


def read(path: Path) -> dict[str, str]:
    """The variables of an env file; none if there is no such file."""
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
