"""A simulated Stripe, for `piecerate simulators`, the kit and tests; nothing else imports it."""

from __future__ import annotations

from plugins.payments.stripe.simulator.server import API_KEY as API_KEY
from plugins.payments.stripe.simulator.server import WEBHOOK_SECRET as WEBHOOK_SECRET
from plugins.payments.stripe.simulator.server import StripeSimulator as StripeSimulator

__all__ = ["API_KEY", "WEBHOOK_SECRET", "StripeSimulator"]
