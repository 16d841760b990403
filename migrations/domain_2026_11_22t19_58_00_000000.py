"""Whether payouts are paid in time is counted by an index, not by reading them all."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T19:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "payout timeliness"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0061_payout_timeliness.up.sql"))
    return manager
