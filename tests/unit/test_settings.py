"""Settings are documented and validated, and a public address requires API keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.domain.errors import SettingsError
from shared.settings import NOT_SETTINGS, OLD_VALUES, Settings, read_settings
from shared.settings.environment import ALIASES, PREFIX, UNUSED_NAMES
from tools import docs

ROOT = Path(__file__).parents[2]
NAMES = [PREFIX + name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    aliases = [name for names in ALIASES.values() for name in names]
    for name in (*NAMES, *aliases, *UNUSED_NAMES, "REDIS_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", docs.made())
def test_generated_documents_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == docs.made()[name](), "run `make docs`"


def test_the_example_lists_exactly_the_settings() -> None:
    listed = re.findall(r"^#(QUIRE_\w+)=", docs.env_example(), flags=re.MULTILINE)
    assert listed == NAMES


def test_the_uncommented_example_equals_the_defaults(tmp_path: Path) -> None:
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


def test_names_of_other_programs_in_the_file_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=x\nQUIRE_URL=http://h\nQUIRE_PORT=81\n")
    assert read_settings().port == 81


def test_variables_of_tests_and_clients_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NOT_SETTINGS, "QUIRE_TEST_POSTGRES_URL"):
        monkeypatch.setenv(name, "x")
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"), [("QUIRE_PORT", "many"), ("QUIRE_PORT", "65536"), ("QUIRE_TOP_K", "0")]
)
def test_an_invalid_value_is_refused_with_the_name_of_its_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("QUIRE_EMBEDDER_LANES", "first", "interactive"),
        ("QUIRE_ENCODER_ENGINE", "onnxruntime", "openvino"),
    ],
)
def test_a_value_of_an_earlier_version_is_refused_with_the_present_one(
    name: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, old)
    with pytest.raises(SettingsError, match=f"^{name}: .*`{old}`.*`{new}`"):
        read_settings()
    monkeypatch.setenv(name, new)
    assert read_settings()


@pytest.mark.parametrize(("setting", "old"), OLD_VALUES)
def test_a_refused_old_value_is_in_the_upgrade_guide(setting: str, old: str) -> None:
    guide = (ROOT / "docs/upgrading.md").read_text(encoding="utf-8")
    assert f"`{PREFIX}{setting.upper()}={old}`" in guide


def test_every_setting_of_the_first_release_still_exists() -> None:
    """A renamed setting needs an entry in the upgrade guide and an error that names it."""
    first_release = """
        host port data_dir cache_dir database_url blobs_url vectors_url rabbitmq_url redis_url
        query_url api_keys traces_url log_level max_upload_mb max_files_per_upload max_pages
        extractors parser_seconds parser_page_seconds parser_memory_mb chunk_tokens
        chunk_overlap_tokens encoder_engine encoder_precision encoder_model encoder_threads
        embedder_pool embedder_concurrency embedder_lanes encoder_batch_tokens top_k
        answer_min_score lease_seconds heartbeat_seconds sweep_seconds hint_seconds
        keep_tasks_days keep_queries_days
    """
    assert set(first_release.split()) <= set(Settings.model_fields)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_public_address_requires_api_keys(host: str) -> None:
    with pytest.raises(SettingsError, match="API keys"):
        read_settings(host=host)
    assert read_settings(host=host, api_keys="me:abc").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_loopback_address_requires_no_api_keys(host: str) -> None:
    assert read_settings(host=host).host == host


def test_a_public_name_requires_api_keys() -> None:
    public_url = "https://quire.example.org"
    with pytest.raises(SettingsError, match=r"quire\.example\.org without API keys"):
        read_settings(public_url=public_url)
    assert read_settings(public_url=public_url, api_keys="me:abc").public_url == public_url
    assert read_settings(public_url="http://localhost:8000").public_url


def test_keys_are_not_in_the_representation_of_settings() -> None:
    assert "abc" not in repr(read_settings(api_keys="me:abc"))


@pytest.mark.parametrize(
    ("environment", "setting", "value"),
    [
        ({"DATABASE_URL": "postgresql://h/d"}, "database_url", "postgresql://h/d"),
        ({"CELERY_BROKER_URL": "redis://h:1/2"}, "redis_url", "redis://h:1/2"),
        ({"REDIS_HOST": "h"}, "redis_url", "redis://h:6379/0"),
        ({"REDIS_HOST": "h", "REDIS_PORT": "7"}, "redis_url", "redis://h:7/0"),
        ({"CELERY_CONCURRENCY": "2"}, "embedder_concurrency", 2),
        ({"SQL_ECHO": "true"}, "sql_echo", True),
    ],
)
def test_a_second_name_is_used_and_noted(
    environment: dict[str, str], setting: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    settings = read_settings()
    found = getattr(settings, setting)
    assert (found.get_secret_value() if isinstance(found, SecretStr) else found) == value
    assert settings.notes == (f"{next(iter(environment))} is used as {PREFIX}{setting.upper()}.",)


@pytest.mark.parametrize("own", ["postgresql://ours/d", ""])
def test_a_settings_own_name_is_preferred_to_its_alias(
    own: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://theirs/d")
    (tmp_path / ".env").write_text(f"QUIRE_DATABASE_URL={own}\n")
    settings = read_settings()
    assert settings.database_url.get_secret_value() == own
    assert settings.notes == ("DATABASE_URL differs from QUIRE_DATABASE_URL and is ignored.",)


def test_the_first_of_two_second_names_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://first:6379/0")
    monkeypatch.setenv("REDIS_HOST", "second")
    settings = read_settings()
    assert settings.redis_url.get_secret_value() == "redis://first:6379/0"
    assert settings.notes[1] == "REDIS_HOST differs from CELERY_BROKER_URL and is ignored."


def test_an_invalid_value_is_reported_under_its_second_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_CONCURRENCY", "many")
    with pytest.raises(SettingsError, match=r"^CELERY_CONCURRENCY: "):
        read_settings()


@pytest.mark.parametrize("name", UNUSED_NAMES)
def test_a_name_without_effect_is_noted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    assert read_settings().notes == (f"{name} has no effect: {UNUSED_NAMES[name]}.",)


def test_notes_on_second_names_contain_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@h/d")
    assert "secret" not in " ".join(read_settings().notes)


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("postgresql+psycopg2://h/d", "postgresql://h/d"),
        ("postgres://h/d", "postgresql://h/d"),
        ("sqlite+aiosqlite:////x/q.db", "sqlite:////x/q.db"),
        ("postgresql://h/d", "postgresql://h/d"),
    ],
)
def test_the_driver_in_a_database_address_is_ignored(given: str, opened: str) -> None:
    assert read_settings(database_url=given).resolved_database_url() == opened


def test_secrets_are_read_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "quire_database_url").write_text("postgresql://from-a-file/d\n")
    (folder / "redis_password").write_text("of another program")
    monkeypatch.setenv("QUIRE_SECRETS_DIR", str(folder))
    assert read_settings().database_url.get_secret_value() == "postgresql://from-a-file/d"
    # The environment comes first.
    monkeypatch.setenv("QUIRE_DATABASE_URL", "postgresql://from-the-environment/d")
    assert "environment" in read_settings().database_url.get_secret_value()


def test_a_file_with_the_name_of_no_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "quire_databse_url").write_text("x")
    monkeypatch.setenv("QUIRE_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="QUIRE_DATABSE_URL"):
        read_settings()


def test_a_missing_folder_of_secrets_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUIRE_SECRETS_DIR", str(tmp_path / "none"))
    assert read_settings().port == 8000
