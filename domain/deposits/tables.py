"""Rows of deposits; migration 0007 is what creates them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from domain.deposits.rules import DepositState
from domain.members.tables import Member


class Deposit(Table, tablename="deposit"):
    """Money an employer brings; its state moves by `rules.MOVES` only."""

    id = UUID(primary_key=True, default=None)
    employer_id = ForeignKey(
        Member,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
        null=False,
        default=None,
        index=True,
    )
    state = Text(default=None, choices=DepositState)
    currency = Text(default=None)
    amount_micros = BigInt(default=None, help_text="What the employer may spend, gross.")
    fee_micros = BigInt(null=True, default=None, help_text="What the provider kept of it.")
    deposit_ref = Text(default=None, help_text="The idempotency key at the provider.")
    instance_id = Text(default=None)
    reference = Text(default=None, help_text="The employer's own note, handed to the provider.")
    return_url = Text(default=None, help_text="Where the provider sends the employer afterwards.")
    provider_ref = Text(null=True, default=None)
    redirect_url = Text(null=True, default=None, help_text="Where the employer pays.")
    failure = Text(null=True, default=None, help_text="The provider's code.")
    started_at = Timestamptz(default=None)
    settled_at = Timestamptz(null=True, default=None)
    create_count = Integer(default=None, help_text="Tries to announce it to the provider.")
    look_up_count = Integer(default=None)
    due_at = Timestamptz(null=True, default=None, help_text="Of the next job.")
