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
from shared.database import rights
from shared.settings import Settings
from shared.settings.environment import PREFIX
from tests.support.yaml_text import load

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
FILE: dict[str, Any] = load(TEXT)
GPU: dict[str, Any] = load((ROOT / "deploy/compose.gpu.yml").read_text(encoding="utf-8"))
MCP: dict[str, Any] = load((ROOT / "deploy/compose.mcp.yml").read_text(encoding="utf-8"))
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
# QUIRE_AUTH is a way of signing in.
SECRET = re.compile(r"PASS(WORD)?$|KEYS?$|(?<!QUIRE_)AUTH$")
IN_URL = re.compile(r"//\w*:(\$\{[^}]*\}|[^@/]+)@")
MADE = make_secrets.missing({})


def _per_service(services: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(services))


def test_every_process_is_a_service() -> None:
    processes = {"gateway", "extractor", "embedder", "embedder-interactive", "embedder-worker"}
    processes |= {"beat", "indexer", "query"}
    assert set(OURS) == processes | {"migrate"}


@_per_service(SERVICES)
def test_no_container_may_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert 0 < service["pids_limit"] <= 1024
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)
    added = set(service.get("cap_add", []))
    # Images that start as root and become a user of their own, and a port below 1024.
    becomes_user = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    expected = dict.fromkeys(("postgres", "rabbitmq", "redis"), becomes_user)
    assert added == {**expected, "proxy": {"NET_BIND_SERVICE"}}.get(name, set())


@_per_service(OURS)
def test_services_write_to_their_data_only(name: str) -> None:
    service = OURS[name]
    assert service["tmpfs"] == ["/tmp"]
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
    if name == "proxy":
        assert len(service["ports"]) == 2
        return
    if name in ("gateway", "grafana"):
        (port,) = service["ports"]
        assert re.fullmatch(r"\$\{\w+:-127\.0\.0\.1:\d+\}:\d+", port)
        return
    assert "ports" not in service
    # It downloads models, so it has access to the network; its port is not published.
    assert ("outside" in service["networks"]) == (name == "ollama")


def test_inner_networks_have_no_way_out() -> None:
    networks = FILE["networks"]
    assert networks["outside"] == {}
    assert {name for name, each in networks.items() if not each.get("internal")} == {"outside"}
    used = {network for each in SERVICES.values() for network in each["networks"]}
    assert used == set(networks)


def test_each_server_is_reached_by_those_that_use_it() -> None:
    reached = {
        server: {name for name in OURS if set(OURS[name]["networks"]) & {network}}
        for server, network in {
            "postgres": "database", "rabbitmq": "bus", "redis": "queue", "chroma": "index"
        }.items()
    }  # fmt: skip
    embedders = {"embedder", "embedder-interactive", "embedder-worker"}
    working = embedders | {"gateway", "extractor", "indexer", "query"}
    assert reached == {
        "postgres": working | {"migrate"},
        "rabbitmq": working,
        "redis": embedders | {"beat"},
        "chroma": {"gateway", "indexer", "query"},
    }
    assert all(SERVICES[server]["networks"] == [network] for server, network in
               {"postgres": "database", "rabbitmq": "bus", "redis": "queue", "chroma": "index"}
               .items())  # fmt: skip


def test_the_reader_of_untrusted_files_reaches_three_networks() -> None:
    assert SERVICES["extractor"]["networks"] == ["front", "database", "bus"]


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
def test_no_secret_is_in_an_environment_or_a_command(name: str) -> None:
    service = SERVICES[name]
    assert _secrets(service.get("environment", {})) == []
    shown = str([service.get(key) for key in ("environment", "command", "healthcheck")])
    assert not any(f"{{{variable}" in shown for variable in MADE)
    assert "--requirepass" not in shown


@_per_service(OURS)
def test_a_service_gets_the_secrets_that_it_uses(name: str) -> None:
    given = {each["target"]: each["source"] for each in OURS[name]["secrets"]}
    settings = {target.removeprefix("quire_") for target in given}
    assert settings <= set(Settings.model_fields)
    user = name.partition("-")[0]
    if name == "migrate":
        assert settings == {"database_url", "database_users", "api_keys"}
    elif name != "beat":
        assert given["quire_database_url"] == f"database_url_{user}"
        assert user in rights.SERVICES
    assert ("service_key" in settings) == (name in {"gateway", "extractor", "query"})
    assert ("redis_url" in settings) == ("queue" in OURS[name]["networks"])
    assert ("rabbitmq_url" in settings) == ("bus" in OURS[name]["networks"])


