"""Work is approved by itself where its answers are known to be right or agree with the crowd."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-23T02:24:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "approval by rule"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0104_approval_by_rule.up.sql"))
    return manager
