"""The locks have all packages that each image needs, in the versions that are tested."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.locks import (
    BUILD,
    EXTRAS,
    HEAD,
    LOCKS,
    PYTHON,
    ROOT,
    SERVICES,
    UNUSED,
    command,
    wanted_by,
)

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SECTIONS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
# Systems that images are built for, as markers of requirements see them.
SYSTEMS = [
    {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": machine,
        "python_version": "3.11",
        "python_full_version": "3.11.14",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for machine in ("x86_64", "aarch64")
]


def entries(text: str) -> list[tuple[Requirement, list[str]]]:
    """Return each requirement of a lock with its hashes."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [line.split(" --hash=") for line in lines if line and not line.startswith("#")]
    return [(Requirement(first.strip()), [each.strip() for each in rest]) for first, *rest in found]


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    return entries((LOCKS / f"{name}.txt").read_text(encoding="utf-8"))


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {str(canonicalize_name(name)): version for name, version in pairs}


def installed_requirements(name: str, extras: set[str]) -> Iterator[Requirement]:
    """Yield what an installed package requires on Linux, with these of its extras."""
    for line in metadata.requires(name) or []:
        wanted = Requirement(line)
        systems = [{**system, "extra": extra} for system in SYSTEMS for extra in (extras or {""})]
        if wanted.marker is None or any(wanted.marker.evaluate(system) for system in systems):
            yield wanted


def missing(present: set[str], wanted: list[Requirement]) -> set[str]:
    """Return the packages that the wanted ones need, at any depth, and that are not present."""
    absent: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        one = wanted.pop()
        name = str(canonicalize_name(one.name))
        if name in UNUSED or (name, frozenset(one.extras)) in seen:
            continue
        seen.add((name, frozenset(one.extras)))
        if name not in present:
            absent.add(name)
        else:
            wanted += installed_requirements(name, one.extras)
    return absent


@pytest.mark.parametrize("name", [*SERVICES, *EXTRAS, BUILD])
def test_locked_versions_are_the_tested_ones_and_have_hashes(name: str) -> None:
    versions = pinned()
    for requirement, hashes in locked(name):
        (only,) = requirement.specifier
        assert only.operator == "=="
        known = versions.get(str(canonicalize_name(requirement.name)))
        assert known == only.version or (known is None and name in EXTRAS), requirement.name
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)
        assert "://" not in str(requirement) and requirement.url is None


@pytest.mark.parametrize("name", [*SERVICES, "s3", "mcp", BUILD])
def test_a_lock_has_everything_that_its_image_needs(name: str) -> None:
    present = {str(canonicalize_name(requirement.name)) for requirement, _ in locked(name)}
    assert not missing(present, [Requirement(line) for line in wanted_by(name)])
    assert not present & set(UNUSED)


def test_a_package_that_another_one_needs_is_missed() -> None:
    present = {str(canonicalize_name(requirement.name)) for requirement, _ in locked("query")}
    assert missing(present - {"h11"}, [Requirement("httpx")]) == {"h11"}


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_has_the_versions_of_the_services_that_it_joins(name: str) -> None:
    added = {requirement.name: str(requirement.specifier) for requirement, _ in locked(name)}
    for service in SERVICES:
        of_service = {each.name: str(each.specifier) for each, _ in locked(service)}
        shared = added.keys() & of_service.keys()
        assert {each: added[each] for each in shared} == {each: of_service[each] for each in shared}
    assert {canonicalize_name(Requirement(line).name) for line in SECTIONS[name]} <= added.keys()


def test_images_install_from_the_locks_alone() -> None:
    installs = re.findall(r"pip install (.*?)(?:;;|&&|\n\S|$)", DOCKERFILE, re.DOTALL)
    assert installs and all("--no-deps" in each for each in installs)
    of_requirements = [each for each in installs if "-r " in each]
    assert of_requirements and all("--require-hashes" in each for each in of_requirements)
    named = re.search(r"for name in (.+); do echo -r deploy/locks/", DOCKERFILE)
    assert named and named[1].split() == ["${SERVICE}", "${EXTRAS}", BUILD]
    assert "pip install -q --no-deps --no-build-isolation ." in DOCKERFILE
    extras = re.search(r"^# Optional extras of pyproject.toml: (.+)\.$", DOCKERFILE, re.MULTILINE)
    assert extras and tuple(extras[1].split(", ")) == EXTRAS


def test_locks_are_made_for_the_oldest_python_of_the_images() -> None:
    full = command("uv", "wanted.in", "unused", upgrade=False)
    assert full[full.index("--python-version") + 1] == PYTHON
    assert f"python:{PYTHON}-slim" in DOCKERFILE
    assert PROJECT["project"]["requires-python"] == f">={PYTHON}"
    assert {path.stem for path in LOCKS.glob("*.txt")} == {*SERVICES, *EXTRAS, BUILD}
    assert all(
        path.read_text(encoding="utf-8").startswith(HEAD + "\n") for path in LOCKS.glob("*.txt")
    )


# Imports all modules of a service, as the build of its image does, without what the lock lacks.
IMPORT_ALL = """
import importlib, pkgutil, sys
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name

service, *locked = sys.argv[1:]
absent = {
    top
    for top, owners in packages_distributions().items()
    if not {canonicalize_name(each) for each in owners} & {*locked, "quire"}
}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
package = importlib.import_module(f"services.{service}")
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_nothing_that_its_lock_lacks(service: str) -> None:
    names = [str(canonicalize_name(requirement.name)) for requirement, _ in locked(service)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, service, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
