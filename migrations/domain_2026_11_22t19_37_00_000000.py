"""What an hour of a campaign pays is shown before a claim, and too little of it before it opens."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T19:37:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "wages"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0047_wages.up.sql"))
    return manager
