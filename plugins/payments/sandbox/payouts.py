"""Sandbox payouts: the scenario stands in the destination, the effects stand in a file."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from domain.money import Money, NotRepresentable, split_payable, to_minor
from domain.payouts.provider import (
    BatchSemantics,
    Destination,
    DestinationKind,
    FileRefused,
    FileReport,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    PayoutProvider,
    Quote,
    QuoteRequest,
    Rail,
    ReadsFiles,
    SendOutcome,
)
from domain.provider import (
    API_VERSION,
    BatchRefused,
    CallContext,
    DestinationInvalid,
    DuplicateRef,
    FieldProblem,
    Health,
    HealthStatus,
    InsufficientFunds,
    ItemProblem,
    OutcomeUnknown,
    ProviderEnv,
    Unsupported,
)
from plugins.payments.sandbox.memory import Kept, SandboxMemory
from plugins.payments.sandbox.scenarios import RETURN_AFTER, Scenario, moved_amount, state_after
from plugins.payments.sandbox.settings import CURRENCIES, VERSION, SandboxConfig

KIND: Final = "sandbox"
ACCOUNT_LENGTH_MAX: Final = 64
SCHEMA: Final = {
    "type": "object",
    "required": ["account", "scenario"],
    "additionalProperties": False,
    "properties": {
        "account": {
            "type": "string",
            "title": "Account",
            "minLength": 1,
            "maxLength": ACCOUNT_LENGTH_MAX,
        },
        "scenario": {
            "type": "string",
            "title": "What shall happen",
            "enum": [scenario.value for scenario in Scenario],
        },
    },
}
INVALID_MESSAGE: Final = "The sandbox knows no such account."
# Quick at first, because people watch the demo; then as rare as for a real provider.
DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (2, 3, 5, 10, 30, 60, 300, 1800, 7200, 21600, 43200)
)


class SandboxPayouts(PayoutProvider[SandboxConfig], ReadsFiles):
    """Deterministic, and safe to use from several processes at once.

    Its files are a `FileReport` as JSON.
    """

    manifest = PayoutManifest(
        id="sandbox",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.SANDBOX,),
        countries=frozenset(),
        currencies=CURRENCIES,
        destination_kinds={KIND: DestinationKind(schema=SCHEMA, label_field="account")},
        max_batch=500,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(scope=IdempotencyScope.BATCH),
        lookup=Lookup(
            mode=LookupMode.OUR_REF,
            settle_delay=timedelta(seconds=2),
            delays=DELAYS,
            agreement_gap=timedelta(seconds=1),
            after_paid_delays=(RETURN_AFTER + timedelta(seconds=15),),
        ),
        after_paid=frozenset({ObservedState.RETURNED}),
        send_deadline=timedelta(seconds=5),
        call_deadline=timedelta(seconds=5),
        concurrency=4,
        is_sandbox=True,
    )
    config_type = SandboxConfig

    _env: ProviderEnv[SandboxConfig]
    _memory: SandboxMemory

    async def open(self, env: ProviderEnv[SandboxConfig]) -> None:
        self._env = env
        self._memory = SandboxMemory(Path(env.config.path))
        await env.run_blocking(self._memory.prepare)

    async def health(self, context: CallContext) -> Health:
        is_topped_up = await self._env.run_blocking(self._memory.is_topped_up)
        return Health(status=HealthStatus.OK, detail="topped up" if is_topped_up else "")

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        problems = []
        account = destination.fields.get("account", "")
        if not account.strip():
            message = "Name an account, any account."
            problems.append(FieldProblem(field="account", code="missing", message=message))
        if len(account) > ACCOUNT_LENGTH_MAX:
            message = f"No more than {ACCOUNT_LENGTH_MAX} characters."
            problems.append(FieldProblem(field="account", code="too_long", message=message))
        if destination.fields.get("scenario") not in set(Scenario):
            known = ", ".join(Scenario)
            message = f"One of {known}."
            problems.append(FieldProblem(field="scenario", code="unknown", message=message))
        problems += [
            FieldProblem(field=name, code="unknown", message="There is no such field.")
            for name in sorted(destination.fields.keys() - {"account", "scenario"})
        ]
        return tuple(problems)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        currency = request.amount.currency
        payable, remainder = split_payable(request.amount, CURRENCIES[currency].exponent)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(self._env.config.fee_micros, currency),
            fee_payer=request.fee_payer,
            arrives_within=self._delay,
            expires_at=context.now + timedelta(minutes=5),
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        _require_exact(batch)
        scenarios = {_scenario(item) for item in batch.items}
        send_count = await self._env.run_blocking(
            lambda: self._memory.note_send(batch_ref=batch.batch_ref, at=context.now)
        )
        _refuse_invalid(batch)
        if Scenario.BROKE in scenarios:
            await self._require_funds()
        if Scenario.TIMEOUT_LOST in scenarios and send_count == 1:
            await self._time_out("nothing arrived")
        is_ours = await self._env.run_blocking(lambda: self._accept(batch, context.now))
        if not is_ours:
            raise DuplicateRef("this reference came with other items before")
        if Scenario.TIMEOUT_SENT in scenarios and send_count == 1:
            await self._time_out("all of it arrived")
        return SendOutcome(
            provider_ref=_provider_ref(batch), items=await self._found(batch, context)
        )

    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        try:
            return msgspec.json.decode(content, type=FileReport)
        except msgspec.MsgspecError as error:
            raise FileRefused("no report of the sandbox") from error

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        found = await self._found(batch, context)
        known = {observation.item_ref for observation in found}
        return LookupAnswer(
            provider_ref=_provider_ref(batch) if found else None,
            found=found,
            missing=tuple(item.item_ref for item in batch.items if item.item_ref not in known),
        )

    @property
    def _delay(self) -> timedelta:
        return timedelta(seconds=self._env.config.settle_seconds)

    async def _require_funds(self) -> None:
        if not await self._env.run_blocking(self._memory.is_topped_up):
            raise InsufficientFunds("the sandbox is broke until it is topped up")

    async def _time_out(self, what: str) -> None:
        await asyncio.sleep(self._env.config.hang_seconds)
        raise OutcomeUnknown(f"a time-out, by request: {what}")

    def _accept(self, batch: PayoutBatch, now: datetime) -> bool:
        kept = [
            Kept(
                ref=item.item_ref,
                scenario=_scenario(item).value,
                amount=item.amount,
                accepted_at=now,
                payout_id=str(item.payout_id),
            )
            for item in batch.items
        ]
        return self._memory.accept(
            batch_ref=batch.batch_ref, items_digest=batch.items_digest, items=kept
        )

    async def _found(self, batch: PayoutBatch, context: CallContext) -> tuple[Observation, ...]:
        kept = await self._env.run_blocking(lambda: self._memory.items_of(batch.batch_ref))
        return tuple(
            self._observed(kept[item.item_ref], context.now)
            for item in batch.items
            if item.item_ref in kept
        )

    def _observed(self, kept: Kept, now: datetime) -> Observation:
        scenario = Scenario(kept.scenario)
        state = state_after(scenario=scenario, elapsed=now - kept.accepted_at, delay=self._delay)
        currency = kept.amount.currency
        is_paid = state is ObservedState.PAID
        exponent = CURRENCIES[currency].exponent
        moved = moved_amount(scenario=scenario, amount=kept.amount, exponent=exponent)
        return Observation(
            item_ref=kept.ref,
            state=state,
            provider_ref=f"sandbox-{kept.ref}",
            provider_code=f"SANDBOX_{state.upper()}",
            amount=moved if is_paid else None,
            fee=Money(self._env.config.fee_micros, currency) if is_paid else None,
            occurred_at=now,
        )


def _scenario(item: PayoutItem) -> Scenario:
    return Scenario(item.destination.fields["scenario"])


def _require_exact(batch: PayoutBatch) -> None:
    """Before anything is noted: an amount is never rounded."""
    try:
        for item in batch.items:
            to_minor(item.amount, CURRENCIES[item.amount.currency].exponent)
    except (NotRepresentable, KeyError) as error:
        raise Unsupported("an amount that the sandbox cannot pay") from error


def _provider_ref(batch: PayoutBatch) -> str:
    return f"sandbox-{batch.batch_ref}"


def _refuse_invalid(batch: PayoutBatch) -> None:
    """A batch with a wrong item is refused as a whole, as real providers do it."""
    wrong = [item for item in batch.items if _scenario(item) is Scenario.INVALID]
    if wrong and len(batch.items) == 1:
        problem = FieldProblem(field="account", code="no_such_account", message=INVALID_MESSAGE)
        raise DestinationInvalid(problems=(problem,))
    if wrong:
        problems = (
            ItemProblem(item_ref=item.item_ref, code="no_such_account", message=INVALID_MESSAGE)
            for item in wrong
        )
        raise BatchRefused(problems=tuple(problems))
