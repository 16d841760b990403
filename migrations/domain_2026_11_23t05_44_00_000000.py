"""Places that were given back after their price had changed are paid back by a sweep."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T05:44:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "places to pay back"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0123_places_to_pay_back.up.sql"))
    return manager
