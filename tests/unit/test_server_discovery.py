"""Server discovery prefers named servers, then containers, then private ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.local.polling import NotUp
from tests.support import containers, server_discovery
from tests.support.compose import recipe
from tests.support.server_discovery import ADDRESSES, BACKEND, Named, backends, named, running
from tests.support.yaml_text import load

COMPOSE = load((Path(__file__).parents[2] / "docker-compose.yml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("environment", "docker_answers", "expected"),
    [
        ({}, True, ["containers", "private"]),
        ({}, False, ["private"]),
        ({BACKEND: ""}, True, ["containers", "private"]),
        ({BACKEND: "private"}, True, ["private"]),
        ({BACKEND: "private"}, False, ["private"]),
        ({BACKEND: "containers"}, True, ["containers"]),
        ({BACKEND: "containers"}, False, ["containers"]),
    ],
)
def test_containers_are_preferred_to_private_servers(
    environment: dict[str, str], docker_answers: bool, expected: list[str]
) -> None:
    assert backends(environment, lambda: docker_answers) == expected


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ValueError, match="may be 'containers' or 'private'"):
        backends({BACKEND: "podman"}, lambda: True)


def test_docker_is_not_asked_where_private_servers_are_chosen() -> None:
    backends({BACKEND: "private"}, lambda: pytest.fail("it was asked"))


def test_only_servers_with_an_address_are_named() -> None:
    environment = {ADDRESSES["redis"]: "redis://there", ADDRESSES["chroma"]: ""}
    assert named(["redis", "chroma"], environment) == {"redis": Named("redis://there")}
    assert named(["chroma"], environment) == {}


def test_a_named_server_is_preferred_to_every_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESSES["redis"], "redis://there")
    with running(["redis"], []) as found:
        assert found == {"redis": Named("redis://there")}


class Started:
    """A server that only remembers whether it was stopped."""

    stopped = False

    def launch(self) -> None:
        """Nothing."""

    def wait_up(self, **_: object) -> None:
        """Nothing."""

    def stop(self) -> None:
        self.stopped = True


def fail(*_: object) -> Any:
    raise NotUp("no image")


def test_a_backend_that_fails_is_reported_once_and_the_next_one_is_used(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.delenv(ADDRESSES["redis"], raising=False)
    server, open_backends = Started(), ["containers", "private"]
    monkeypatch.setattr(server_discovery, "_in_docker", fail)
    monkeypatch.setattr(server_discovery, "_private", lambda *_: {"redis": server})
    with running(["redis"], open_backends) as found:
        assert found == {"redis": server}
        assert not server.stopped
    assert server.stopped
    assert open_backends == ["private"]
    assert "private servers are used: no image" in str(recwarn.pop(UserWarning).message)


def test_a_test_is_skipped_with_the_reason_when_every_backend_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ADDRESSES["redis"], raising=False)
    monkeypatch.setattr(server_discovery, "_private", fail)
    with (
        pytest.raises(pytest.skip.Exception, match=r"QUIRE_TEST_REDIS_URL.*no image"),
        running(["redis"], ["private"]),
    ):
        pass


def test_servers_keep_their_data_outside_of_the_folder_of_pytest(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv(ADDRESSES["redis"], raising=False)
    folders: list[Path] = []

    def start(_: object, folder: Path, __: bool) -> dict[str, Started]:
        folders.append(folder)
        return {"redis": Started()}

    monkeypatch.setattr(server_discovery, "_private", start)
    with running(["redis"], ["private"]):
        assert folders[0].is_dir()
        assert not folders[0].is_relative_to(tmp_path_factory.getbasetemp())
    assert not folders[0].exists()


@pytest.mark.parametrize("kind", containers.KINDS.values(), ids=list(containers.KINDS))
def test_a_container_is_configured_as_in_compose(kind: type[containers.Container]) -> None:
    made = recipe(kind.service, {"CHROMA_IMAGE": "mirror/chroma:1"})
    deployed = COMPOSE["services"][kind.service]
    is_chroma = kind.service == "chroma"
    assert (
        made.image == "mirror/chroma:1" if is_chroma else f":-{made.image}}}" in deployed["image"]
    )
    assert len(made.command) == len(deployed.get("command", []))
    declared = deployed.get("environment", {})
    assert made.environment.keys() == {name.removesuffix("_FILE") for name in declared}
    assert "$" not in str(made)


def test_a_variable_that_is_not_set_has_its_default() -> None:
    assert (
        f"${{CHROMA_IMAGE:-{recipe('chroma', {}).image}}}"
        == (COMPOSE["services"]["chroma"]["image"])
    )


def test_a_secret_is_the_same_wherever_it_is_needed() -> None:
    password = recipe("postgres").environment["POSTGRES_PASSWORD"]
    assert recipe("postgres").environment["POSTGRES_PASSWORD"] == password
    assert len(password) == 32


def test_servers_in_containers_have_passwords_without_the_files_of_compose() -> None:
    redis, rabbitmq = containers.Redis(), containers.RabbitMQ()
    assert redis.recipe.command[:2] == ["redis-server", "--requirepass"]
    assert redis.recipe.command[2] in redis.url
    assert rabbitmq.recipe.environment["RABBITMQ_DEFAULT_PASS"] in rabbitmq.url
