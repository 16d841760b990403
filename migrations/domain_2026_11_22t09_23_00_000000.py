"""What arrives unasked is booked and waits for two people; refunds are watched after their end.

Tokens sent to a settled deposit were nobody's, and a refund that failed late stayed done.
"""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T09:23:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "deposit extras"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0023_deposit_extras.up.sql"))
    return manager
