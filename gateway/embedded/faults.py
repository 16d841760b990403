"""Why a server of ours does not start."""

from __future__ import annotations

from gateway.refused import CommandRefused


class PostgresRefused(CommandRefused):
    """The embedded server cannot run."""


class OwnedElsewhere(RuntimeError):
    """Another piecerate command holds this home and runs its server."""
