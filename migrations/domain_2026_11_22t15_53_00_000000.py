"""Linked members bring each other nothing; what fraud won is taken back; shared payees wait."""

from __future__ import annotations

from functools import partial

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from domain.database import run_migration_file

ID = "2026-11-22T15:53:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "referral links"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="domain", description=DESCRIPTION)
    manager.add_raw(partial(run_migration_file, "0053_referral_links.up.sql"))
    return manager
