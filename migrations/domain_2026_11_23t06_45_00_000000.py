"""Campaigns may say how many claims they take within an hour."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T06:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "claims per hour"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0150_claims_per_hour.up.sql"))
    return manager
