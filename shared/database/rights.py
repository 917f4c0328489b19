"""The database users of the services on PostgreSQL, and which tables each may read and change.

A service that is taken over can then neither change the schema nor read what it does not need. The
owner of the tables, who migrates, gives the rights after each migration.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from shared.database.migrate import VERSION_TABLE, on_postgresql
from shared.domain.errors import SettingsError

PREFIX = "quire_"
SERVICES = ("gateway", "extractor", "embedder", "indexer", "query")
# A program that measures the server, such as Prometheus' exporter: it reads statistics, no table.
MONITOR = "monitor"
_ALL, _READ, _ADD = "SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT, INSERT"
_EXPIRE = "SELECT, DELETE"
# Every service takes tasks from the ledger, and its sweeper gives back those of dead processes.
_WORK = dict.fromkeys(SERVICES, _ALL)
_CHANGE = "SELECT, UPDATE"
# The embedder runs the daily clean-up. The indexer ends the deletion of a document: it erases what
# quotes it, and leaves a receipt in the audit log.
_QUESTIONS = {"gateway": _ALL, "query": _ALL, "embedder": _EXPIRE, "indexer": _CHANGE}
_IDENTITIES = {"gateway": _ALL, "query": _READ}
RIGHTS: Mapping[str, Mapping[str, str]] = {
    "documents": _WORK,
    "chunks": _WORK,
    "processing_tasks": _WORK,
    "unread_pages": _WORK,
    "events": _WORK,
    "event_history": _WORK,
    "blob_removals": _WORK,
    "conversations": _QUESTIONS,
    "query_logs": _QUESTIONS,
    "idempotency_keys": {"gateway": _ALL, "embedder": _EXPIRE, "indexer": _CHANGE},
    "principals": _IDENTITIES,
    "groups": _IDENTITIES,
    "group_members": _IDENTITIES,
    "grants": _IDENTITIES,
    "collections": _IDENTITIES,
    "keys": {"gateway": _ALL},
    "sessions": {"gateway": _ALL},
    # Entries are added, and never changed or removed.
    "audit": {"gateway": _ADD, "query": _ADD, "indexer": _ADD},
    VERSION_TABLE: dict.fromkeys(SERVICES, _READ),
}

_ENTRY = re.compile(rf"({'|'.join((*SERVICES, MONITOR))}):([A-Za-z0-9_-]{{8,128}})")
_ITERATIONS = 4096  # PostgreSQL's own default of SCRAM-SHA-256


def parse_users(entries: str) -> Mapping[str, str]:
    """Return {service: password} for comma-separated `service:password` entries.

    SettingsError: an entry has another form.
    """
    users = {}
    for number, entry in enumerate(filter(None, map(str.strip, entries.split(","))), start=1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise SettingsError(
                f"Entry {number} of QUIRE_DATABASE_USERS is not `service:password` with a service"
                f" of {', '.join((*SERVICES, MONITOR))} and 8 to 128 letters, digits, - or _."
            )
        users[found[1]] = found[2]
    return users


def give(url: str | URL, users: Mapping[str, str]) -> None:
    """Make the users and give them exactly their rights, blocking.

    SettingsError: the database is not PostgreSQL.
    """
    if not str(url).startswith("postgres"):
        raise SettingsError("QUIRE_DATABASE_USERS needs PostgreSQL. Remove the setting.")
    on_postgresql(url, lambda connection: _give(connection, users))


def _give(connection: Connection, users: Mapping[str, str]) -> None:
    def run(statement: str) -> None:
        # Not `text`, which would take a colon in a verifier for a parameter.
        connection.exec_driver_sql(statement)

    run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for service, password in users.items():
        user = PREFIX + service
        exists = connection.execute(
            text("SELECT 1 FROM pg_roles WHERE rolname = :user"), {"user": user}
        ).first()
        if not exists:
            run(f"CREATE ROLE {user}")
        # The server gets the verifier, so that no log of statements has the password.
        run(f"ALTER ROLE {user} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD"
            f" '{_verifier(password)}'")  # fmt: skip
        run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user}")
        if service == MONITOR:
            run(f"GRANT pg_monitor TO {user}")
            continue
        run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}")
        for table, rights in RIGHTS.items():
            if service in rights:
                run(f'GRANT {rights[service]} ON "{table}" TO {user}')


def _verifier(password: str) -> str:
    """Return what PostgreSQL stores of a password for SCRAM-SHA-256 (RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored, server = hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{parts[0]}${parts[1]}:{parts[2]}"
