"""What came to our account by a bank's statement stands on its file, for the two who confirm it."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T15:38:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "file_arrivals"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0038_file_arrivals.up.sql"))
    return manager
