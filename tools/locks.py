"""Writes `deploy/locks`, what the images install, with hashes: `python -m tools.locks` (needs uv).

There is one file for each service, one for each optional extra of an image, and `build.txt` for
the build of Quire itself. The versions are those of `constraints.txt`; an extra may add packages
that it does not name, such as torch.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from deploy.requirements import PROJECT, requirements

ROOT = PROJECT.parent
LOCKS = ROOT / "deploy" / "locks"
SERVICES = ("gateway", "extractor", "embedder", "indexer", "query")
EXTRAS = ("s3", "encoder-st", "encoder-clip", "mcp")
BUILD = "build"
# chromadb and pymupdf require these (150 MB), but do not import them for what Quire uses.
UNUSED = ("kubernetes", "onnxruntime")
# The oldest Python that an image may have: the file has markers for newer ones.
PYTHON = "3.11"
HEAD = "# Made by `make locks` from pyproject.toml and constraints.txt."


@dataclass(frozen=True, order=True)
class Package:
    """A package of a lock, in one of its versions."""

    name: str
    version: str


def packages(names: Sequence[str] = (*SERVICES, *EXTRAS, BUILD)) -> list[Package]:
    """Return every package and version of these locks, sorted."""
    lines = [
        line.removesuffix("\\")
        for name in names
        for line in (LOCKS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    ]
    found = set()
    for requirement in map(Requirement, lines):
        (only,) = requirement.specifier
        found.add(Package(requirement.name, only.version))
    return sorted(found)


def command(uv: str, requirements_file: str, unused_file: str, *, upgrade: bool) -> Sequence[str]:
    """Return the command that prints the lock of the requirements in a file."""
    return [
        uv,
        *("pip", "compile", requirements_file, "--quiet"),
        *("--universal", "--python-version", PYTHON, "--no-python-downloads"),
        *("--constraints", "constraints.txt", "--excludes", unused_file),
        *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
        *(["--upgrade"] if upgrade else []),
    ]


def wanted_by(name: str) -> list[str]:
    """Return the requirements of an extra of `pyproject.toml`, or those of its build."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    if name == BUILD:
        return list(project["build-system"]["requires"])
    return requirements(name, project["project"]["optional-dependencies"])


def lock(name: str, uv: str, *, upgrade: bool) -> None:
    """Write one lock. CalledProcessError: uv found no solution."""
    path = LOCKS / f"{name}.txt"
    with tempfile.TemporaryDirectory() as folder:
        wanted, unused, made = (Path(folder, each) for each in ("wanted.in", "unused", "made.txt"))
        wanted.write_text("\n".join(wanted_by(name)), encoding="utf-8")
        unused.write_text("\n".join(UNUSED), encoding="utf-8")
        if path.exists():  # uv keeps the versions of an existing file where they still fit
            shutil.copy(path, made)
        full = [
            *command(uv, str(wanted), str(unused), upgrade=upgrade),
            *("--output-file", str(made)),
        ]
        subprocess.run(full, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        path.write_text(f"{HEAD}\n{made.read_text(encoding='utf-8')}", encoding="utf-8")


def main() -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        sys.exit("`make locks` needs uv, which `make setup` installs.")
    LOCKS.mkdir(exist_ok=True)
    for name in (*SERVICES, *EXTRAS, BUILD):
        lock(name, uv, upgrade=os.environ.get("UPGRADE") == "1")


if __name__ == "__main__":
    main()
