"""Members hear of new places to be paid, and again of money that waits to be collected."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T09:24:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "payout notices"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0024_payout_notices.up.sql"))
    return manager
