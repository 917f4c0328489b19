"""The packages of the images have licences that are allowed, and are listed with them."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from tools.licences import EXCEPTIONS, PAGE, STATED, complaint, licence_of, listed, page
from tools.locks import ROOT, Package

ONE = Package("example", "1.0")


@pytest.fixture
def stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install `example` with these lines of metadata, and return the licence that is read."""

    def install(*lines: str) -> str:
        folder = tmp_path / "example-1.0.dist-info"
        folder.mkdir(exist_ok=True)
        text = "\n".join(["Metadata-Version: 2.4", "Name: example", "Version: 1.0", *lines])
        (folder / "METADATA").write_text(f"{text}\n", encoding="utf-8")
        return licence_of("example")

    monkeypatch.syspath_prepend(str(tmp_path))
    return install


def test_every_package_of_the_images_has_an_allowed_licence() -> None:
    complaints = [complaint(package, licence_of(package.name)) for package in listed()]
    assert [each for each in complaints if each] == []


def test_the_page_lists_every_package_of_the_locks() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make licences`"


def test_exceptions_and_statements_are_of_packages_in_the_images() -> None:
    assert EXCEPTIONS.keys() | STATED.keys() <= {package.name for package in listed()}


def test_the_licence_of_pymupdf_is_told_where_readers_look() -> None:
    for name in ("README.md", "NOTICE", "docs/licences.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "PyMuPDF" in text and ("AGPL" in text), name


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT AND PSF-2.0", "License: GPL-3.0"], "MIT AND PSF-2.0"),
        (["License: New BSD"], "BSD-3-Clause"),
        (["License: MIT License", "        Copyright (c) 2026"], "MIT"),
        (["License: OSI Approved :: Apache Software License"], "Apache-2.0"),
        (["Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (
            [
                "License: Dual License",
                "Classifier: License :: OSI Approved :: BSD License",
                "Classifier: License :: OSI Approved :: Apache Software License",
            ],
            "Apache-2.0 OR BSD",
        ),
    ],
)
def test_an_allowed_licence_is_read(stated, lines: list[str], licence: str) -> None:
    assert stated(*lines) == licence
    assert complaint(ONE, licence) == ""


@pytest.mark.parametrize(
    "lines",
    [
        ["License-Expression: MIT AND GPL-3.0-only"],
        ["License-Expression: MIT OR (Apache-2.0 AND LicenseRef-Proprietary)"],
        ["License: GPL", "Classifier: License :: OSI Approved :: MIT License"],
        ["Classifier: License :: OSI Approved :: GNU Affero General Public License v3"],
        ["Classifier: License :: Other/Proprietary License"],
        [],
    ],
)
def test_another_licence_is_refused(stated, lines: list[str]) -> None:
    sentence = complaint(ONE, stated(*lines))
    assert sentence.startswith("example 1.0 is licensed under") and "0012" in sentence


def test_a_package_that_is_not_installed_is_refused() -> None:
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.metadata("example")
    assert "nothing that it states" in complaint(ONE, licence_of("example"))
