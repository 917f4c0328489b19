"""Writes the bill of materials of each image into `build/sbom`: `python -m tools.sbom [EXTRAS]`.

Each is a CycloneDX 1.6 document of the Python packages of `deploy/locks` that the image installs,
with licences and hashes, and of its default text model. It is made with an image and not committed,
because the locks are its only source. Packages of Debian are those of the base image.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

from tools.licences import licence_of
from tools.locks import EXTRAS, LOCKS, PYTHON, ROOT, SERVICES

FOLDER = ROOT / "build" / "sbom"
MODEL = ROOT / "deploy" / "model-requirements.txt"
# Services whose image has the text model or its tokenizer, as deploy/Dockerfile says.
WITH_MODEL = ("extractor", "embedder", "query")
# The default image, for markers of requirements.
_IMAGE = {
    "sys_platform": "linux",
    "platform_machine": "x86_64",
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.14",
}
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def document(service: str, extras: Sequence[str] = ()) -> str:
    """Return the bill of materials of one image. ValueError: it does not match its schema."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    image = Component(
        name=f"quire-{service}",
        version=project["version"],
        type=ComponentType.CONTAINER,
        bom_ref=f"quire-{service}",
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    found = {
        str(component.bom_ref): component
        for name in (service, *extras)
        for component in components(LOCKS / f"{name}.txt", ComponentType.LIBRARY)
    }
    models = components(MODEL, ComponentType.MACHINE_LEARNING_MODEL)
    bom = Bom(components=[*found.values(), *(models if service in WITH_MODEL else [])])
    bom.metadata.component = image
    bom.register_dependency(image, bom.components)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The bill of materials of {service} does not match its schema: {error}")
    return text


def components(path: Path, kind: ComponentType) -> list[Component]:
    """Return the packages of a file of requirements with hashes that the default image installs."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = []
    for line in lines:
        if line and not line.startswith("#"):
            requirement = Requirement(line.partition(" --hash=")[0])
            if requirement.marker is None or requirement.marker.evaluate(dict(_IMAGE)):
                found.append(_component(requirement, _HASH.findall(line), kind))
    return found


def _component(requirement: Requirement, hashes: Sequence[str], kind: ComponentType) -> Component:
    (only,) = requirement.specifier
    name, version = requirement.name, only.version
    purl = PackageURL("pypi", None, name, version)
    licence = licence_of(name)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{name}/{version}/"),
        hashes=[HashTypeFactory().from_composite_str(each) for each in hashes],
    )
    return Component(
        name=name,
        version=version,
        type=kind,
        purl=purl,
        bom_ref=str(purl),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        external_references=[files],
    )


def main() -> None:
    extras = sys.argv[1:]
    if unknown := sorted(set(extras) - set(EXTRAS)):
        sys.exit(f"Images have no extra {', '.join(unknown)}. They have: {', '.join(EXTRAS)}.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        path = FOLDER / f"quire-{service}.cdx.json"
        path.write_text(document(service, extras) + "\n", encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
