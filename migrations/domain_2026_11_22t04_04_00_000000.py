"""Indexes for the orders that lists of the API offer: pages stay as fast as the first one."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T04:04:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "list orders"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0013_list_orders.up.sql"))
    return manager
