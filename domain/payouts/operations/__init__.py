"""Everything that changes destinations, payouts, attempts and batches."""

from __future__ import annotations

from domain.payouts.operations.advance_attempt import advance_attempt
from domain.payouts.operations.cancel_at_provider import cancel_at_provider
from domain.payouts.operations.cancel_payout import Cancelled, cancel_payout
from domain.payouts.operations.confirmations import confirm_destination, confirmation_code
from domain.payouts.operations.destinations import (
    DestinationRefused,
    NoRoute,
    add_destination,
    remove_destination,
)
from domain.payouts.operations.forget import forget_destinations
from domain.payouts.operations.hear_news import hear_of_batches
from domain.payouts.operations.instructions import (
    fulfil_instructions,
    pause_instruction,
    remove_instruction,
    set_instruction,
)
from domain.payouts.operations.look_up_batch import look_up_batch
from domain.payouts.operations.member_holds import end_own_hold, hold_own_payouts
from domain.payouts.operations.methods import NoMethods, PayoutMethod, payout_methods
from domain.payouts.operations.needed_levels import hear_of_standing
from domain.payouts.operations.pace import lift_quarantine
from domain.payouts.operations.payout_runs import cancel_run, collect_runs, release_run
from domain.payouts.operations.preview_routes import (
    Preview,
    dry_run,
    preview_ruleset,
)
from domain.payouts.operations.quotes import (
    AgreedFee,
    PayoutQuote,
    QuoteExpired,
    QuoteNeeded,
    quote_payout,
)
from domain.payouts.operations.record_observations import Recorded, record_observations
from domain.payouts.operations.recover_batches import recover_batches
from domain.payouts.operations.releases import Released, release_cooled, release_payout
from domain.payouts.operations.remind import remind_unclaimed
from domain.payouts.operations.request_payout import (
    AboveMaximum,
    AmountNotPayable,
    BelowMinimum,
    Requested,
    request_payout,
)
from domain.payouts.operations.resolve_attempt import (
    Decided,
    Proposed,
    approve_resolution,
    decline_resolution,
    propose_resolution,
    retry_payout,
)
from domain.payouts.operations.route_payout import route_payout
from domain.payouts.operations.send_batch import send_batch
from domain.payouts.operations.spend_earnings import (
    EarningsHeld,
    Spent,
    spend_earnings,
    spending_bound,
)
from domain.payouts.operations.tell_observers import tell_observers

__all__ = [
    "AboveMaximum",
    "AgreedFee",
    "AmountNotPayable",
    "BelowMinimum",
    "Cancelled",
    "Decided",
    "DestinationRefused",
    "EarningsHeld",
    "NoMethods",
    "NoRoute",
    "PayoutMethod",
    "PayoutQuote",
    "Preview",
    "Proposed",
    "QuoteExpired",
    "QuoteNeeded",
    "Recorded",
    "Released",
    "Requested",
    "Spent",
    "add_destination",
    "advance_attempt",
    "approve_resolution",
    "cancel_at_provider",
    "cancel_payout",
    "cancel_run",
    "collect_runs",
    "confirm_destination",
    "confirmation_code",
    "decline_resolution",
    "dry_run",
    "end_own_hold",
    "forget_destinations",
    "fulfil_instructions",
    "hear_of_batches",
    "hear_of_standing",
    "hold_own_payouts",
    "lift_quarantine",
    "look_up_batch",
    "pause_instruction",
    "payout_methods",
    "preview_ruleset",
    "propose_resolution",
    "quote_payout",
    "record_observations",
    "recover_batches",
    "release_cooled",
    "release_payout",
    "release_run",
    "remind_unclaimed",
    "remove_destination",
    "remove_instruction",
    "request_payout",
    "retry_payout",
    "route_payout",
    "send_batch",
    "set_instruction",
    "spend_earnings",
    "spending_bound",
    "tell_observers",
]
