"""Deposits as their employer may read them."""

from __future__ import annotations

from typing import Final

from domain.reads import Amount, Entity, Listed, columns

REFUNDS_MAX: Final = 20

DEPOSIT: Final = Entity(
    name="Deposit",
    source="from deposit",
    row="deposit",
    visible="{row}.employer_id = {viewer}",
    fields={
        **columns(
            "state",
            "reference",
            "redirect_url",
            "instructions",
            "expires_at",
            "started_at",
            "settled_at",
        ),
        "amount": Amount("{row}.amount_micros"),
        "refunded": Amount("{row}.refunded_micros"),
        "refunds": Listed(
            "DepositRefund",
            to="{row}.deposit_id",
            order="{row}.asked_at, {row}.id",
            most=REFUNDS_MAX,
        ),
    },
)
REFUND: Final = Entity(
    name="DepositRefund",
    source="from deposit_refund r",
    row="r",
    fields={
        **columns("state", "asked_at", "ended_at"),
        "amount": Amount("{row}.amount_micros"),
    },
)
ENTITIES: Final = (DEPOSIT, REFUND)
