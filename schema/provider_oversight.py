"""What finance sees of providers: how they are, what they say, and where the books differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Self

import msgspec
import strawberry

from domain.deposits import queries as deposits
from domain.deposits.queries import DecisionRecord, DepositRecord
from domain.deposits.rules import Decision
from domain.provider_inbox import queries
from domain.provider_inbox.queries import (
    DriftRecord,
    EventRecord,
    InstanceLoad,
    LineRecord,
    RefusedRecord,
    StatementRecord,
)
from domain.provider_inbox.rules import EventState, Reason
from domain.provider_news import LineKind
from schema.context import Context, Info
from schema.deposits import Deposit
from schema.enums import show_enum
from schema.ids import Tag
from schema.money import Money
from schema.node import given_object
from schema.prices import Cost
from schema.provider_reports import ProviderReport, ProviderStatus

PROVIDERS_MAX: Final = 20
LIST_MAX: Final = 40
DRIFT_MAX: Final = 60
DRIFT_DAYS: Final = 92
PARTS_MAX: Final = 300  # countries of one provider
REFUSED_DAYS: Final = 7

show_enum(
    ProviderStatus,
    name="PayoutProviderStatus",
    description="How a payout provider is.",
    values={
        ProviderStatus.READY: "It may be given payouts.",
        ProviderStatus.DEGRADED: "It works, and says that something is wrong.",
        ProviderStatus.QUARANTINED: "Nothing new is sent until staff lift it; look-ups go on.",
        ProviderStatus.BLOCKED: "Installed, but not on the allow-list.",
        ProviderStatus.REFUSED: "Configured, but no plugin offers it.",
        ProviderStatus.DOWN: "It does not answer, or says that it is down.",
    },
)
show_enum(
    EventState,
    name="ProviderEventState",
    description="What became of a webhook.",
    values={
        EventState.RECEIVED: "Kept, not read yet.",
        EventState.MATCHED: "A look-up was asked for.",
        EventState.UNMATCHED: "About nothing we know; tried again.",
        EventState.IGNORED: "Of a type that changes nothing.",
        EventState.UNREADABLE: "Genuine, but its plugin fails to read it.",
    },
)
show_enum(
    LineKind,
    name="StatementLineKind",
    description="What a line of a provider's statement is.",
    values={
        LineKind.PAYOUT: "A payment to a member.",
        LineKind.FEE: "What the provider charged us.",
        LineKind.RETURN: "Money that came back, or went back to a payer.",
        LineKind.REVERSAL: "Money that the provider or a bank took back.",
        LineKind.DEPOSIT: "Money of an employer.",
        LineKind.TOP_UP: "Our own money, moved to or from the provider.",
        LineKind.EXCHANGE: "One currency changed into another.",
        LineKind.OTHER: "Anything else.",
    },
)
show_enum(
    Reason,
    name="StatementExceptionReason",
    description="Why a line does not agree with the books.",
    values={
        Reason.UNKNOWN_REF: "It names nothing of ours.",
        Reason.NO_REF: "It names nothing at all.",
        Reason.AMOUNT_DIFFERS: "Another amount or currency than was sent or asked for.",
        Reason.FEE_DIFFERS: "Another fee than was booked.",
        Reason.NOT_BOOKED_HERE: "Moved there, not with us.",
        Reason.BOOKED_TWICE: "Moved there more than once.",
    },
)
show_enum(
    Decision,
    name="DepositDecision",
    description="What two people may do with a deposit that is not what was asked for.",
    values={
        Decision.CREDIT: "Give the employer what arrived.",
        Decision.DISMISS: "Book nothing; the money is dealt with elsewhere.",
    },
)


@strawberry.type(description="The form of one kind of destination.")
class PayoutProviderForm:
    kind: str = strawberry.field(description="For `destinationAdd`.")
    form_schema: str = strawberry.field(description="JSON Schema of the fields, as text.")


@strawberry.type(description="One account at one payout provider, or a plugin without any.")
class PayoutProvider:
    id: strawberry.ID = strawberry.field(description="Of the instance, as the operator chose it.")
    plugin: str = strawberry.field(description="Whose code runs it; empty when none does.")
    version: str = strawberry.field(description="Of the plugin.")
    status: ProviderStatus = strawberry.field(description="How it is.")
    reason: str = strawberry.field(description="Why it is not `READY`; else empty.")
    rails: list[str] = strawberry.field(
        description="Such as `wallet`; at most 8.", directives=[Cost(list_size=8)]
    )
    countries: list[str] = strawberry.field(
        description="Where it pays; none means everywhere; at most 300.",
        directives=[Cost(list_size=PARTS_MAX)],
    )
    currencies: list[str] = strawberry.field(
        description="What it pays in; at most 300.", directives=[Cost(list_size=PARTS_MAX)]
    )
    destination_schema: list[PayoutProviderForm] = strawberry.field(
        description="One per kind of destination; at most 20.", directives=[Cost(list_size=20)]
    )
    health: str = strawberry.field(description="What it says of itself.")
    abilities: list[str] = strawberry.field(
        description="What it can do besides sending, such as `Cancels`; at most 8.",
        directives=[Cost(list_size=8)],
    )
    webhook_paths: list[str] = strawberry.field(
        description="Addresses that it may be given, below our own; at most 20.",
        directives=[Cost(list_size=20)],
    )
    open_attempts: int = strawberry.field(description="Payments that are not decided.")
    unknown_attempts: int = strawberry.field(description="Payments of which nobody knows.")
    last_call_at: datetime | None = strawberry.field(description="When it was asked last.")

    @classmethod
    def of(cls, report: ProviderReport, load: InstanceLoad) -> Self:
        is_stopped = load.quarantine is not None and report.status is ProviderStatus.READY
        schemas = report.destination_schemas or {}
        return cls(
            id=strawberry.ID(report.id),
            plugin=report.plugin,
            version=report.version,
            status=ProviderStatus.QUARANTINED if is_stopped else report.status,
            reason=report.reason or load.quarantine or "",
            rails=list(report.rails[:8]),
            countries=list(report.countries[:PARTS_MAX]),
            currencies=list(report.currencies[:PARTS_MAX]),
            destination_schema=[
                PayoutProviderForm(kind=kind, form_schema=msgspec.json.encode(schema).decode())
                for kind, schema in list(schemas.items())[:20]
            ],
            health=report.health,
            abilities=list(report.abilities),
            webhook_paths=list(report.webhook_paths[:20]),
            open_attempts=load.open_attempts,
            unknown_attempts=load.unknown_attempts,
            last_call_at=load.last_call_at,
        )


@strawberry.type(description="A webhook that its provider proved genuine.")
class ProviderEvent:
    event_id: strawberry.ID = strawberry.field(description="For `providerEventReplay`.")
    instance: str = strawberry.field(description="Whose it is.")
    external_id: str = strawberry.field(description="The provider's own id of it.")
    event_type: str | None = strawberry.field(description="As the provider calls it.")
    state: EventState = strawberry.field(description="What became of it.")
    received_at: datetime = strawberry.field(description="When it came.")
    handled_at: datetime | None = strawberry.field(description="When it was read last.")
    try_count: int = strawberry.field(description="How often it was read.")
    is_replayable: bool = strawberry.field(description="Whether its body is still kept.")

    @classmethod
    def of(cls, record: EventRecord, context: Context) -> Self:
        return cls(
            event_id=context.ids.encode(Tag.PROVIDER_EVENT, record.id),
            instance=record.instance_id,
            external_id=record.event_id,
            event_type=record.event_type,
            state=record.state,
            received_at=record.received_at,
            handled_at=record.handled_at,
            try_count=record.try_count,
            is_replayable=record.is_replayable,
        )


@strawberry.type(description="Webhooks that nobody could prove; nothing else is kept of them.")
class RefusedWebhooks:
    instance: str = strawberry.field(description="Whose address it was.")
    route: str = strawberry.field(description="The last part of the address.")
    count: int = strawberry.field(description="How many in the last 7 days.")
    last_at: datetime = strawberry.field(description="When the last one came.")

    @classmethod
    def of(cls, record: RefusedRecord) -> Self:
        return cls(
            instance=record.instance_id,
            route=record.route,
            count=record.count,
            last_at=record.last_at,
        )


@strawberry.type(description="A line of a provider's statement that does not agree with the books.")
class StatementLine:
    line_id: strawberry.ID = strawberry.field(description="For `statementLineExplain`.")
    instance: str = strawberry.field(description="Whose statement it is.")
    external_id: str = strawberry.field(description="The provider's own id of it.")
    kind: LineKind = strawberry.field(description="What it is.")
    amount: Money = strawberry.field(description="Below zero where it left us.")
    booked_at: datetime = strawberry.field(description="When the provider booked it.")
    reference: str | None = strawberry.field(description="What it names, ours or the provider's.")
    reason: Reason | None = strawberry.field(description="What is wrong; null once explained.")
    note: str | None = strawberry.field(description="Of whoever explained it.")

    @classmethod
    def of(cls, record: LineRecord, context: Context) -> Self:
        return cls(
            line_id=context.ids.encode(Tag.STATEMENT_LINE, record.id),
            instance=record.instance_id,
            external_id=record.line_id,
            kind=record.kind,
            amount=Money.of(record.amount),
            booked_at=record.booked_at,
            reference=record.item_ref or record.deposit_ref or record.provider_ref,
            reason=record.reason,
            note=record.note,
        )


@strawberry.type(description="Where a provider and our books differ on one day.")
class StatementDrift:
    instance: str = strawberry.field(description="Whose statement.")
    day: date = strawberry.field(description="UTC.")
    stated: Money = strawberry.field(description="Lines that no booking explains.")
    booked: Money = strawberry.field(description="Bookings that stand on no line.")
    difference: Money = strawberry.field(description="The first less the second.")
    line_count: int = strawberry.field(description="How many such lines.")
    booking_count: int = strawberry.field(description="How many such bookings.")

    @classmethod
    def of(cls, record: DriftRecord) -> Self:
        return cls(
            instance=record.instance_id,
            day=record.day,
            stated=Money.of(record.stated),
            booked=Money.of(record.booked),
            difference=Money.of(record.difference),
            line_count=record.line_count,
            booking_count=record.booking_count,
        )


@strawberry.type(description="How far a provider's statement has been read.")
class StatementProgress:
    instance: str = strawberry.field(description="Whose.")
    read_until: datetime = strawberry.field(description="All that was booked before is here.")
    read_at: datetime = strawberry.field(description="When it was read last.")

    @classmethod
    def of(cls, record: StatementRecord) -> Self:
        return cls(
            instance=record.instance_id, read_until=record.read_until, read_at=record.read_at
        )


@strawberry.type(description="A deposit that two people must decide about.")
class FrozenDeposit:
    deposit: Deposit = strawberry.field(description="As it is.")
    arrived: Money | None = strawberry.field(description="What the provider says came.")
    proposed: Decision | None = strawberry.field(description="What one person has proposed.")
    note: str | None = strawberry.field(description="Why.")

    @classmethod
    async def of(
        cls, record: DepositRecord, decision: DecisionRecord | None, context: Context
    ) -> Self:
        async def made() -> Deposit:
            return Deposit.of(record, context)

        return cls(
            deposit=await given_object(context, Tag.DEPOSIT, record.id, made),
            arrived=None if record.arrived is None else Money.of(record.arrived),
            proposed=None if decision is None else decision.decision,
            note=None if decision is None else decision.note,
        )


@strawberry.type(description="Providers, for finance.")
class ProviderOversight:
    @strawberry.field(
        description="Payout providers and how they are, at most 20.",
        directives=[Cost(weight=100, list_size=PROVIDERS_MAX)],
    )
    async def payout_providers(self, info: Info) -> list[PayoutProvider] | None:
        context = info.context
        reports = await context.services.reports.payout_providers(now=context.now)
        loads = await queries.instance_loads(ids=[each.id for each in reports])
        return [PayoutProvider.of(each, loads[each.id]) for each in reports[:PROVIDERS_MAX]]

    @strawberry.field(
        description="Webhooks that no look-up was asked for yet, newest first, at most 40.",
        directives=[Cost(weight=5, list_size=LIST_MAX)],
    )
    async def provider_events(self, info: Info) -> list[ProviderEvent] | None:
        found = await queries.open_events()
        return [ProviderEvent.of(each, info.context) for each in found[:LIST_MAX]]

    @strawberry.field(
        description="Webhooks that were refused in the last 7 days, at most 40 addresses.",
        directives=[Cost(weight=5, list_size=LIST_MAX)],
    )
    async def refused_webhooks(self, info: Info) -> list[RefusedWebhooks] | None:
        since = info.context.now - timedelta(days=REFUSED_DAYS)
        found = await queries.refused_since(since=since)
        return [RefusedWebhooks.of(each) for each in found[:LIST_MAX]]

    @strawberry.field(
        description="Lines of statements for people, oldest first, at most 40.",
        directives=[Cost(weight=5, list_size=LIST_MAX)],
    )
    async def statement_exceptions(self, info: Info) -> list[StatementLine] | None:
        found = await queries.exceptions(limit=LIST_MAX)
        return [StatementLine.of(each, info.context) for each in found]

    @strawberry.field(
        description="Days of the last 92 on which a statement and the books differ, newest first, "
        "at most 60; none when all agrees.",
        directives=[Cost(weight=200, list_size=DRIFT_MAX)],
    )
    async def statement_drift(self, info: Info) -> list[StatementDrift] | None:
        today = info.context.now.date()
        found = await queries.drift(
            since=today - timedelta(days=DRIFT_DAYS), until=today, limit=DRIFT_MAX
        )
        return [StatementDrift.of(each) for each in found]

    @strawberry.field(
        description="How far each statement has been read, at most 20.",
        directives=[Cost(weight=5, list_size=PROVIDERS_MAX)],
    )
    async def statements(self, info: Info) -> list[StatementProgress] | None:  # noqa: ARG002  # a resolver's signature
        found = await queries.statements()
        return [StatementProgress.of(each) for each in found[:PROVIDERS_MAX]]

    @strawberry.field(
        description="Deposits that two people must decide about, newest first, at most 40.",
        directives=[Cost(weight=5, list_size=LIST_MAX)],
    )
    async def frozen_deposits(self, info: Info) -> list[FrozenDeposit] | None:
        found = await deposits.frozen_deposits(limit=LIST_MAX)
        proposed = await deposits.open_decisions(deposit_ids=[each.id for each in found])
        return [await FrozenDeposit.of(each, proposed.get(each.id), info.context) for each in found]
