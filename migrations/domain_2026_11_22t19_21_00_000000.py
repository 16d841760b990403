"""What the IRS says of names and numbers that do not match, and what followed of it."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T19:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "b_notices"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0036_b_notices.up.sql"))
    return manager
