"""Staff can end a campaign for good; live claims of it are revoked."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T15:42:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "campaign_blocks"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0042_campaign_blocks.up.sql"))
    return manager
