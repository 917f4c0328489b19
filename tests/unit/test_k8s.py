"""The Kubernetes manifests, built as kustomize builds them, without a cluster."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from services.embedder.celery_app import BULK_QUEUE, INTERACTIVE_QUEUE
from shared.bus.rabbitmq import LANE_SUFFIXES, Names
from shared.settings import Settings
from tests.support.kubernetes import (
    K8S,
    Thing,
    Things,
    built,
    containers,
    documents,
    key_of,
    of_kind,
    pods,
)
from tests.support.yaml_text import load_all

ROOT = Path(__file__).parents[2]
BUILDS = ("base", "overlays/start", "overlays/gpu")
SERVER_VARIABLES = {
    *"POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD PGDATA".split(),
    *"RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS REDISCLI_AUTH HOME".split(),
}
OLDEST, NEWEST = "1.30", "1.37"
SECRET = re.compile(r"PASS|SECRET|TOKEN|AUTH|KEYS?$|DATABASE_URL|RABBITMQ_URL|REDIS_URL")
WITH_PASSWORD = re.compile(r"://[^/\s]*@")


@pytest.fixture(params=BUILDS)
def things(request: pytest.FixtureRequest) -> Things:
    return copy.deepcopy(built(request.param)[0])


@pytest.fixture
def whole() -> Things:
    """Return the build of the largest overlay."""
    return copy.deepcopy(built("overlays/gpu")[0])


def selects(selector: Thing, labels: dict[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels", "matchExpressions"}
    rules = selector.get("matchExpressions", [])
    assert all(rule["operator"] == "In" for rule in rules)
    return bool(selector.get("matchLabels", {}).items() <= labels.items()) and all(
        labels.get(rule["key"]) in rule["values"] for rule in rules
    )


def selected(selector: Thing, things: Things) -> set[str]:
    found = pods(things).items()
    return {name for name, pod in found if selects(selector, pod["metadata"]["labels"])}


def ports(pod: Thing) -> set[str | int]:
    known = pod["spec"]["containers"][0].get("ports", [])
    return {port["name"] for port in known} | {port["containerPort"] for port in known}


def keys_used(container: Thing) -> set[str]:
    sources = [each["valueFrom"] for each in container.get("env", []) if "valueFrom" in each]
    assert all(source["secretKeyRef"]["name"] == "quire-secrets" for source in sources)
    return {source["secretKeyRef"]["key"] for source in sources}


def secret_keys() -> set[str]:
    """Return what the README's command puts into `quire-secrets`."""
    block = re.search(r"<<END\n(.*?)\nEND\n", (K8S / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    return {line.partition("=")[0] for line in block[1].splitlines()}


def test_every_file_is_used() -> None:
    there = {path for path in K8S.rglob("*.yaml") if path.parent.name != "examples"}
    assert there == frozenset().union(*(built(name)[1] for name in BUILDS))


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", BUILDS[1:])
def test_every_field_is_in_the_schema_of_kubernetes(name: str, version: str) -> None:
    example = documents(K8S / "examples" / "ingress.yaml")
    for thing in [*built(name)[0].values(), *example]:
        if not thing["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(thing, version, strict=True)


def keda_schema(kind: str) -> Any:
    schema = json.loads((K8S / "schemas" / f"keda-{kind.lower()}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_field_is_in_the_schema_of_keda(whole: Things) -> None:
    for thing in of_kind(whole, "ScaledObject", "TriggerAuthentication"):
        keda_schema(thing["kind"]).validate(thing)


@pytest.mark.parametrize("told", [{"listLength": 8}, {"queueLength": "8"}, {"listLength": "0"}])
def test_schema_of_keda_refuses_wrong_fields(whole: Things, told: Thing) -> None:
    thing = whole["ScaledObject", "embedder-worker"]
    thing["spec"]["triggers"][0]["metadata"].update(told)
    assert not keda_schema("ScaledObject").is_valid(thing)


def test_nothing_names_a_namespace_or_holds_a_secret(things: Things) -> None:
    for thing in things.values():
        assert "namespace" not in thing["metadata"]
        assert thing["kind"] != "Secret"
        assert not WITH_PASSWORD.search(json.dumps(thing)), key_of(thing)
    for name, container in containers(things).items():
        for variable in container.get("env", []):
            assert "value" not in variable or not SECRET.search(variable["name"]), name
    for settings in of_kind(things, "ConfigMap"):
        assert not [key for key in settings["data"] if SECRET.search(key)]


def test_selectors_find_their_own_pods(things: Things) -> None:
    for maker in of_kind(things, "Deployment", "StatefulSet"):
        name = maker["metadata"]["name"]
        assert selected(maker["spec"]["selector"], things) == {name}
        for spread in maker["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
            assert selected(spread["labelSelector"], things) == {name}
    for budget in of_kind(things, "PodDisruptionBudget"):
        assert selected(budget["spec"]["selector"], things) == {budget["metadata"]["name"]}


def test_services_lead_to_open_ports(things: Things) -> None:
    for service in of_kind(things, "Service"):
        name, spec = service["metadata"]["name"], service["spec"]
        assert selected({"matchLabels": spec["selector"]}, things) == {name}
        assert {port["targetPort"] for port in spec["ports"]} <= ports(pods(things)[name])
    ingress = documents(K8S / "examples" / "ingress.yaml")[0]
    for rule in ingress["spec"]["rules"]:
        to = rule["http"]["paths"][0]["backend"]["service"]
        offered = things["Service", to["name"]]["spec"]["ports"]
        assert to["port"]["name"] in {port["name"] for port in offered}


def test_addresses_name_services(whole: Things) -> None:
    settings = whole["ConfigMap", "quire-settings"]["data"]
    urls = {value for value in settings.values() if "://" in value}
    offered = {
        f"http://{service['metadata']['name']}:{port['port']}"
        for service in of_kind(whole, "Service")
        for port in service["spec"]["ports"]
    }
    assert len(urls) == 3 and urls <= offered


def test_referenced_objects_exist(things: Things) -> None:
    for name, container in containers(things).items():
        for source in container.get("envFrom", []):
            assert ("ConfigMap", source["configMapRef"]["name"]) in things
        assert keys_used(container) <= secret_keys(), name
    for name, pod in pods(things).items():
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        claims = things.get(("StatefulSet", name), {}).get("spec", {})
        own = {each["metadata"]["name"] for each in claims.get("volumeClaimTemplates", [])}
        mounts = {each["name"] for each in pod["spec"]["containers"][0]["volumeMounts"]}
        assert mounts == volumes.keys() | own, name
        for volume in volumes.values():
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in things
            if settings := volume.get("configMap"):
                assert ("ConfigMap", settings["name"]) in things


def test_every_part_of_the_secret_is_used(whole: Things) -> None:
    used = set().union(*map(keys_used, containers(whole).values()))
    for authentication in of_kind(whole, "TriggerAuthentication"):
        for reference in authentication["spec"]["secretTargetRef"]:
            assert reference["name"] == "quire-secrets"
            used.add(reference["key"])
    assert used == secret_keys()


def test_settings_are_valid(things: Things) -> None:
    common = things["ConfigMap", "quire-settings"]["data"]
    for name, container in containers(things).items():
        own = {each["name"]: each.get("value", "x") for each in container.get("env", [])}
        assert {key for key in own if not key.startswith("QUIRE_")} <= SERVER_VARIABLES, name
        if not container["image"].startswith("quire-"):
            assert not [key for key in own if key.startswith("QUIRE_")]
            continue
        assert container["envFrom"] == [{"configMapRef": {"name": "quire-settings"}}]
        assert "QUIRE_API_KEYS" in own, "a host that is not this machine's is refused without"
        given = {**common, **{key: value for key, value in own.items() if key.startswith("QUIRE_")}}
        fields = {key.removeprefix("QUIRE_").lower(): value for key, value in given.items()}
        assert fields.keys() <= Settings.model_fields.keys(), name
        Settings(_env_file=None, **fields)


def test_encoder_threads_match_the_cpu_limit() -> None:
    things = built("base")[0]
    threads = things["ConfigMap", "quire-settings"]["data"]["QUIRE_ENCODER_THREADS"]
    limits = {name: each["resources"]["limits"]["cpu"] for name, each in containers(things).items()}
    assert limits["embedder-worker"] == limits["query"] == threads


def test_processes_are_modules_and_beat_is_one(things: Things) -> None:
    commands = {
        name: each["command"] for name, each in containers(things).items() if "command" in each
    }
    for maker in of_kind(things, "Deployment"):
        python, minus_m, module = commands[maker["metadata"]["name"]]
        assert (python, minus_m) == ("python", "-m")
        assert importlib.util.find_spec(module), module
    assert commands["migrate"] == ["quire", "migrate"]
    beat = things["Deployment", "beat"]["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"}), "exactly one"


def test_images_are_of_this_version(things: Things) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    client = re.search(r"^chromadb==(.+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.M)
    assert client is not None
    for container in containers(things).values():
        image, _, tag = container["image"].partition(":")
        ours = re.fullmatch(r"quire-(gateway|extractor|(embedder|query)(-gpu)?|indexer)", image)
        others = {"postgres": "16", "rabbitmq": "3", "redis": "7", "chromadb/chroma": client[1]}
        assert tag == (version if ours else others[image])


def test_pods_are_restricted(things: Things) -> None:
    for name, pod in pods(things).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        # Otherwise Kubernetes sets QUIRE_… variables, which the settings refuse.
        assert spec["enableServiceLinks"] is False
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        official = name in ("postgres", "rabbitmq", "redis")
        assert security["runAsUser"] == (999 if official else 10001)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "/tmp" in {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
        if "persistentVolumeClaim" in json.dumps(spec):
            assert security["fsGroup"] == 10001, f"{name} could not write its volume"
    for container in containers(things).values():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= container["resources"][bound].keys()


def test_every_query_pod_has_a_keyword_index_of_its_own(things: Things) -> None:
    spec = pods(things)["query"]["spec"]
    (mount,) = (m for m in spec["containers"][0]["volumeMounts"] if m["mountPath"] == "/data")
    (volume,) = (each for each in spec["volumes"] if each["name"] == mount["name"])
    assert volume["emptyDir"]["sizeLimit"] == "4Gi"


def test_processes_have_probes_and_time_to_stop(things: Things) -> None:
    for maker in of_kind(things, "Deployment", "StatefulSet"):
        spec = maker["spec"]["template"]["spec"]
        assert spec["terminationGracePeriodSeconds"] >= 60
        container = spec["containers"][0]
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
        if maker["kind"] == "Deployment" and maker["metadata"]["name"] != "beat":
            alive, ready = ({"path": path, "port": "http"} for path in ("/healthz", "/readyz"))
            for probe in ("startupProbe", "livenessProbe"):
                assert container[probe]["httpGet"] == alive
            assert container["readinessProbe"]["httpGet"] == ready
            annotations = maker["spec"]["template"]["metadata"]["annotations"]
            assert annotations["prometheus.io/port"] == "8000"


def test_scaled_deployments_exist_and_count_their_queues(whole: Things) -> None:
    counted: dict[str, set[str]] = {}
    for scaled in of_kind(whole, "ScaledObject"):
        spec = scaled["spec"]
        target = spec["scaleTargetRef"]
        assert "replicas" not in whole[target["kind"], target["name"]]["spec"], "two would decide"
        assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"]
        for trigger in spec["triggers"]:
            kind, told = trigger["type"], trigger["metadata"]
            queue = told.get("listName") or told["queueName"]
            counted.setdefault(target["name"], set()).add(queue)
            assert trigger["authenticationRef"]["name"] == f"quire-{kind}"
            assert ("TriggerAuthentication", f"quire-{kind}") in whole
    assert counted["embedder-worker"] == {INTERACTIVE_QUEUE, BULK_QUEUE}
    assert counted["extractor"] == {
        Names().queue(worker, lane)
        for worker in ("extractor", "recogniser")
        for lane in LANE_SUFFIXES
    }


def test_servers_admit_the_pods_that_have_their_address(whole: Things) -> None:
    users = {"chroma": {"gateway", "indexer", "query"}, "query": {"gateway"}}
    for server, key in ("postgres", "DATABASE"), ("rabbitmq", "RABBITMQ"), ("redis", "REDIS"):
        uses = [name for name, c in containers(whole).items() if f"QUIRE_{key}_URL" in keys_used(c)]
        users[server] = set(uses)
    for server, expected in users.items():
        rules = whole["NetworkPolicy", f"quire-{server}"]["spec"]["ingress"]
        peers = [peer for rule in rules for peer in rule["from"] if "podSelector" in peer]
        allowed = (selected(peer["podSelector"], whole) for peer in peers)
        assert set().union(*allowed) == expected, server


def test_pods_reach_the_servers_that_they_use_and_no_others(whole: Things) -> None:
    deny = whole["NetworkPolicy", "quire-deny-out"]["spec"]
    assert deny["policyTypes"] == ["Egress"]
    assert selected(deny["podSelector"], whole) == pods(whole).keys()
    # Its only rule is DNS, to wherever that is.
    assert deny["egress"] == [
        {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    ]
    users = {"chroma": {"gateway", "indexer", "query"}, "query": {"gateway"}}
    users["extractor"] = {"gateway"}
    for server, key in ("postgres", "DATABASE"), ("rabbitmq", "RABBITMQ"), ("redis", "REDIS"):
        uses = [name for name, c in containers(whole).items() if f"QUIRE_{key}_URL" in keys_used(c)]
        users[server] = set(uses)
    leading = {
        policy["metadata"]["name"]: policy["spec"]
        for policy in of_kind(whole, "NetworkPolicy")
        if "egress" in policy["spec"] and policy["spec"] is not deny
    }
    assert leading.keys() == {f"quire-to-{server}" for server in users}
    for server, expected in users.items():
        spec = leading[f"quire-to-{server}"]
        assert selected(spec["podSelector"], whole) == expected, server
        ((peer,),) = (rule["to"] for rule in spec["egress"])
        assert selected(peer["podSelector"], whole) == {server}


def test_services_that_answer_others_share_a_key(whole: Things) -> None:
    having = {name for name, c in containers(whole).items() if "QUIRE_SERVICE_KEY" in keys_used(c)}
    assert having == {"gateway", "query", "extractor"}


def test_policies_select_existing_pods(whole: Things) -> None:
    for policy in of_kind(whole, "NetworkPolicy"):
        spec = policy["spec"]
        about = selected(spec["podSelector"], whole)
        assert about, key_of(policy)
        open_ports = set().union(*(ports(pods(whole)[name]) for name in about))
        for rule in spec.get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= open_ports
        for rule in spec.get("egress", []):
            for peer in rule.get("to", []):
                (name,) = selected(peer["podSelector"], whole)
                assert {port["port"] for port in rule["ports"]} <= ports(pods(whole)[name])
    deny = whole["NetworkPolicy", "quire-deny"]["spec"]
    assert selected(deny["podSelector"], whole) == pods(whole).keys()
    assert "ingress" not in deny


@pytest.mark.optional
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("name", BUILDS)
def test_kustomize_builds_the_same(name: str) -> None:
    command = ["kubectl", "kustomize", str(K8S / name)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    made = {key_of(thing): thing for thing in load_all(run.stdout)}
    assert made == built(name)[0]
