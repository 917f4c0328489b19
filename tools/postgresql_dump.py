"""Dumps rows as SQL from a PostgreSQL database with the schema of this version."""

from __future__ import annotations

import asyncio
import gzip
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from deploy.local.postgresql import PostgreSQL
from shared.database import migrate, open_database
from shared.database.schema import Base

Rows = dict[str, list[dict[str, Any]]]
# psql commands and a setting of newer servers, which drivers and older servers refuse.
_FOREIGN = re.compile(r"^(\\(un)?restrict \w+|SET transaction_timeout = 0;)\n", re.MULTILINE)


def dump(folder: Path, rows: Rows, target: Path) -> None:
    """Write rows by table as gzipped INSERT statements to `target`, with a server in `folder`."""
    server = PostgreSQL(folder)
    server.start()
    try:
        migrate.upgrade(server.url)
        asyncio.run(_copy(server.url, rows))
        program = server.program()
        tool = program and shutil.which("pg_dump", path=program.resolve().parent)
        assert tool, "pg_dump is not installed beside the server"
        words = ["--inserts", "--no-owner", "--no-privileges", f"--dbname={server.url}"]
        done = subprocess.run([tool, *words], check=True, capture_output=True, text=True)
    finally:
        server.stop()
    target.write_bytes(gzip.compress(_FOREIGN.sub("", done.stdout).encode(), mtime=0))


async def _copy(url: str, rows: Rows) -> None:
    def write(session: Session) -> None:
        for table in Base.metadata.sorted_tables:
            if found := rows[table.name]:
                session.execute(insert(table), found)

    database = open_database(url)
    await database.transact(write)
    await database.close()
