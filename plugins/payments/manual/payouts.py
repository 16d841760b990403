"""Payouts that staff make by hand: a worksheet goes out, the filled one comes back.

Two people: the one who pays uploads the worksheet, another one confirms it; that is the
core's business. Nothing is believed but a worksheet: silence stays silence.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Final

from domain.money import Money, split_payable, to_minor
from domain.payouts.provider import (
    BatchSemantics,
    Destination,
    FeeKnown,
    FileReport,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutManifest,
    PayoutProvider,
    Prepared,
    Prepares,
    Quote,
    QuoteRequest,
    Rail,
    ReadsFiles,
    SendOutcome,
)
from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    FieldProblem,
    Health,
    HealthStatus,
    ProviderEnv,
    Unsupported,
)
from plugins.payments.manual import worksheet
from plugins.payments.manual.settings import (
    ACCOUNT,
    BATCH_MAX,
    CURRENCIES,
    DESTINATION,
    KIND,
    LENGTHS,
    OPTIONAL,
    VERSION,
    ManualConfig,
)

DEADLINE: Final = timedelta(seconds=10)
_ACCOUNT: Final = re.compile(ACCOUNT.strip("^$"))


class ManualPayouts(PayoutProvider[ManualConfig], Prepares, ReadsFiles):
    """For any country and currency that nobody else serves."""

    manifest = PayoutManifest(
        id="manual",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.MANUAL,),
        countries=frozenset(),
        currencies=CURRENCIES,
        destination_kinds={KIND: DESTINATION},
        max_batch=BATCH_MAX,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(scope=IdempotencyScope.ITEM),
        lookup=Lookup(
            mode=LookupMode.NONE,
            settle_delay=timedelta(0),
            delays=(timedelta(days=1),),
            after_paid_delays=(timedelta(days=60),),
        ),
        after_paid=frozenset(
            {
                ObservedState.FAILED,
                ObservedState.RETURNED,
                ObservedState.REFUNDED,
                ObservedState.REVERSED,
            }
        ),
        send_deadline=DEADLINE,
        call_deadline=DEADLINE,
        concurrency=2,
        data_classes=frozenset({"name", "account_number", "address"}),
        fee_known=FeeKnown.NEVER,
    )
    config_type = ManualConfig

    _env: ProviderEnv[ManualConfig]

    async def open(self, env: ProviderEnv[ManualConfig]) -> None:
        self._env = env

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK, detail="staff pay by hand")

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        fields = destination.fields
        found = [
            FieldProblem(field=name, code="unknown", message="There is no such field.")
            for name in sorted(fields.keys() - LENGTHS.keys())
        ]
        for name, length in LENGTHS.items():
            if name in OPTIONAL and name not in fields:
                continue
            if not fields.get(name, "").strip():
                found.append(FieldProblem(field=name, code="missing", message="Please fill it in."))
            elif len(fields[name]) > length:
                message = f"No more than {length} characters."
                found.append(FieldProblem(field=name, code="too_long", message=message))
        account = fields.get("account_number", "")
        if account and not _ACCOUNT.fullmatch(account):
            message = "Letters and digits; spaces, points, slashes and hyphens between them."
            found.append(FieldProblem(field="account_number", code="characters", message=message))
        return tuple(found)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        currency = request.amount.currency
        payable, remainder = split_payable(request.amount, CURRENCIES[currency].exponent)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(0, currency),
            fee_payer=request.fee_payer,
            arrives_within=timedelta(days=self._env.config.arrives_days),
            expires_at=context.now + timedelta(days=1),
        )

    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        """The worksheet, for staff to download. Raises `NotRepresentable` for half a cent."""
        for item in batch.items:
            limits = CURRENCIES.get(item.amount.currency)
            if limits is None:
                raise Unsupported("a currency that we hold no accounts in")
            to_minor(item.amount, limits.exponent)
        payload = worksheet.written(batch)
        digest = hashlib.sha256(payload).hexdigest()
        state = {"file_name": f"{batch.batch_ref}.csv", "sha256": digest}
        return Prepared(payload=payload, batch_state=state)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """Moves nothing: from now on staff may pay."""
        digest = hashlib.sha256(batch.payload or b"").hexdigest()
        if batch.payload is None or batch.provider_state.get("sha256", digest) != digest:
            raise ConfigError("the core gave no worksheet, or another one than it committed")
        items = tuple(
            Observation(
                item_ref=item.item_ref, state=ObservedState.ACCEPTED, provider_code="FOR_STAFF"
            )
            for item in batch.items
        )
        return SendOutcome(items=items, provider_ref=f"{batch.batch_ref}.csv")

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        return LookupAnswer(found=(), missing=())

    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        rows = await self._env.run_blocking(lambda: list(worksheet.read(content)))
        items = tuple(
            Observation(
                item_ref=row.item_ref,
                state=row.state,
                provider_ref=row.bank_reference,
                provider_code=f"STAFF_{row.state.upper()}",
                amount=row.amount,
                occurred_at=row.done_at,
            )
            for row in rows
        )
        return FileReport(file_id=f"manual:{hashlib.sha256(content).hexdigest()}", items=items)
