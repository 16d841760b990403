"""Rulesets: written, approved and tried by finance; and why a payout goes where it goes."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.access.queries import Viewer
from domain.errors import Refused
from domain.members.rules import Role
from domain.money import Money as Amount
from domain.payouts import operations as payouts
from domain.payouts.operations.routes import Asked
from domain.routing import operations, queries
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.errors import user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.payouts.route_types import PayoutRoute, PayoutRouteDryRunInput
from schema.payouts.routing_types import (
    RoutingRuleset,
    RoutingRulesetApproveInput,
    RoutingRulesetDraftInput,
    RoutingRulesetWithdrawInput,
)
from schema.prices import Cost

READ: Final = [Auth(scopes=["finance:read"]), Cost(weight=50)]
WRITE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]


@strawberry.type(description="Outcome of `routingRulesetDraft`.")
class RoutingRulesetDraftPayload(Payload):
    ruleset: RoutingRuleset | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `routingRulesetApprove`.")
class RoutingRulesetApprovePayload(Payload):
    ruleset: RoutingRuleset | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Outcome of `routingRulesetWithdraw`.")
class RoutingRulesetWithdrawPayload(Payload):
    ruleset: RoutingRuleset | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Reads.")
class RoutingQueries:
    @strawberry.field(
        description="Who would pay such a payment, with every candidate explained; writes "
        "nothing. Needs the role finance.",
        directives=READ,
    )
    async def payout_route_dry_run(
        self, info: Info, input: In[PayoutRouteDryRunInput]
    ) -> PayoutRoute | None:
        context = info.context
        require_finance(context.viewer)
        asked = Asked(
            amount=input.amount.positive("amount"),
            fee=Amount(0, input.amount.currency.name),
            country=input.country,
            level=input.level,
            member_since=input.member_since or context.now,
            destination_kind=input.destination_kind,
            destination_country=input.destination_country,
            is_exact=False,
        )
        _, route = await payouts.dry_run(
            asked=asked,
            providers=context.services.payouts,
            now=context.now,
            version=input.ruleset_version,
        )
        return PayoutRoute.of(route)


@strawberry.type(description="Changes.")
class RoutingMutations:
    @strawberry.mutation(
        description="Write a new version of all rules. Needs finance:write.", directives=WRITE
    )
    async def routing_ruleset_draft(
        self, info: Info, input: In[RoutingRulesetDraftInput]
    ) -> RoutingRulesetDraftPayload | None:
        context = info.context
        try:
            version = await operations.draft_ruleset(
                author_id=context.signed_in().member_id,
                rules=[each.to_rule(at) for at, each in enumerate(input.rules)],
                effective_from=input.effective_from,
                note=input.note,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return RoutingRulesetDraftPayload(errors=[user_error(refusal)])
        return RoutingRulesetDraftPayload(ruleset=await shown(context, version))

    @strawberry.mutation(
        description="Approve what another person has written. Needs finance:write.",
        directives=WRITE,
    )
    async def routing_ruleset_approve(
        self, info: Info, input: In[RoutingRulesetApproveInput]
    ) -> RoutingRulesetApprovePayload | None:
        context = info.context
        try:
            await operations.approve_ruleset(
                version=input.version,
                approver_id=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return RoutingRulesetApprovePayload(errors=[user_error(refusal)])
        return RoutingRulesetApprovePayload(ruleset=await shown(context, input.version))

    @strawberry.mutation(
        description="Withdraw a ruleset: the one before it decides again. Needs finance:write.",
        directives=WRITE,
    )
    async def routing_ruleset_withdraw(
        self, info: Info, input: In[RoutingRulesetWithdrawInput]
    ) -> RoutingRulesetWithdrawPayload | None:
        context = info.context
        try:
            await operations.withdraw_ruleset(
                version=input.version, member_id=context.signed_in().member_id, now=context.now
            )
        except Refused as refusal:
            return RoutingRulesetWithdrawPayload(errors=[user_error(refusal)])
        return RoutingRulesetWithdrawPayload(ruleset=await shown(context, input.version))


def require_finance(viewer: Viewer | None) -> None:
    if viewer is None or Role.FINANCE not in viewer.roles:
        raise Forbidden(Role.FINANCE)


async def shown(context: Context, version: int) -> RoutingRuleset | None:
    record = await queries.ruleset_record(version)
    return None if record is None else RoutingRuleset.of(record, context)
