"""The Compose file: isolation, limits, names, and no open port or secret."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from deploy import make_secrets
from shared.settings import PREFIX, Settings
from tests.support.yaml_text import load

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
FILE: dict[str, Any] = load(TEXT)
GPU: dict[str, Any] = load((ROOT / "deploy/compose.gpu.yml").read_text(encoding="utf-8"))
PICTURES: dict[str, Any] = load((ROOT / "deploy/compose.pictures.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]

SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("${IMAGES")}
# `migrate` ends by itself, and `beat` answers no requests.
WITHOUT_HEALTH = {"migrate", "beat"}
VARIABLE = re.compile(r"\$\{(\w+)(:?[-?])?([^}]*)\}")
SECRET = re.compile(r"PASS(WORD)?$|KEYS?$|AUTH$")
IN_URL = re.compile(r"//\w*:(\$\{[^}]*\}|[^@/]+)@")


def _per_service(services: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(services))


def test_every_process_is_a_service() -> None:
    processes = {"gateway", "extractor", "embedder", "embedder-interactive", "embedder-worker"}
    processes |= {"beat", "indexer", "query"}
    assert set(OURS) == processes | {"migrate"}


@_per_service(OURS)
def test_services_are_read_only_except_their_data(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    volumes = service.get("volumes", [])
    # The keyword index of a query service is its own: a volume without a name, one a container.
    assert volumes == ["/data"] if name == "query" else all(v.endswith(":/data") for v in volumes)
    assert not {"user", "privileged", "cap_add"} & set(service)


@_per_service(OURS)
def test_services_restart_and_have_a_health_check(name: str) -> None:
    service = OURS[name]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    # Without an entry, the check of the image applies.
    disabled = service.get("healthcheck", {}).get("disable", False)
    assert disabled == (name in WITHOUT_HEALTH)


def test_images_check_health_and_run_unprivileged() -> None:
    assert re.search(r"^HEALTHCHECK .*\\\n\s+CMD .*/readyz", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["quire"]
    assert "--uid 10001 " in DOCKERFILE


@_per_service(SERVICES)
def test_memory_is_bounded(name: str) -> None:
    # The memory of a language model depends on the model.
    assert ("mem_limit" in SERVICES[name]) == (name != "ollama")


@_per_service(SERVICES)
def test_background_services_have_fewer_cpu_shares(name: str) -> None:
    background = {"extractor", "embedder", "embedder-worker", "embedder-interactive", "indexer"}
    assert (SERVICES[name].get("cpu_shares", 1024) < 1024) == (name in background)


@_per_service(SERVICES)
def test_only_the_gateway_and_grafana_can_be_reached(name: str) -> None:
    service = SERVICES[name]
    if name in ("gateway", "grafana"):
        (port,) = service["ports"]
        assert re.fullmatch(r"\$\{\w+:-127\.0\.0\.1:\d+\}:\d+", port)
        return
    assert "ports" not in service
    # It downloads models, so it has access to the network; its port is not published.
    assert service["networks"] == (["inside", "outside"] if name == "ollama" else ["inside"])


def test_inner_network_is_internal() -> None:
    assert FILE["networks"] == {"inside": {"internal": True}, "outside": {}}


def test_monitoring_starts_only_with_its_profile() -> None:
    profiles = {name: each.get("profiles") for name, each in SERVICES.items()}
    watchers = {"prometheus", "grafana", "postgres-exporter", "redis-exporter"}
    assert {name for name, each in profiles.items() if each == ["monitoring"]} == watchers
    assert profiles["ollama"] == ["llm"]


def test_the_profile_llm_pulls_the_model_that_the_query_service_asks_for() -> None:
    ollama, query = SERVICES["ollama"], SERVICES["query"]["environment"]
    assert ollama["environment"]["OLLAMA_MODEL"] == query["QUIRE_LLM_MODEL"]
    assert ollama["environment"]["OLLAMA_CONTEXT_LENGTH"] == query["QUIRE_LLM_CONTEXT_TOKENS"]
    assert 'ollama pull "$$OLLAMA_MODEL"' in ollama["command"][0]
    assert query["QUIRE_LLM_URL"] == "${LLM_URL:-}"


@_per_service(SERVICES)
def test_secrets_have_no_default(name: str) -> None:
    secrets = _secrets(SERVICES[name].get("environment", {}))
    command = SERVICES[name].get("command", [])
    if "--requirepass" in command:
        secrets.append(command[command.index("--requirepass") + 1])
    for secret in secrets:
        found = VARIABLE.fullmatch(secret)
        assert found is not None, name
        assert found[2] == ":?", name


def test_values_with_secrets_are_recognised() -> None:
    environment = {
        "A_URL": "x://me:in@host:1/",
        "B_URL": "x://host:1",
        "C_PASSWORD": "own",
        "D": "d",
    }
    assert _secrets(environment) == ["in", "own"]


def test_compose_refuses_to_start_without_secrets() -> None:
    required = set()
    for variable, operator, rest in VARIABLE.findall(TEXT):
        assert operator in (":?", ":-"), variable
        if operator == ":?":
            assert rest == "run make up"
            required.add(variable)
    assert required < set(make_secrets.missing({}))


def test_secrets_of_compose_are_made_by_make_secrets() -> None:
    for secret in FILE["secrets"].values():
        assert secret["environment"] in make_secrets.missing({})


def test_models_of_questions_are_set_from_outside() -> None:
    query, pictures = SERVICES["query"], PICTURES["services"]["query"]
    assert query["environment"]["QUIRE_RESCORER"] == "${RESCORER:-none}"
    assert query["build"]["args"]["RESCORER"] == "${RESCORER:-none}"
    assert pictures["environment"]["QUIRE_PICTURE_MODEL"].startswith("${PICTURE_MODEL:-")


def test_pictures_are_read_from_the_shared_folder_and_keywords_kept_apart() -> None:
    query = PICTURES["services"]["query"]
    # The same place as the volume of the first file, which this one replaces.
    assert query["volumes"] == ["blobs:/data"]
    assert query["tmpfs"] == [query["environment"]["QUIRE_KEYWORDS_DIR"]]


@_per_service(OURS)
def test_settings_exist(name: str) -> None:
    for file in (FILE, GPU, PICTURES):
        for variable in file["services"].get(name, {}).get("environment", {}):
            assert variable.removeprefix(PREFIX).lower() in Settings.model_fields, variable
    image = set(re.findall(rf"\b{PREFIX}(\w+)=", DOCKERFILE))
    assert {field.lower() for field in image} <= set(Settings.model_fields)


@_per_service(OURS)
def test_commands_run_existing_modules(name: str) -> None:
    match OURS[name].get("command"):
        case None:
            module = f"services.{name}.main"
        case ["python", "-m", module]:
            pass
        case command:
            assert command == ["quire", "migrate"]
            return
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("file", [FILE, GPU], ids=["plain", "gpu"])
def test_images_are_built_from_existing_extras(file: dict[str, Any]) -> None:
    built = {each["image"]: each["build"] for each in file["services"].values() if "build" in each}
    for image, build in built.items():
        service = build["args"]["SERVICE"]
        assert image.startswith("${IMAGES:-quire}-" + service)
        assert service in EXTRAS
        assert set(build["args"].get("EXTRAS", "").split()) <= set(EXTRAS)
        assert (ROOT / build["dockerfile"]).is_file()
    used = {each["image"] for each in file["services"].values() if "${IMAGES" in each["image"]}
    assert used == set(built)


@_per_service(OURS)
def test_services_start_after_their_servers(name: str) -> None:
    conditions = {on: each["condition"] for on, each in OURS[name]["depends_on"].items()}
    if name == "migrate":
        assert conditions == {"postgres": "service_healthy"}
        return
    assert conditions.pop("migrate") == "service_completed_successfully"
    # Chroma has no health check; the services wait for it.
    assert conditions.pop("chroma", "service_started") == "service_started"
    assert set(conditions.values()) == {"service_healthy"}
    assert all("healthcheck" in SERVICES[on] for on in conditions)


def test_files_that_the_dockerfile_copies_exist() -> None:
    sent = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert all((ROOT / each).exists() for each in sent)
    (requirements,) = re.findall(r"^COPY (pyproject.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = requirements.split()
    assert all(any(fnmatch(each, pattern) for each in sent) for pattern in copied)
    wheels = re.findall(r"deploy/\w+-requirements\.txt", DOCKERFILE)
    assert len(wheels) == 3 and set(wheels) <= sent


def _secrets(environment: dict[str, str]) -> list[str]:
    """Values that are secret by their names, and passwords in addresses."""
    named = [value for name, value in environment.items() if SECRET.search(name)]
    return [found for each in environment.values() for found in IN_URL.findall(each)] + named
