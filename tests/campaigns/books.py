"""What the simulators have really paid, to whom, and what left our balance with each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plugins.payments.paypal.simulator.reports import start_balances
from plugins.payments.stripe.simulator.books import START_UNITS, decimals_of, micros_of
from plugins.simulation import Simulator
from tests.campaigns.feeding import Intent
from tests.campaigns.storm import StormyPayoneer, StormyPayPal, StormyStripe

Books = Mapping[tuple[str, str], int]  # by instance and currency: micros that left our balance

LEDGER: Final = """
    select split_part(a.code, ':', 2) as instance_id, e.currency, sum(e.amount)::bigint as micros
    from ledger_entry e join ledger_account a on a.id = e.account_id
    where a.kind = 'provider:clearing' and a.code <> 'provider:sandbox:clearing'
    group by 1, 2
"""


@dataclass(frozen=True, slots=True, order=True)
class Paid:
    """One effect, or one that is wanted."""

    rail: str
    place: str
    micros: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    paypal: StormyPayPal
    stripe: StormyStripe
    payoneer: StormyPayoneer

    @property
    def all(self) -> tuple[Simulator, ...]:
        return (self.paypal, self.stripe, self.payoneer)

    def know(self, wanted: Sequence[Intent]) -> None:
        """Who is paid by Stripe has an account there."""
        for each in wanted:
            if each.rail == "stripe":
                recipient = each.fields["recipient"]
                self.stripe.global_payouts.add_recipient(recipient)
                self.stripe.global_payouts.add_method(recipient, each.place)

    def go_on(self) -> None:
        """What time has brought about, with the news of it."""
        with self.payoneer.lock:
            self.payoneer.settle()
        self.paypal.effects()
        self.stripe.effects()

    def paid(self) -> list[Paid]:
        return sorted(self._paid())

    def _paid(self) -> Iterator[Paid]:
        for effect in self.paypal.effects():
            asked = self.paypal.payouts.items[effect.provider_ref].asked
            yield Paid("paypal", asked["receiver"], effect.amount_micros, effect.currency)
        for effect in self.stripe.effects():
            payment = self.stripe.books.objects[effect.provider_ref]
            place = payment["to"]["payout_method"]
            yield Paid("stripe", place, effect.amount_micros, effect.currency)
        for effect in self.payoneer.effects():
            place = self.payoneer.payee_of[effect.provider_ref]
            yield Paid("payoneer", place, effect.amount_micros, effect.currency)

    def books(self) -> Books:
        """By their balances, where they keep one."""
        found: Counter[tuple[str, str]] = Counter()
        for currency, start in start_balances().items():
            found["paypal", currency] = start - self.paypal.balances[currency]
        for currency, left in self.stripe.books.balances[""].items():
            spent = START_UNITS * 10 ** decimals_of(currency) - left
            found["stripe", currency.upper()] = micros_of(spent, currency)
        for effect in self.payoneer.effects():
            found["payoneer", effect.currency] += effect.amount_micros
        return {key: micros for key, micros in found.items() if micros}


def wanted_of(intents: Sequence[Intent]) -> list[Paid]:
    return sorted(Paid(each.rail, each.place, each.micros, each.currency) for each in intents)


def doubled(paid: Sequence[Paid]) -> Counter[str]:
    """By rail: how many destinations were paid more than once."""
    return Counter(each.rail for each, count in Counter(paid).items() if count > 1)
