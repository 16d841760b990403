"""What finance does about providers' news and about deposits that are not what was asked for."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.deposits import operations as deposits
from domain.deposits.rules import Decision
from domain.errors import Refused
from domain.provider_inbox import operations, queries
from schema.auth import Auth
from schema.context import Info
from schema.deposits import Deposit, deposit_given
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost
from schema.provider_oversight import ProviderEvent, StatementLine

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]


@strawberry.input(description="Has a webhook read again.")
class ProviderEventReplayInput:
    event_id: strawberry.ID = strawberry.field(description="Of `providerEvents`.")


@strawberry.type(description="Outcome of `providerEventReplay`.")
class ProviderEventReplayPayload(Payload):
    event: ProviderEvent | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Says what a line of a statement is that no booking explains.")
class StatementLineExplainInput:
    line_id: strawberry.ID = strawberry.field(description="Of `statementExceptions`.")
    note: str = strawberry.field(description="What it is, in one line of at most 1000 characters.")


@strawberry.type(description="Outcome of `statementLineExplain`.")
class StatementLineExplainPayload(Payload):
    line: StatementLine | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="Decides about a deposit that is not what was asked for.")
class DepositDecideInput(Wish):
    deposit_id: strawberry.ID = strawberry.field(description="Of `frozenDeposits`.")
    decision: Decision = strawberry.field(description="What to do.")
    note: str = strawberry.field(description="Why, in one line of at most 1000 characters.")


@strawberry.type(description="Outcome of `depositDecide`.")
class DepositDecidePayload(MoneyPayload):
    is_decided: bool | None = strawberry.field(
        default=None,
        description="False: another person has to say the same; null on refusal.",
    )
    deposit: Deposit | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class ProviderMutations:
    @strawberry.mutation(
        description="Have a webhook read again; a look-up follows. Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_event_replay(
        self, info: Info, input: In[ProviderEventReplayInput]
    ) -> ProviderEventReplayPayload | None:
        context = info.context
        try:
            event_id = context.ids.decode(Tag.PROVIDER_EVENT, input.event_id, "event_id")
            await operations.replay_event(
                event_id=event_id, member_id=context.signed_in().member_id, now=context.now
            )
        except Refused as refusal:
            return ProviderEventReplayPayload(errors=[user_error(refusal, {"": ["eventId"]})])
        record = (await queries.events_by_id(ids=[event_id]))[event_id]
        return ProviderEventReplayPayload(event=ProviderEvent.of(record, context))

    @strawberry.mutation(
        description="Say what a line of a statement is; it books nothing. Needs finance:write.",
        directives=FINANCE,
    )
    async def statement_line_explain(
        self, info: Info, input: In[StatementLineExplainInput]
    ) -> StatementLineExplainPayload | None:
        context = info.context
        try:
            line_id = context.ids.decode(Tag.STATEMENT_LINE, input.line_id, "line_id")
            await operations.explain_line(
                line_id=line_id,
                note=input.note,
                explained_by=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return StatementLineExplainPayload(errors=[user_error(refusal, {"": ["lineId"]})])
        record = (await queries.lines_by_id(ids=[line_id]))[line_id]
        return StatementLineExplainPayload(line=StatementLine.of(record, context))

    @strawberry.mutation(
        description="Credit or dismiss what arrived; two people must say the same. "
        "Needs finance:write.",
        directives=FINANCE,
    )
    async def deposit_decide(
        self, info: Info, input: In[DepositDecideInput]
    ) -> DepositDecidePayload | None:
        context = info.context
        try:
            deposit_id = context.ids.decode(Tag.DEPOSIT, input.deposit_id, "deposit_id")
            viewer = context.signed_in()
            done = await deposits.decide_deposit(
                deposit_id=deposit_id,
                decision=input.decision,
                note=input.note,
                decided_by=viewer.member_id,
                key=key_of("depositDecide", input, viewer=viewer),
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return DepositDecidePayload(errors=[user_error(refusal, {"": ["depositId"]})])
        return DepositDecidePayload(
            is_decided=done.is_decided,
            deposit=await deposit_given(context.renewed(), deposit_id),
            replayed=done.replayed,
        )
