"""One PostgreSQL server per home, run as a child of the `piecerate` command."""

from __future__ import annotations

from gateway.embedded.faults import OwnedElsewhere, PostgresRefused
from gateway.embedded.reachable import DatabaseRefused, reachable_database
from gateway.embedded.server import EmbeddedPostgres, ServerAddress

__all__ = [
    "DatabaseRefused",
    "EmbeddedPostgres",
    "OwnedElsewhere",
    "PostgresRefused",
    "ServerAddress",
    "reachable_database",
]
