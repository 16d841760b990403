"""Stripe Global Payouts (v2): one outbound payment per item, keyed by our reference."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from domain.money import NotRepresentable, split_payable
from domain.payouts.provider import (
    BatchSemantics,
    Cancels,
    Destination,
    FeeKnown,
    HolderMatch,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    MatchesHolder,
    Observation,
    ObservedState,
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    Onboards,
    PayoutBatch,
    PayoutItem,
    PayoutManifest,
    PayoutProvider,
    Quote,
    QuoteRequest,
    Rail,
    SendOutcome,
)
from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    Exchange,
    FieldProblem,
    Health,
    HealthStatus,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderEnv,
    Unsupported,
)
from domain.provider_news import ReadsStatements, StatementPage
from plugins.payments.stripe.answers import FinancialAccount, OutboundPayment, moved
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls, rfc3339
from plugins.payments.stripe.currencies import CURRENCIES, PAYOUT_LIMITS, written_amount
from plugins.payments.stripe.destinations import PAYOUT_KINDS, problems_of
from plugins.payments.stripe.errors import CancelRefused
from plugins.payments.stripe.fees import fee_of
from plugins.payments.stripe.recipients import Recipients
from plugins.payments.stripe.settings import (
    AFTER_PAID_DELAYS,
    API_KEY,
    CALL_DEADLINE,
    CONCURRENCY,
    HOSTS,
    IDEMPOTENCY_WINDOW,
    LOOK_UP_DELAYS,
    SETTLE_DELAY,
    VERSION,
    StripeConfig,
)
from plugins.payments.stripe.statements import account_pages
from plugins.payments.stripe.statuses import (
    OUTBOUND_STATUSES,
    member_message,
    state_of,
)
from plugins.payments.stripe.webhooks import PAYOUT_EVENTS, SignedWebhooks

CLOCKS_DIFFER: Final = timedelta(hours=1)  # ours and Stripe's, at most: a miss could pay twice
ARRIVES: Final = timedelta(days=5)
QUOTE_LENGTH: Final = timedelta(hours=1)
NOT_PAID: Final = frozenset({"failed", "canceled"})


class StripePayouts(
    SignedWebhooks,
    PayoutProvider[StripeConfig],
    Cancels,
    Onboards,
    MatchesHolder,
    ReadsStatements,
):
    """After a lost answer a payment is searched for: Stripe does not list by our reference."""

    manifest = PayoutManifest(
        id="stripe",
        version=VERSION,
        api_version=API_VERSION,
        hosts=HOSTS,
        rails=(Rail.BANK_LOCAL, Rail.BANK_ACH, Rail.BANK_SEPA, Rail.CARD),
        countries=frozenset(),  # what an account may serve, its contract and routing rules say
        currencies=PAYOUT_LIMITS,
        destination_kinds=PAYOUT_KINDS,
        max_batch=1,
        batch_semantics=BatchSemantics.ATOMIC,
        idempotency=Idempotency(scope=IdempotencyScope.ITEM, window=IDEMPOTENCY_WINDOW),
        lookup=Lookup(
            mode=LookupMode.SCAN,
            settle_delay=SETTLE_DELAY,
            delays=LOOK_UP_DELAYS,
            after_paid_delays=AFTER_PAID_DELAYS,
            report_delay=timedelta(minutes=1),
        ),
        after_paid=frozenset({ObservedState.RETURNED}),
        send_deadline=CALL_DEADLINE,
        call_deadline=CALL_DEADLINE,
        concurrency=CONCURRENCY,
        secrets=(API_KEY,),
        data_classes=frozenset({"bank_account", "email"}),
        fee_known=FeeKnown.LATER,
    )
    config_type = StripeConfig
    route = "payouts"
    event_types = PAYOUT_EVENTS

    _calls: StripeCalls
    _recipients: Recipients

    async def open(self, env: ProviderEnv[StripeConfig]) -> None:
        if not env.config.financial_account:
            raise ConfigError("`financial_account` is missing: Global Payouts pays from one")
        self._env = env
        self._calls = StripeCalls(env)
        self._recipients = Recipients(self._calls, return_url=env.config.return_url)
        await self._calls.open()

    async def close(self) -> None:
        self._calls.close()

    async def health(self, context: CallContext) -> Health:
        account = await self._calls.read(
            lambda client: client.v2.money_management.financial_accounts.retrieve(
                self._env.config.financial_account
            ),
            FinancialAccount,
        )
        available = account.balance.get("available") or {}
        return Health(
            status=HealthStatus.OK if account.status == "open" else HealthStatus.DOWN,
            balances=tuple(
                moved(each["value"], each["currency"])
                for each in available.values()
                if each["currency"].upper() in CURRENCIES
            ),
        )

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return problems_of(PAYOUT_KINDS, destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        limits = PAYOUT_LIMITS[request.amount.currency]
        payable, remainder = split_payable(request.amount, limits.exponent)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=fee_of(self._env.config, payable),
            fee_payer=request.fee_payer,
            arrives_within=ARRIVES,
            expires_at=context.now + QUOTE_LENGTH,
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """Looks first when it is not the first time: a key protects for a day only."""
        (item,) = batch.items
        asked = _asked(item, self._env.config)
        if context.send_no > 1 or item.provider_ref is not None:
            known = await self._known(batch, item)
            if known:
                return SendOutcome(items=(_observed(item, known),), provider_ref=known[0].id)
        payout_method = await self._recipients.payout_method_of(
            item.destination, key=f"{item.item_ref}-M"
        )
        asked["to"]["payout_method"] = payout_method
        if self._env.config.checks_holder:
            asked["recipient_verification"] = await self._recipients.verification_for(
                item, payout_method
            )
        payment = await self._calls.move(
            lambda client: client.v2.money_management.outbound_payments.create(
                asked, {"idempotency_key": item.item_ref}
            ),
            OutboundPayment,
        )
        return SendOutcome(items=(_observed(item, [payment]),), provider_ref=payment.id)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        since = _since(batch)
        found = []
        missing = []
        for item in batch.items:
            payments = await self._payments(item, since=since)
            if payments:
                found.append(_observed(item, payments))
            else:
                missing.append(item.item_ref)
        return LookupAnswer(
            found=tuple(found),
            missing=tuple(missing),
            provider_ref=found[0].provider_ref if found else None,
            searched_from=since,
            searched_until=context.now,
        )

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        payments = await self._payments(item, since=None)
        if not payments:
            raise OutcomeUnknown("nothing that could be cancelled yet")
        current = _observed(item, payments)
        if len(payments) > 1 or not payments[0].cancelable:
            return current
        try:
            cancelled = await self._calls.move(
                lambda client: client.v2.money_management.outbound_payments.cancel(
                    payments[0].id, {}, {"idempotency_key": f"{item.item_ref}-C"}
                ),
                OutboundPayment,
            )
        except CancelRefused:
            return _observed(item, await self._payments(item, since=None))
        return _observed(item, [cancelled])

    async def match_holder(self, destination: Destination, context: CallContext) -> HolderMatch:
        return await self._recipients.match(destination, context)

    async def start_onboarding(
        self, member: OnboardingMember, context: CallContext
    ) -> OnboardingLink:
        return await self._recipients.start(member, context)

    async def onboarding_state(self, provider_ref: str, context: CallContext) -> OnboardingState:
        return await self._recipients.state(provider_ref)

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        if self._env.config.reads_statement:
            async for page in account_pages(
                self._calls, self._env.config, cursor=cursor, until=until
            ):
                yield page

    async def _known(self, batch: PayoutBatch, item: PayoutItem) -> list[OutboundPayment]:
        try:
            return await self._payments(item, since=_since(batch))
        except NoAnswer as error:
            raise NotSent(str(error)) from None

    async def _payments(self, item: PayoutItem, *, since: datetime | None) -> list[OutboundPayment]:
        """All with our reference: more than one is the worst news there is, so it is looked for."""
        wanted: dict[str, Any] = {
            "limit": PAGE_LIMIT,
            "recipient": item.destination.fields["recipient"],
        }
        if since is not None:
            wanted["created"] = {"gte": rfc3339(since)}
        listed = await self._calls.pages(
            lambda client: client.v2.money_management.outbound_payments.list(wanted),
            OutboundPayment,
        )
        found = [each for each in listed if (each.metadata or {}).get("item_ref") == item.item_ref]
        known = {each.id for each in found}
        if item.provider_ref is None or item.provider_ref in known:
            return found
        named = await self._calls.find(
            lambda client: client.v2.money_management.outbound_payments.retrieve(item.provider_ref),
            OutboundPayment,
        )
        return found if named is None else [*found, named]


def _since(batch: PayoutBatch) -> datetime | None:
    return None if batch.first_sent_at is None else batch.first_sent_at - CLOCKS_DIFFER


def _asked(item: PayoutItem, config: StripeConfig) -> dict[str, Any]:
    """The same bytes each time: a key that comes again with other values is an error."""
    try:
        value = written_amount(item.amount)
    except (LookupError, NotRepresentable):
        raise Unsupported("an amount that Stripe cannot pay exactly", code="amount") from None
    currency = item.amount.currency.lower()
    if item.destination.currency != item.amount.currency:
        raise Unsupported("Stripe would exchange at a rate nobody has seen", code="exchange")
    asked: dict[str, Any] = {
        "from": {"financial_account": config.financial_account, "currency": currency},
        "to": {"recipient": item.destination.fields["recipient"], "currency": currency},
        "amount": {"value": value, "currency": currency},
        "metadata": {"item_ref": item.item_ref},
        "recipient_notification": {"setting": "none"},
    }
    if config.statement_descriptor:
        asked["statement_descriptor"] = config.statement_descriptor
    return asked


def _observed(item: PayoutItem, payments: Sequence[OutboundPayment]) -> Observation:
    """Of several payments with one reference the sum is told, so that the core stops the item."""
    paid = [each for each in payments if each.status not in NOT_PAID] or [payments[0]]
    payment = paid[0]
    details = payment.status_details
    part = None if details is None else getattr(details, payment.status, None)
    reason = (part.reason if part is not None else None) or ""
    amount = payment.amount.money
    for other in paid[1:]:
        amount += other.amount.money
    return Observation(
        item_ref=item.item_ref,
        state=state_of(OUTBOUND_STATUSES, status=payment.status, reason=reason),
        provider_ref=payment.id,
        provider_code=f"{payment.status}:{reason}" if reason else payment.status,
        amount=amount,
        exchange=_exchange(payment),
        member_message=member_message(reason),
        occurred_at=_changed_at(payment),
    )


def _exchange(payment: OutboundPayment) -> Exchange | None:
    source = payment.from_.debited if payment.from_ is not None else None
    target = payment.to.credited
    if source is None or target is None or source.currency == target.currency:
        return None
    rate = Decimal(target.money.micros) / Decimal(source.money.micros or 1)
    return Exchange(source=source.money, target=target.money, rate=rate)


def _changed_at(payment: OutboundPayment) -> datetime | None:
    times = payment.status_transitions
    written = getattr(times, f"{payment.status}_at", None) if times is not None else None
    return datetime.fromisoformat(written or payment.created)
