"""Writes `docs/licences.md`, the licence of each package in the images: `python -m tools.licences`.

Licences are read from the metadata of the installed packages. One that is not in `ALLOWED` is
refused, unless `EXCEPTIONS` says why its package is accepted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import metadata

from tools.locks import ROOT, SERVICES, Package, packages

PAGE = ROOT / "docs" / "licences.md"
# The licences of docs/decisions/0012-dependencies.md, and those that ask for less.
ALLOWED = frozenset(
    "0BSD Apache-2.0 BSD BSD-2-Clause BSD-3-Clause CC0-1.0".split()
    + "ISC MIT MIT-0 MPL-2.0 PSF-2.0 Zlib".split()
)
_PYMUPDF = "AGPL-3.0 or commercial"
EXCEPTIONS: Mapping[str, str] = {
    "pymupdf": "No other library reads PDF as well; README and NOTICE say what it means.",
    "pymupdf-layout": "Required by PyMuPDF, which has its code now.",
    "pymupdf4llm": "Required by PyMuPDF, which has its code now.",
}
# Packages whose metadata name no licence, or that this system does not install.
STATED: Mapping[str, str] = {
    "async-timeout": "Apache-2.0",  # only for Python before 3.11.3
    "pymupdf": _PYMUPDF,
    "pymupdf-layout": _PYMUPDF,
    "pymupdf4llm": _PYMUPDF,
}
# What metadata write instead of an identifier of SPDX. `BSD` says not which of its texts is meant.
_SPELLINGS: Mapping[str, str] = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
}
# What leaves it to the classifiers to say which licences are meant.
_VAGUE = frozenset({"dual license"})
HEAD = """\
<!-- Made by `make licences` from deploy/locks and the installed packages. -->
# Licences of the packages in the images

Quire is licensed under Apache-2.0. Each image installs some of these packages; `deploy/locks` says
which.

**PyMuPDF, which reads PDF files in the extractor, is licensed under the AGPL-3.0 or a commercial
licence.** Without a commercial licence the running system as a whole is under the AGPL: offer its
source to those who use it over a network.

Not listed are the packages of Debian in the base image, and those of images that are built with
`EXTRAS=encoder-st` or `EXTRAS=encoder-clip`. These two add PyTorch and, for GPUs, libraries of
NVIDIA under its own licences, which are not open source. The licences of the models are in
[NOTICE](../NOTICE).

| package | version | licence |
| --- | --- | --- |
"""


def licence_of(name: str) -> str:
    """Return the licence that a package states; empty: it states none, or is not installed."""
    if name in STATED:
        return STATED[name]
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if expression := _first(found, "License-Expression"):
        return expression
    # Some packages write the whole text of the licence here.
    field = _first(found, "License").strip().partition("\n")[0]
    if field and field.lower() not in _VAGUE:
        return _identifier(field)
    classifiers = found.get_all("Classifier") or []
    return " OR ".join(
        sorted({_identifier(each) for each in classifiers if each.startswith("License :: ")})
    )


def _first(found: metadata.PackageMetadata, key: str) -> str:
    return str((found.get_all(key) or [""])[0])


def _identifier(stated: str) -> str:
    last = stated.rpartition(" :: ")[2]
    return _SPELLINGS.get(last.lower(), last)


def complaint(package: Package, licence: str) -> str:
    """Return why a package may not be installed; empty: it may."""
    named = set(licence.replace("(", " ").replace(")", " ").split()) - {"AND", "OR"}
    if package.name in EXCEPTIONS or (named and named <= ALLOWED):
        return ""
    stated = licence or "nothing that it states"
    return (
        f"{package.name} {package.version} is licensed under `{stated}`"
        ", which docs/decisions/0012-dependencies.md does not allow. Replace the package, or say in"
        " tools/licences.py which licence it has or why it is accepted."
    )


def listed() -> list[Package]:
    """Return the packages of the images of all services, and of their extras `s3` and `mcp`."""
    return packages((*SERVICES, "s3", "mcp"))


def page() -> str:
    """Return docs/licences.md."""
    rows = [f"| {each.name} | {each.version} | {licence_of(each.name)} |\n" for each in listed()]
    return HEAD + "".join(rows)


def main() -> None:
    sentences = [complaint(each, licence_of(each.name)) for each in listed()]
    if refused := [sentence for sentence in sentences if sentence]:
        sys.exit("\n".join(refused))
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
