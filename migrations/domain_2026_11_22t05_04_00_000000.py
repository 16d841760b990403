"""Taking a place in one round trip instead of four: claims are the busiest change of all."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T05:04:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "claim place"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0018_claim_place.up.sql"))
    return manager
