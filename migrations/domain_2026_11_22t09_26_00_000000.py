"""Which checks make a level, and which payments need one, are dated data that two people decide."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T09:26:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "verification rules"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0026_verification_rules.up.sql"))
    return manager
