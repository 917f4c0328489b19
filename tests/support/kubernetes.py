"""Builds the Kubernetes manifests as kustomize does, for the features that they use."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.support.yaml_text import load_all

K8S = Path(__file__).parents[2] / "deploy" / "k8s"

Thing = dict[str, Any]
Key = tuple[str, str]
Things = dict[Key, Thing]


def documents(path: Path) -> list[Thing]:
    return load_all(path.read_text(encoding="utf-8"))


def key_of(thing: Thing) -> Key:
    return thing["kind"], thing["metadata"]["name"]


def merged(old: Any, new: Any) -> Any:
    """A strategic merge: mappings by key, named things by name (new ones first), lists replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and all(isinstance(x, dict) and "name" in x for x in [*old, *new]):
        before, after = ({each["name"]: each for each in each_list} for each_list in (old, new))
        changed = [merged(each, after.get(name, {})) for name, each in before.items()]
        return [each for name, each in after.items() if name not in before] + changed
    return new


def assemble(folder: Path, things: Things, seen: set[Path]) -> None:
    """Return what kustomize makes of a folder, for the features used here."""
    plan = documents(folder / "kustomization.yaml")[0]
    seen.add(folder / "kustomization.yaml")
    known = {"apiVersion", "kind", "resources", "components", "patches", "images"}
    assert plan.keys() <= known, f"{folder}: this reader does not know all of it"
    for name in [*plan.get("resources", []), *plan.get("components", [])]:
        path = (folder / name).resolve()
        if path.is_dir():
            assemble(path, things, seen)
            continue
        seen.add(path)
        for thing in documents(path):
            assert key_of(thing) not in things, f"{path}: {key_of(thing)} is there twice"
            things[key_of(thing)] = thing
    for patch in plan.get("patches", []):
        seen.add(folder / patch["path"])
        for change in documents(folder / patch["path"]):
            things[key_of(change)] = merged(things[key_of(change)], change)
    for image in plan.get("images", []):
        for container in containers(things).values():
            if container["image"].partition(":")[0] == image["name"]:
                container["image"] = f"{image['name']}:{image['newTag']}"


@cache
def built(name: str) -> tuple[Things, frozenset[Path]]:
    things: Things = {}
    seen: set[Path] = set()
    assemble(K8S / name, things, seen)
    return things, frozenset(seen)


def of_kind(things: Things, *kinds: str) -> list[Thing]:
    return [thing for (kind, _), thing in things.items() if kind in kinds]


def pods(things: Things) -> dict[str, Thing]:
    """Return pod templates by the name of their workload."""
    makers = of_kind(things, "Deployment", "StatefulSet", "Job")
    return {maker["metadata"]["name"]: maker["spec"]["template"] for maker in makers}


def containers(things: Things) -> dict[str, Thing]:
    """Return the container of each pod."""
    found: dict[str, Thing] = {}
    for name, pod in pods(things).items():
        (found[name],) = pod["spec"]["containers"]
    return found
