"""Settings: none is unlisted, none is misspelt in silence, and no door is left open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.domain.errors import SettingsError
from shared.settings import NOT_SETTINGS, PREFIX, Settings, read_settings
from tools import docs

ROOT = Path(__file__).parents[2]
NAMES = [PREFIX + name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", docs.made())
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == docs.made()[name](), "run `make docs`"


def test_the_example_lists_exactly_the_settings() -> None:
    listed = re.findall(r"^#(QUIRE_\w+)=", docs.env_example(), flags=re.MULTILINE)
    assert listed == NAMES


def test_the_example_uncommented_changes_nothing(tmp_path: Path) -> None:
    text = re.sub(r"^#(QUIRE_)", r"\1", docs.env_example(), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text)
    assert read_settings() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", ["QUIRE_PROT", "QUIRE_API_KEYZ", "QUIRE_DATADIR"])
def test_a_misspelt_variable_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_a_misspelt_line_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUIRE_PROT=80\n")
    with pytest.raises(SettingsError, match="QUIRE_PROT"):
        read_settings()


def test_what_others_keep_in_the_file_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=x\nQUIRE_URL=http://h\nQUIRE_PORT=81\n")
    assert read_settings().port == 81


def test_what_tests_and_clients_read_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NOT_SETTINGS, "QUIRE_TEST_POSTGRES_URL"):
        monkeypatch.setenv(name, "x")
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"), [("QUIRE_PORT", "many"), ("QUIRE_PORT", "65536"), ("QUIRE_TOP_K", "0")]
)
def test_a_value_that_is_no_value_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_the_old_name_of_a_lane_is_refused_with_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUIRE_EMBEDDER_LANES", "first")
    with pytest.raises(SettingsError, match=r"QUIRE_EMBEDDER_LANES: .*`first`.*`interactive`"):
        read_settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_open_door_needs_keys(host: str) -> None:
    with pytest.raises(SettingsError, match="API keys"):
        read_settings(host=host)
    assert read_settings(host=host, api_keys="me:abc").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_computer_needs_none(host: str) -> None:
    assert read_settings(host=host).host == host


def test_keys_are_never_shown() -> None:
    assert "abc" not in repr(read_settings(api_keys="me:abc"))
