"""What finance does about providers' news and about deposits that are not what was asked for."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Final

import strawberry

from domain.deposits import operations as deposits
from domain.deposits import queries as deposited
from domain.deposits.rules import Decision
from domain.errors import Refused
from domain.provider_inbox import operations, queries
from domain.provider_inbox.operations import FileUnreadable
from schema.auth import Auth
from schema.context import Info
from schema.deposits import Deposit
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In, Wish, key_of
from schema.payloads import MoneyPayload, Payload
from schema.prices import Cost
from schema.provider_oversight import ProviderEvent, StatementLine

FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]
REFS_MAX: Final = 100
CONTENT_LENGTH_MAX: Final = (
    900_000  # of a request's million; larger ones by `piecerate payouts file`
)


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


@strawberry.input(description="Brings a file of a provider, such as a bank's statement.")
class ProviderFileReadInput:
    instance: str = strawberry.field(description="Whose file it is.")
    name: str = strawberry.field(description="As staff call it.")
    content: str = strawberry.field(
        description="The bytes in base64, at most 900000 characters; larger ones are read by "
        "`piecerate payouts file`."
    )


@strawberry.type(description="Outcome of `providerFileRead`.")
class ProviderFileReadPayload(Payload):
    changed_count: int | None = strawberry.field(
        default=None, description="Payments that it moved on; null on refusal."
    )
    line_count: int | None = strawberry.field(
        default=None, description="Lines that are held against the books; null on refusal."
    )
    unknown_refs: list[str] | None = strawberry.field(
        default=None,
        description="References that nothing of ours has, at most 100; null on refusal.",
        directives=[Cost(list_size=REFS_MAX)],
    )
    unclear_batches: list[str] | None = strawberry.field(
        default=None,
        description="Batches booked as a whole that do not fit ours, at most 100; null on refusal.",
        directives=[Cost(list_size=REFS_MAX)],
    )


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
        description="Read a file of a provider, once; what it says of payments counts as a "
        "look-up. Needs finance:write.",
        directives=FINANCE,
    )
    async def provider_file_read(
        self, info: Info, input: In[ProviderFileReadInput]
    ) -> ProviderFileReadPayload | None:
        context = info.context
        try:
            read = await operations.read_file(
                instance_id=input.instance,
                name=input.name,
                content=bytes_of(input.content),
                read_by=context.signed_in().member_id,
                news=context.services.news,
                clock=context.services.clock,
                new_id=context.services.new_id,
            )
        except Refused as refusal:
            return ProviderFileReadPayload(errors=[user_error(refusal, {"": ["instance"]})])
        return ProviderFileReadPayload(
            changed_count=read.changed,
            line_count=read.lines,
            unknown_refs=list(read.unknown[:REFS_MAX]),
            unclear_batches=list(read.unclear[:REFS_MAX]),
        )

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
        record = (await deposited.deposits_by_id(ids=[deposit_id]))[deposit_id]
        return DepositDecidePayload(
            is_decided=done.is_decided,
            deposit=Deposit.of(record, context),
            replayed=done.replayed,
        )


def bytes_of(content: str) -> bytes:
    """Refuses with `FileUnreadable`."""
    if len(content) > CONTENT_LENGTH_MAX:
        raise FileUnreadable(f"over {CONTENT_LENGTH_MAX} characters")
    try:
        return b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileUnreadable("no base64") from error
