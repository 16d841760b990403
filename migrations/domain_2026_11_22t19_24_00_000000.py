"""Campaigns have hours, limits per day and per country, and say how difficult they are."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T19:24:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "schedule"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0044_schedule.up.sql"))
    return manager
