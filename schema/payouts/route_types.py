"""How a choice is explained: every candidate, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

import strawberry

from domain.money import Money as Amount
from domain.routing.rules import Candidate, DropReason, Outcome, Route
from schema.enums import show_enum
from schema.money import Money, MoneyInput
from schema.prices import Cost
from schema.scalars import CountryCode

CANDIDATES_MAX: Final = 20

show_enum(
    Outcome,
    name="RouteOutcome",
    description="What became of a candidate.",
    values={
        Outcome.CHOSEN: "It pays.",
        Outcome.KEPT: "It could; another one is better.",
        Outcome.DROPPED: "It cannot; `dropped` says why.",
    },
)
show_enum(
    DropReason,
    name="RouteDropReason",
    description="Why a candidate does not pay.",
    values={
        DropReason.NOT_CONFIGURED: "No such instance is configured.",
        DropReason.QUARANTINED: "It is set up wrongly, or was stopped.",
        DropReason.UNHEALTHY: "It says that it is down.",
        DropReason.CIRCUIT_OPEN: "It failed several times in a row a moment ago.",
        DropReason.COUNTRY_NOT_SERVED: "It does not pay to that country.",
        DropReason.CURRENCY_NOT_SERVED: "It does not pay that currency.",
        DropReason.BELOW_MINIMUM: "Too little, for it or for the rule.",
        DropReason.ABOVE_MAXIMUM: "Too much at once.",
        DropReason.NOT_REPRESENTABLE: "Not a whole number of its smallest units.",
        DropReason.NO_DESTINATION: "It does not pay to such a destination.",
        DropReason.DESTINATION_COOLING_DOWN: "The destination is too new.",
        DropReason.DESTINATION_INVALID: "It finds fault with the destination.",
        DropReason.LEVEL_TOO_LOW: "The member is not verified enough.",
        DropReason.BALANCE_TOO_LOW: "Our balance there is too low.",
        DropReason.NO_QUOTE: "It told no price in time.",
        DropReason.FEE_TOO_HIGH: "It costs more than the rule allows.",
        DropReason.ALREADY_REJECTED_HERE: "It has refused this payout before.",
    },
)


@strawberry.type(description="One instance that the rule names, and what became of it.")
class RouteCandidate:
    instance: str = strawberry.field(description="Of the configuration.")
    outcome: Outcome = strawberry.field(description="What became of it.")
    dropped: DropReason | None = strawberry.field(description="Why it does not pay.")
    payable: Money | None = strawberry.field(description="What would arrive.")
    remainder: Money | None = strawberry.field(description="What would stay on the balance.")
    fee: Money | None = strawberry.field(description="What it asks; null when nobody can tell.")
    arrives_within_seconds: int | None = strawberry.field(description="How long it takes.")

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        offer = candidate.offer
        fee = None if offer is None else offer.fee
        return cls(
            instance=candidate.instance_id,
            outcome=candidate.outcome,
            dropped=candidate.dropped,
            payable=None if offer is None else Money.of(offer.payable),
            remainder=None if offer is None else Money.of(offer.remainder),
            fee=None if fee is None else Money.of(fee),
            arrives_within_seconds=None
            if offer is None
            else int(offer.arrives_within.total_seconds()),
        )

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> Self:
        """As a decision was stored."""
        return cls(
            instance=line["instance"],
            outcome=Outcome(line["outcome"]),
            dropped=None if line["dropped"] is None else DropReason(line["dropped"]),
            payable=_money(line.get("payable")),
            remainder=_money(line.get("remainder")),
            fee=_money(line.get("fee")),
            arrives_within_seconds=line.get("arrives_seconds"),
        )


@strawberry.type(description="Who would pay, and why.")
class PayoutRoute:
    ruleset_version: int | None = strawberry.field(description="Null for the built-in rule.")
    rule: str | None = strawberry.field(description="Its name; null when none matched.")
    chosen: str | None = strawberry.field(description="The instance; null when nobody is left.")
    candidates: list[RouteCandidate] = strawberry.field(
        description="All that the rule names, best first; at most 20.",
        directives=[Cost(list_size=CANDIDATES_MAX)],
    )

    @classmethod
    def of(cls, route: Route) -> Self:
        return cls(
            ruleset_version=route.version,
            rule=None if route.rule is None else route.rule.name,
            chosen=None if route.chosen is None else route.chosen.instance_id,
            candidates=[RouteCandidate.of(each) for each in route.trace[:CANDIDATES_MAX]],
        )


@strawberry.input(description="A payment that nobody has asked for.")
class PayoutRouteDryRunInput:
    amount: MoneyInput = strawberry.field(description="What would leave the balance.")
    country: CountryCode = strawberry.field(description="Of the member.")
    destination_country: CountryCode = strawberry.field(description="Of the account.")
    destination_kind: str = strawberry.field(description="Such as `sandbox`.")
    level: int = strawberry.field(default=0, description="Of verification.")
    member_since: datetime | None = strawberry.field(
        default=None, description="When the member registered; null for now."
    )
    ruleset_version: int | None = strawberry.field(
        default=None, description="Of a draft to try; null for the one in force."
    )


def _money(written: Sequence[Any] | None) -> Money | None:
    return None if written is None else Money.of(Amount(int(written[0]), str(written[1])))
