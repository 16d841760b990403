"""Shares of a rate bucket that a process takes, and brings back, for the cost budget."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T04:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "cost budget"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0012_cost_budget.up.sql"))
    return manager
