"""What Stripe charges us for one payment, by the contract that the configuration states."""

from __future__ import annotations

from domain.money import Money, share_micros
from plugins.payments.stripe.settings import StripeConfig


def fee_of(config: StripeConfig, amount: Money) -> Money:
    fixed = config.fee_micros.get(amount.currency, 0)
    return Money(fixed + share_micros(amount.micros, config.fee_basis_points), amount.currency)
