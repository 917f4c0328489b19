"""All settings: one class, whose fields stand in a file for each area."""

from shared.settings.read import (
    LOOPBACK,
    NOT_SETTINGS,
    OLD_VALUES,
    Settings,
    read_settings,
    sqlite_url,
)

__all__ = ["LOOPBACK", "NOT_SETTINGS", "OLD_VALUES", "Settings", "read_settings", "sqlite_url"]
