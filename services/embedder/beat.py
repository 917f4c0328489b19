"""Schedules the daily clean-up, in exactly one process: `python -m services.embedder.beat`."""

from __future__ import annotations

import sys

from services.embedder.celery_app import make_app
from shared.domain.errors import SettingsError
from shared.settings import read_settings
from shared.system.privacy import keep_private, private_folder
from shared.telemetry.logs import configure_logging


def main() -> None:
    """Send due tasks until SIGTERM; the times of the last runs are in the data folder."""
    try:
        settings = read_settings()
        app = make_app(settings)
    except SettingsError as error:
        sys.exit(f"quire beat: {error}")
    configure_logging(
        settings.log_level, service="beat", sql_echo=settings.sql_echo, notes=settings.notes
    )
    keep_private()
    private_folder(settings.data_dir)
    app.Beat(schedule=str(settings.data_dir / "beat-schedule"), quiet=True).run()


if __name__ == "__main__":
    main()
