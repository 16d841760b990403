"""Rows of workers' points; migration 0048 creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, Text
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.members.tables import Member
from domain.workers.rules import MeritReason


class WorkerMerit(Table, tablename="worker_merit"):
    """Why a worker has points: once per assignment and reason. Append-only."""

    assignment_id = UUID(primary_key=True, default=None, help_text="With the reason the key.")
    reason = Text(default=None, choices=MeritReason)
    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    gained_on = Date(default=None, help_text="The day of the rate, in UTC.")
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What was paid for it; 0 for stars.")
    usd_micros = BigInt(
        null=True, default=None, help_text="The same in dollars; empty while the rate is missing."
    )


class WorkerStanding(Table, tablename="worker_standing"):
    """The sums of a worker's merits, and the level they make. It never falls."""

    worker_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        primary_key=True,
    )
    satisfied_count = Integer(default=None, help_text="Assignments approved as a whole.")
    five_star_count = Integer(default=None, help_text="Of these, rated with five stars.")
    usd_micros = BigInt(default=None)
    level = Integer(default=None, help_text="0 to 10, as the published formula has it.")
