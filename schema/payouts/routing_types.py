"""What rulesets and decisions look like."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

import strawberry

from domain.errors import InvalidInput
from domain.money import AMOUNT_MICROS_MAX, MICRO_DIGITS
from domain.routing.provider import FeePayer, Rail
from domain.routing.queries import RulesetRecord
from domain.routing.rules import (
    CHEAPEST,
    HOLD_HOURS,
    Rule,
    RulesetState,
    Schedule,
    When,
)
from schema.context import Context
from schema.enums import show_enum
from schema.ids import Tag
from schema.money import CurrencyCode
from schema.payouts import terms as _shown  # noqa: F401  # enums of these types
from schema.prices import Cost
from schema.scalars import CountryCode

PROVIDERS_MAX: Final = 20
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
        directives=[Cost(list_size=PROVIDERS_MAX)],
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