def test_the_owner_of_the_tables_is_known_to_migration_only() -> None:
    owners = {
        name
        for name, each in SERVICES.items()
        for secret in each.get("secrets", [])
        if secret["source"] in ("database_url", "postgres_password", "database_users")
    }
    assert owners == {"migrate", "postgres"}
    exporter = SERVICES["postgres-exporter"]["environment"]
    assert exporter["DATA_SOURCE_USER"] == f"{rights.PREFIX}{rights.MONITOR}"


@_per_service(SERVICES)
def test_every_image_can_be_replaced_by_a_digest(name: str) -> None:
    assert re.match(r"\$\{[A-Z_]+(:-[^}]+)?\}", SERVICES[name]["image"])


def test_the_proxy_has_a_certificate_and_hides_metrics() -> None:
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert "{$DOMAIN} {" in text
    # By the network that only the two are in: the gateway believes that address alone.
    assert "reverse_proxy gateway.edge:8000" in text
    gateway, proxy = SERVICES["gateway"], SERVICES["proxy"]
    assert gateway["networks"]["edge"] == {"aliases": ["gateway.edge"]}
    address = proxy["networks"]["edge"]["ipv4_address"]
    assert gateway["environment"]["QUIRE_TRUSTED_PROXIES"] == address
    header = "QUIRE_PROXY_USER_HEADER"
    assert f"header_up -{{${header}:X-Forwarded-User}}" in text
    assert proxy["environment"][header] == gateway["environment"][header]
    assert "Strict-Transport-Security" in text
    assert re.search(r"@inside path /metrics /metrics/\*\n\s+respond @inside 404", text)
    assert SERVICES["proxy"]["profiles"] == ["tls"]
    assert "./deploy/caddy/Caddyfile:/etc/caddy/Caddyfile:ro" in SERVICES["proxy"]["volumes"]


def test_values_with_secrets_are_recognised() -> None:
    environment = {
        "A_URL": "x://me:in@host:1/",
        "B_URL": "x://host:1",
        "C_PASSWORD": "own",
        "D": "d",
    }
    assert _secrets(environment) == ["in", "own"]


def test_variables_have_defaults_that_are_no_secrets() -> None:
    for variable, operator, _ in VARIABLE.findall(TEXT):
        assert operator == ":-", variable
        assert variable not in MADE


def test_secrets_of_compose_are_made_by_make_secrets() -> None:
    made = make_secrets.files(MADE)
    assert FILE["secrets"].keys() == made.keys()
    for name, secret in FILE["secrets"].items():
        # Compose refuses to start if the file is missing.
        assert secret == {"file": f"${{SECRETS:-./secrets}}/{name}"}
    used = {each["source"] for service in SERVICES.values() for each in service.get("secrets", [])}
    assert used == made.keys()
    assert all(content for content in made.values())


def test_models_of_questions_are_set_from_outside() -> None:
    query, pictures = SERVICES["query"], PICTURES["services"]["query"]
    assert query["environment"]["QUIRE_RESCORER"] == "${RESCORER:-none}"
    assert query["build"]["args"]["RESCORER"] == "${RESCORER:-none}"
    assert pictures["environment"]["QUIRE_PICTURE_MODEL"].startswith("${PICTURE_MODEL:-")


def test_mcp_is_the_gateways_image_with_one_more_extra() -> None:
    gateway, mcp = SERVICES["gateway"], MCP["services"]["gateway"]
    assert mcp["build"] == gateway["build"] | {"args": {"SERVICE": "gateway", "EXTRAS": "mcp"}}
    assert mcp["image"] != gateway["image"]


def test_pictures_are_read_from_the_shared_folder_and_keywords_kept_apart() -> None:
    query = PICTURES["services"]["query"]
    # The same place as the volume of the first file, which this one replaces.
    assert query["volumes"] == ["blobs:/data"]
    assert query["tmpfs"] == [query["environment"]["QUIRE_KEYWORDS_DIR"]]


@_per_service(OURS)
def test_settings_exist(name: str) -> None:
    for file in (FILE, GPU, MCP, PICTURES):
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
    copied = re.findall(r"^COPY (deploy/\S+) \S+$", DOCKERFILE, re.MULTILINE)
    assert len(copied) == 2
    assert all(any(fnmatch(each, pattern) for each in sent) for pattern in copied)
    wheels = re.findall(r"deploy/\w+-requirements\.txt", DOCKERFILE)
    assert len(wheels) == 3 and set(wheels) <= sent


def _secrets(environment: dict[str, str]) -> list[str]:
    """Values that are secret by their names, and passwords in addresses."""
    named = [value for name, value in environment.items() if SECRET.search(name)]
    return [found for each in environment.values() for found in IN_URL.findall(each)] + named
