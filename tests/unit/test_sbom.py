"""Bills of materials are valid and list what each image installs, with licences and hashes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import sbom
from tools.locks import ROOT, SERVICES, Package, packages

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def of(service: str, *extras: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom.document(service, extras))
    return found


def libraries(found: dict[str, Any]) -> set[Package]:
    every = found["components"]
    return {Package(each["name"], each["version"]) for each in every if each["type"] == "library"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_bill_is_valid_and_has_the_packages_of_the_lock(service: str) -> None:
    text = sbom.document(service)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = json.loads(text)
    assert found["specVersion"] == "1.6"
    assert found["metadata"]["component"]["name"] == f"quire-{service}"
    # Only for Python before 3.11.3.
    expected = {each for each in packages((service,)) if each.name != "async-timeout"}
    assert libraries(found) == expected
    for component in found["components"]:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        (files,) = component["externalReferences"]
        assert files["type"] == "distribution" and files["hashes"]
        if component["type"] == "library":
            assert component["licenses"], component["name"]


def test_the_text_model_is_listed_where_the_image_has_it() -> None:
    installs = DOCKERFILE.index("-r ${wheel}")
    (cases,) = re.findall(
        r"case \$\{SERVICE\} in ([a-z|]+)\)", DOCKERFILE[installs - 120 : installs]
    )
    for service in SERVICES:
        models = [each for each in of(service)["components"] if "model" in each["type"]]
        assert bool(models) == (service in cases.split("|")), service


def test_an_extra_adds_its_packages_once() -> None:
    added = libraries(of("gateway", "s3")) - libraries(of("gateway"))
    assert {each.name for each in added} == {"obstore"}
    references = [each["bom-ref"] for each in of("gateway", "s3")["components"]]
    assert len(references) == len(set(references))


def test_pymupdf_is_listed_under_its_licence() -> None:
    (pymupdf,) = (each for each in of("extractor")["components"] if each["name"] == "pymupdf")
    assert pymupdf["licenses"] == [{"license": {"name": "AGPL-3.0 or commercial"}}]


def test_a_document_that_breaks_its_schema_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JsonStrictValidator, "validate_str", lambda *_: "broken")
    with pytest.raises(ValueError, match="schema: broken"):
        sbom.document("gateway")


def test_an_unknown_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["sbom", "s4"])
    with pytest.raises(SystemExit, match="no extra s4"):
        sbom.main()
