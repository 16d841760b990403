"""What rulesets and decisions look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

import strawberry

from domain.errors import InvalidInput
from domain.money import AMOUNT_MICROS_MAX, MICRO_DIGITS
from domain.money import Money as Amount
from domain.routing.provider import FeePayer, Rail
from domain.routing.queries import RulesetRecord
from domain.routing.rules import (
    CHEAPEST,
    HOLD_HOURS,
    Candidate,
    DropReason,
    Outcome,
    Route,
    Rule,
    RulesetState,
    Schedule,
    When,
)
from schema.context import Context
from schema.enums import show_enum
from schema.ids import Tag
from schema.money import CurrencyCode, Money, MoneyInput
from schema.payouts import terms as _shown  # noqa: F401  # enums of these types
from schema.prices import Cost
from schema.scalars import CountryCode

CANDIDATES_MAX: Final = 20
RULES_MAX: Final = 50

show_enum(
    RulesetState,
    name="RoutingRulesetState",
    description="State of a ruleset.",
    values={
        RulesetState.DRAFT: "Written; another person approves it.",
        RulesetState.APPROVED: "Decides from its day on, until a newer one does.",
        RulesetState.WITHDRAWN: "Decides nothing any more.",
    },
)
show_enum(
    Rail,
    name="PayoutRail",
    description="By which kind of way money goes.",
    values={
        Rail.WALLET: "An account at a payment service.",
        Rail.BANK_SEPA: "A bank account in the euro payments area.",
        Rail.BANK_ACH: "A bank account in the United States.",
        Rail.BANK_LOCAL: "A bank account elsewhere.",
        Rail.CARD: "A payment card.",
        Rail.STABLECOIN: "A token on a blockchain.",
        Rail.MANUAL: "People do it.",
        Rail.SANDBOX: "No money moves.",
    },
)
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


@strawberry.type(description="What must be so for a rule to decide; null says nothing.")
class RoutingCondition:
    country: CountryCode | None = strawberry.field(description="Of the member.")
    region: str | None = strawberry.field(description="Group of such countries, as `SEPA`.")
    destination_country: CountryCode | None = strawberry.field(description="Of the account.")
    currency: CurrencyCode | None = strawberry.field(description="Of the payout.")
    amount_from: Decimal | None = strawberry.field(description="At least so much.")
    amount_to: Decimal | None = strawberry.field(description="At most so much.")
    destination_kind: str | None = strawberry.field(description="Such as `sandbox`.")
    rail: Rail | None = strawberry.field(description="A configured instance pays it that way.")
    level: int | None = strawberry.field(description="Verification, at least.")
    member_age_days: int | None = strawberry.field(description="Days since they registered.")
    legal_entity: str | None = strawberry.field(description="Code of our company that pays.")

    @classmethod
    def of(cls, when: When) -> Self:
        return cls(
            country=None if when.country is None else CountryCode(when.country),
            region=when.region,
            destination_country=None
            if when.destination_country is None
            else CountryCode(when.destination_country),
            currency=None if when.currency is None else CurrencyCode[when.currency],
            amount_from=_units(when.amount_from_micros),
            amount_to=_units(when.amount_to_micros),
            destination_kind=when.destination_kind,
            rail=when.rail,
            level=when.level,
            member_age_days=when.member_age_days,
            legal_entity=when.legal_entity,
        )


@strawberry.type(description="One rule; the first whose conditions hold decides.")
class RoutingRule:
    name: str = strawberry.field(description="Shown in decisions.")
    when: RoutingCondition = strawberry.field(description="Its conditions.")
    providers: list[str] = strawberry.field(
        description="Instances, in this order; at most 20.",
        directives=[Cost(list_size=CANDIDATES_MAX)],
    )
    router: str = strawberry.field(description="`cheapest`, `first`, or of a plugin.")
    minimum: Decimal | None = strawberry.field(description="Less is refused or carried over.")
    max_fee_basis_points: int | None = strawberry.field(description="Who asks more is dropped.")
    fee_payer: FeePayer = strawberry.field(description="Who pays the fee.")
    schedule: Schedule = strawberry.field(description="When such payouts go.")
    hold_hours: int = strawberry.field(description="After a destination was added.")

    @classmethod
    def of(cls, rule: Rule) -> Self:
        return cls(
            name=rule.name,
            when=RoutingCondition.of(rule.when),
            providers=list(rule.providers),
            router=rule.router,
            minimum=_units(rule.minimum_micros),
            max_fee_basis_points=rule.max_fee_basis_points,
            fee_payer=rule.fee_payer,
            schedule=rule.schedule,
            hold_hours=rule.hold_hours,
        )


@strawberry.type(description="One version of the rules, and who stands for it.")
class RoutingVersion:
    version: int = strawberry.field(description="Counts up.")
    state: RulesetState = strawberry.field(description="Where it stands.")
    effective_from: datetime = strawberry.field(description="Decides from then on.")
    note: str = strawberry.field(description="Why, in the words of its author.")
    author_id: strawberry.ID = strawberry.field(description="The member who wrote it.")
    created_at: datetime = strawberry.field(description="When it was written.")
    approver_id: strawberry.ID | None = strawberry.field(description="The member who approved it.")
    approved_at: datetime | None = strawberry.field(description="When it was approved.")
    withdrawn_by_id: strawberry.ID | None = strawberry.field(
        description="The member who withdrew it."
    )
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn.")

    @classmethod
    def of(cls, record: RulesetRecord, context: Context) -> Self:
        return cls(**_version_facts(record, context))


@strawberry.type(description="All rules of one version, and who stands for them.")
class RoutingRuleset(RoutingVersion):
    rules: list[RoutingRule] = strawberry.field(
        description="In their order; at most 50.", directives=[Cost(list_size=RULES_MAX)]
    )

    @classmethod
    def of(cls, record: RulesetRecord, context: Context) -> Self:
        rules = [RoutingRule.of(each) for each in record.rules]
        return cls(**_version_facts(record, context), rules=rules)


def _version_facts(record: RulesetRecord, context: Context) -> dict[str, Any]:
    def member(key: UUID | None) -> strawberry.ID | None:
        return None if key is None else context.ids.encode(Tag.MEMBER, key)

    return {
        "version": record.version,
        "state": record.state,
        "effective_from": record.effective_from,
        "note": record.note,
        "author_id": member(record.author_id),
        "created_at": record.created_at,
        "approver_id": member(record.approver_id),
        "approved_at": record.approved_at,
        "withdrawn_by_id": member(record.withdrawn_by),
        "withdrawn_at": record.withdrawn_at,
    }


@strawberry.input(description="What must be so for a rule to decide; left out says nothing.")
class RoutingConditionInput:
    country: CountryCode | None = strawberry.field(default=None, description="Of the member.")
    region: str | None = strawberry.field(
        default=None, description="Group of such countries, as `SEPA`."
    )
    destination_country: CountryCode | None = strawberry.field(
        default=None, description="Of the account."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Of the payout; needed beside an amount."
    )
    amount_from: Decimal | None = strawberry.field(default=None, description="At least so much.")
    amount_to: Decimal | None = strawberry.field(default=None, description="At most so much.")
    destination_kind: str | None = strawberry.field(default=None, description="Such as `sandbox`.")
    rail: Rail | None = strawberry.field(
        default=None, description="A configured instance pays it that way."
    )
    level: int | None = strawberry.field(default=None, description="Verification, at least.")
    member_age_days: int | None = strawberry.field(
        default=None, description="Days since they registered, at least."
    )
    legal_entity: str | None = strawberry.field(
        default=None, description="Code of our company that pays."
    )

    def to_when(self, *path: str) -> When:
        return When(
            country=self.country,
            region=self.region,
            destination_country=self.destination_country,
            currency=None if self.currency is None else self.currency.name,
            amount_from_micros=_micros(self.amount_from, *path, "amount_from"),
            amount_to_micros=_micros(self.amount_to, *path, "amount_to"),
            destination_kind=self.destination_kind,
            rail=self.rail,
            level=self.level,
            member_age_days=self.member_age_days,
            legal_entity=self.legal_entity,
        )


@strawberry.input(description="One rule of a new ruleset.")
class RoutingRuleInput:
    name: str = strawberry.field(description="Shown in decisions, 1 to 100 characters.")
    when: RoutingConditionInput = strawberry.field(
        default_factory=RoutingConditionInput, description="Its conditions; none: always."
    )
    providers: list[str] = strawberry.field(description="1 to 20 instances, in this order.")
    router: str = strawberry.field(
        default=CHEAPEST, description="`cheapest`, `first`, or of a plugin."
    )
    minimum: Decimal | None = strawberry.field(
        default=None, description="In the currency of the payout; less is refused or carried over."
    )
    max_fee_basis_points: int | None = strawberry.field(
        default=None, description="Who asks more is dropped; 150 is 1.5 percent."
    )
    fee_payer: FeePayer = strawberry.field(
        default=FeePayer.PLATFORM, description="Who pays the fee."
    )
    schedule: Schedule = strawberry.field(
        default=Schedule.AT_ONCE, description="When such payouts go."
    )
    hold_hours: int = strawberry.field(
        default=HOLD_HOURS, description="After a destination was added, 0 to 720."
    )

    def to_rule(self, position: int) -> Rule:
        """Refuses with `InvalidInput`."""
        place = ("rules", str(position))
        return Rule(
            name=self.name,
            when=self.when.to_when(*place, "when"),
            providers=tuple(self.providers),
            router=self.router,
            minimum_micros=_micros(self.minimum, *place, "minimum"),
            max_fee_basis_points=self.max_fee_basis_points,
            fee_payer=self.fee_payer,
            schedule=self.schedule,
            hold_hours=self.hold_hours,
        )


@strawberry.input(description="Writes a new version of all rules.")
class RoutingRulesetDraftInput:
    rules: list[RoutingRuleInput] = strawberry.field(description="1 to 50, in their order.")
    effective_from: datetime = strawberry.field(description="Not in the past.")
    note: str = strawberry.field(description="Why; at most 1000 characters.")


@strawberry.input(description="Approves a ruleset that another person has written.")
class RoutingRulesetApproveInput:
    version: int = strawberry.field(description="Of a draft.")


@strawberry.input(description="Withdraws a ruleset.")
class RoutingRulesetWithdrawInput:
    version: int = strawberry.field(description="Of a draft or an approved one.")


def _micros(units: Decimal | None, *path: str) -> int | None:
    """Refuses with `InvalidInput`."""
    if units is None:
        return None
    micros = int(units.scaleb(MICRO_DIGITS))
    if not 0 <= micros <= AMOUNT_MICROS_MAX:
        raise InvalidInput("an amount that is not below zero", path=path)
    return micros


def _units(micros: int | None) -> Decimal | None:
    return None if micros is None else Decimal(micros).scaleb(-MICRO_DIGITS).normalize() + 0


def _money(written: Sequence[Any] | None) -> Money | None:
    return None if written is None else Money.of(Amount(int(written[0]), str(written[1])))
