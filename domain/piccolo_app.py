"""Tells Piccolo where tables and migrations lie; it wants a path that ends in `piccolo_app`."""

from __future__ import annotations

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

TABLE_MODULES = [
    "domain.access.tables",
    "domain.analytics.tables",
    "domain.assignments.tables",
    "domain.campaigns.tables",
    "domain.consents.tables",
    "domain.categories.tables",
    "domain.deposits.tables",
    "domain.disputes.tables",
    "domain.events.tables",
    "domain.hosts.tables",
    "domain.idempotency.tables",
    "domain.invitations.tables",
    "domain.invoices.tables",
    "domain.ledger.tables",
    "domain.looks.tables",
    "domain.matching.tables",
    "domain.members.tables",
    "domain.messages.tables",
    "domain.notifications.tables",
    "domain.payouts.tables.payouts",
    "domain.payouts.tables.sending",
    "domain.privacy.tables",
    "domain.provider_inbox.tables",
    "domain.rates.tables",
    "domain.ratings.tables",
    "domain.reference.tables",
    "domain.referrals.tables",
    "domain.rewards.tables",
    "domain.risk.tables",
    "domain.routing.tables",
    "domain.searches.tables",
    "domain.skills.tables",
    "domain.suspensions.tables",
    "domain.supplements.tables",
    "domain.tasks.tables",
    "domain.taxes.tables",
    "domain.tickets.tables",
    "domain.trusted_documents.tables",
    "domain.uploads.tables",
    "domain.verification.tables",
    "domain.vault.tables",
    "domain.webhooks.tables",
    "domain.workers.tables",
]

APP_CONFIG = AppConfig(
    app_name="domain",
    migrations_folder_path=str(Path(__file__).parent.parent / "migrations"),
    table_classes=table_finder(TABLE_MODULES),
    migration_dependencies=[],
)
