"""What finance sees of runs, rules and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Self

import strawberry

from domain.money import Money as Amount
from domain.payouts import operations, queries
from domain.payouts.queries import DecisionRecord
from domain.routing import queries as rulesets
from schema.auth import Auth
from schema.context import Info
from schema.errors import InvalidId
from schema.ids import Tag
from schema.money import Money
from schema.payouts.route_types import CANDIDATES_MAX, RouteCandidate
from schema.payouts.routing import require_finance, shown
from schema.payouts.routing_types import RoutingRuleset, RoutingVersion
from schema.payouts.runs import PayoutRun
from schema.prices import Cost

RUNS_MAX: Final = 20
RULESETS_MAX: Final = 20
DECISIONS_MAX: Final = 5
CURRENCIES_MAX: Final = 9


@strawberry.type(description="Why a payout went where it went, or was held.")
class RouteDecision:
    ruleset_version: int | None = strawberry.field(description="Null for the built-in rule.")
    rule: str | None = strawberry.field(description="Its name; null when none matched.")
    chosen: str | None = strawberry.field(description="The instance; null when nobody was left.")
    decided_at: datetime = strawberry.field(description="When.")
    candidates: list[RouteCandidate] = strawberry.field(
        description="All that the rule named, best first; at most 20.",
        directives=[Cost(list_size=CANDIDATES_MAX)],
    )

    @classmethod
    def of(cls, record: DecisionRecord) -> Self:
        return cls(
            ruleset_version=record.ruleset_version,
            rule=record.rule_name,
            chosen=record.instance_id,
            decided_at=record.decided_at,
            candidates=[RouteCandidate.of_line(each) for each in record.trace[:CANDIDATES_MAX]],
        )


@strawberry.type(description="What a ruleset would have done with the payouts of the last 30 days.")
class RoutingPreview:
    payout_count: int = strawberry.field(description="How many were looked at; at most 10000.")
    moved_count: int = strawberry.field(description="How many another instance would have paid.")
    stranded_count: int = strawberry.field(description="How many nobody would have paid.")
    fee_differences: list[Money] = strawberry.field(
        description="What it would have cost more, or less where below zero; one per currency, "
        "at most 9.",
        directives=[Cost(list_size=CURRENCIES_MAX)],
    )


@strawberry.type(description="Payout runs, rules and decisions, for finance.")
class PayoutOversight:
    @strawberry.field(
        description="Payout runs, newest first, at most 20.",
        directives=[Cost(weight=10, list_size=RUNS_MAX)],
    )
    async def payout_runs(self, info: Info) -> list[PayoutRun] | None:
        return [PayoutRun.of(each, info.context) for each in await queries.payout_runs()]

    @strawberry.field(
        description="Versions of the rules, newest first, at most 20.",
        directives=[Cost(weight=10, list_size=RULESETS_MAX)],
    )
    async def routing_versions(self, info: Info) -> list[RoutingVersion] | None:
        return [RoutingVersion.of(each, info.context) for each in await rulesets.rulesets()]

    @strawberry.field(
        description="The rules of one version; null for none.", directives=[Cost(weight=5)]
    )
    async def routing_ruleset(
        self,
        info: Info,
        version: Annotated[int, strawberry.argument(description="Which one.")],
    ) -> RoutingRuleset | None:
        return await shown(info.context, version)

    @strawberry.field(
        description="Why a payout goes where it goes, newest first, at most 5; null for none.",
        directives=[Cost(weight=5, list_size=DECISIONS_MAX)],
    )
    async def route_decisions(
        self,
        info: Info,
        payout_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    ) -> list[RouteDecision] | None:
        try:
            key = info.context.ids.decode(Tag.PAYOUT, payout_id)
        except InvalidId:
            return None
        return [RouteDecision.of(each) for each in await queries.route_decisions(payout_id=key)]

    @strawberry.field(
        description="Try a ruleset, such as a draft, on the last 30 days; prices are today's.",
        directives=[Cost(weight=100)],
    )
    async def routing_preview(
        self,
        info: Info,
        version: Annotated[int, strawberry.argument(description="Of the ruleset.")],
    ) -> RoutingPreview | None:
        found = await operations.preview_ruleset(
            version=version, providers=info.context.services.payouts, now=info.context.now
        )
        return RoutingPreview(
            payout_count=found.payout_count,
            moved_count=found.moved_count,
            stranded_count=found.stranded_count,
            fee_differences=[
                Money.of(Amount(micros, currency))
                for currency, micros in sorted(found.fee_differences.items())
            ],
        )


@strawberry.type(description="Reads.")
class PayoutOversightQueries:
    @strawberry.field(
        description="Payout runs, rules and decisions. Needs the role finance.",
        directives=[Auth(scopes=["finance:read"])],
    )
    async def payout_oversight(self, info: Info) -> PayoutOversight | None:
        require_finance(info.context.viewer)
        return PayoutOversight()
