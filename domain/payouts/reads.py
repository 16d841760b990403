"""Payouts, destinations and spent earnings as their owner may read them."""

from __future__ import annotations

from typing import Final

from domain.payouts.rules import CANCELLABLE, PayoutState
from domain.reads import Amount, Entity, One, Ruled, columns

OWN: Final = "coalesce({row}.worker_id = {viewer}, false)"


def may_cancel(state: str, is_own: bool) -> bool:  # noqa: FBT001  # as the row has them
    return is_own and PayoutState(state) in CANCELLABLE


PAYOUT: Final = Entity(
    name="Payout",
    source="from payout",
    row="payout",
    visible="{row}.worker_id = {viewer}",
    fields={
        **columns(
            "state",
            "problem",
            "requested_at",
            "paid_at",
            "closed_at",
            "cancel_asked_at",
            "held_until",
            "needed_level",
        ),
        "amount": Amount("{row}.amount_micros"),
        "fee": Amount("{row}.fee_micros"),
        "viewer_can_cancel": Ruled(may_cancel, ("{row}.state", OWN)),
        "destination": One("Destination", key="{row}.destination_id"),
    },
)
DESTINATION: Final = Entity(
    name="Destination",
    source="from destination",
    row="destination",
    visible="{row}.member_id = {viewer}",
    fields=columns(
        "kind",
        "label",
        "country",
        "currency",
        "state",
        "created_at",
        "confirmed_at",
        "removed_at",
    ),
)
SPENDING: Final = Entity(
    name="Spending",
    source="from spending",
    row="spending",
    visible="{row}.member_id = {viewer}",
    fields={**columns("spent_at"), "amount": Amount("{row}.amount_micros")},
)
ENTITIES: Final = (PAYOUT, DESTINATION, SPENDING)
