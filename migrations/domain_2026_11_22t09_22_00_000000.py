"""A release after screening ends no other hold, files of banks take two people, observers.

What one person brought as a bank's file counted at once, so one person could give money back.
"""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T09:22:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "payout oversight"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0022_payout_oversight.up.sql"))
    return manager
