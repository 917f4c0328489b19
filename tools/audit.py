"""Asks OSV for known vulnerabilities of the locked packages: `python -m tools.audit`.

Every package of `deploy/locks` is asked for, in one request. A vulnerability fails the audit,
except one that `deploy/locks/accepted.toml` accepts, with a reason, until a date. If OSV can't be
asked, the audit says so and succeeds; with `--strict` it fails.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tools.locks import LOCKS, Package, packages

URL = "https://api.osv.dev/v1/querybatch"
ACCEPTED = LOCKS / "accepted.toml"
# Seconds for one request, so that CI without a network soon continues.
TIMEOUT_S = 6.0
# OSV answers pages of a thousand; a package has not nearly so many pages.
_MAX_PAGES = 10


class NotAsked(Exception):
    """The database can't be reached, or does not answer as its description says."""


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that is accepted until a date."""

    id: str
    package: str
    reason: str
    until: datetime.date


def vulnerabilities(wanted: Sequence[Package], url: str = URL) -> Mapping[Package, set[str]]:
    """Return the identifiers of known vulnerabilities by package. NotAsked: OSV did not answer."""
    found: dict[Package, set[str]] = {}
    left = [(package, "") for package in wanted]
    for _ in range(_MAX_PAGES):
        if not left:
            return found
        further: list[tuple[Package, str]] = []
        for (package, _page), result in zip(left, _ask(left, url), strict=True):
            ids = {str(each["id"]) for each in result.get("vulns", [])}
            if ids:
                found.setdefault(package, set()).update(ids)
            if page := result.get("next_page_token"):
                further.append((package, page))
        left = further
    raise NotAsked("its answer has too many pages")


def _ask(left: Sequence[tuple[Package, str]], url: str) -> list[dict[str, Any]]:
    queries = [
        {"package": {"name": package.name, "ecosystem": "PyPI"}, "version": package.version}
        | ({"page_token": page} if page else {})
        for package, page in left
    ]
    try:
        reply = httpx.post(url, json={"queries": queries}, timeout=TIMEOUT_S)
        results = [dict(each or {}) for each in reply.raise_for_status().json()["results"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise NotAsked(str(error) or type(error).__name__) from error
    if len(results) != len(queries):
        raise NotAsked("its answer does not have one result for each package")
    return results


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """Return the accepted vulnerabilities. TypeError: an entry lacks a field or has another one."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])
    return [Accepted(**entry) for entry in entries]


def complaints(
    found: Mapping[Package, set[str]], accepts: Iterable[Accepted], today: datetime.date
) -> list[str]:
    """Return one sentence for each vulnerability that is not accepted, or no longer."""
    until = {(each.package, each.id): each.until for each in accepts}
    sentences = []
    for package in sorted(found):
        for id in sorted(found[package]):
            end = until.get((package.name, id))
            if end is None or end < today:
                late = f"; it was accepted until {end}" if end else ""
                sentences.append(
                    f"{package.name} {package.version}: https://osv.dev/vulnerability/{id}{late}"
                )
    return sentences


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; return 1 for a vulnerability, 2 for no answer if `--strict`."""
    parser = argparse.ArgumentParser(description="Ask for known vulnerabilities of the locks.")
    parser.add_argument("--strict", action="store_true", help="fail if OSV can't be asked")
    parser.add_argument("--url", default=URL, help="another address with OSV's interface")
    options = parser.parse_args(arguments)
    wanted, accepts = packages(), accepted()
    try:
        found = vulnerabilities(wanted, options.url)
    except NotAsked as error:
        print(f"WARNING: no package was audited, because {options.url} can't be asked: {error}.")
        return 2 if options.strict else 0
    sentences = complaints(found, accepts, datetime.datetime.now(datetime.UTC).date())
    for sentence in sentences:
        print(f"known vulnerability: {sentence}")
    if sentences:
        print(
            "Raise the versions in constraints.txt and run `make locks`, or accept them with a"
            " reason and a date in deploy/locks/accepted.toml."
        )
        return 1
    print(f"{len(wanted)} packages have no known vulnerability that is not accepted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
