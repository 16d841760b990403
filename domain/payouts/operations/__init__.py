"""Everything that changes destinations, payouts, attempts and batches."""

from __future__ import annotations

from domain.payouts.operations.cancel_payout import Cancelled, cancel_payout
from domain.payouts.operations.destinations import (
    DestinationRefused,
    NoRoute,
    add_destination,
    remove_destination,
)
from domain.payouts.operations.look_up_batch import look_up_batch
from domain.payouts.operations.recover_batches import recover_batches
from domain.payouts.operations.request_payout import (
    AboveMaximum,
    AmountNotPayable,
    BelowMinimum,
    Requested,
    request_payout,
)
from domain.payouts.operations.route_payout import route_payout
from domain.payouts.operations.send_batch import send_batch

__all__ = [
    "AboveMaximum",
    "AmountNotPayable",
    "BelowMinimum",
    "Cancelled",
    "DestinationRefused",
    "NoRoute",
    "Requested",
    "add_destination",
    "cancel_payout",
    "look_up_batch",
    "recover_batches",
    "remove_destination",
    "request_payout",
    "route_payout",
    "send_batch",
]
