"""Stripe Connect (v1): a transfer to the member's account, then a payout from it to the bank."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.money import Money, NotRepresentable, split_payable
from domain.payouts.provider import (
    Advances,
    BatchSemantics,
    Cancels,
    Destination,
    FeeKnown,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
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
    BatchRefused,
    CallContext,
    FieldProblem,
    Health,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ProviderEnv,
    Unsupported,
)
from domain.provider_news import ReadsStatements, StatementPage
from plugins.payments.stripe import connected_accounts
from plugins.payments.stripe.answers import Payout, Transfer, moved
from plugins.payments.stripe.balance import health_of, require_funds
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls
from plugins.payments.stripe.currencies import PAYOUT_LIMITS, written_amount
from plugins.payments.stripe.destinations import CONNECT_KINDS, problems_of
from plugins.payments.stripe.errors import CancelRefused
from plugins.payments.stripe.fees import fee_of
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
    SettleOn,
    StripeConfig,
)
from plugins.payments.stripe.statements import balance_pages
from plugins.payments.stripe.statuses import PAYOUT_STATUSES, state_of
from plugins.payments.stripe.webhooks import CONNECT_EVENTS, SignedWebhooks

STEP: Final = "payout"
ARRIVES: Final = timedelta(days=7)
QUOTE_LENGTH: Final = timedelta(hours=1)
MADE_UP_FOR: Final = frozenset({"failed", "canceled"})  # another payout may have taken its place


class StripeConnect(
    SignedWebhooks,
    PayoutProvider[StripeConfig],
    Advances,
    Cancels,
    Onboards,
    ReadsStatements,
):
    """Two calls of one effect each. Each has its own key, made of our reference."""

    manifest = PayoutManifest(
        id="stripe_connect",
        version=VERSION,
        api_version=API_VERSION,
        hosts=HOSTS,
        rails=(Rail.BANK_LOCAL, Rail.CARD),
        countries=frozenset(),
        currencies=PAYOUT_LIMITS,
        destination_kinds=CONNECT_KINDS,
        max_batch=1,
        batch_semantics=BatchSemantics.ATOMIC,
        idempotency=Idempotency(scope=IdempotencyScope.ITEM, window=IDEMPOTENCY_WINDOW),
        lookup=Lookup(
            mode=LookupMode.OUR_REF,
            settle_delay=SETTLE_DELAY,
            delays=LOOK_UP_DELAYS,
            after_paid_delays=AFTER_PAID_DELAYS,
        ),
        after_paid=frozenset({ObservedState.FAILED, ObservedState.REVERSED}),
        send_deadline=CALL_DEADLINE,
        call_deadline=CALL_DEADLINE,
        concurrency=CONCURRENCY,
        secrets=(API_KEY,),
        data_classes=frozenset({"email"}),
        fee_known=FeeKnown.LATER,
    )
    config_type = StripeConfig
    route = "connect"
    event_types = CONNECT_EVENTS

    _calls: StripeCalls

    async def open(self, env: ProviderEnv[StripeConfig]) -> None:
        self._env = env
        self._calls = StripeCalls(env)
        await self._calls.open()

    async def close(self) -> None:
        self._calls.close()

    async def health(self, context: CallContext) -> Health:
        return await health_of(self._calls)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return problems_of(CONNECT_KINDS, destination)

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
        """The transfer. The payout is the next step, since it is another effect.

        Looks first when it is not the first time: a key protects for a day only.
        """
        (item,) = batch.items
        asked = _asked(item)
        if context.send_no > 1 or item.provider_ref is not None:
            try:
                known = await self._observed(item)
            except NoAnswer as error:
                raise NotSent(str(error)) from None
            if known is not None:
                return SendOutcome(items=(known,), provider_ref=known.provider_ref)
        asked["destination"] = _account(item)
        asked["transfer_group"] = item.item_ref
        await require_funds(self._calls, item.amount)
        transfer = await self._calls.move(
            lambda client: client.v1.transfers.create(
                asked, {"idempotency_key": f"{item.item_ref}-T"}
            ),
            Transfer,
        )
        return SendOutcome(items=(self._transferred(item, [transfer]),), provider_ref=transfer.id)

    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        """Looks first: the key alone protects for a day, and a step may be repeated later."""
        if step != STEP:
            raise Unsupported(f"there is no step {step[:20]!r}", code="step")
        try:
            current = await self._observed(item)
        except NoAnswer as error:
            raise NotSent(str(error)) from None
        if current is None:
            raise OutcomeUnknown("no transfer that could be paid out yet")
        if current.next_step != STEP:
            return current
        asked = {**_asked(item), "method": self._env.config.speed.value}
        if self._env.config.statement_descriptor:
            asked["statement_descriptor"] = self._env.config.statement_descriptor
        await require_funds(self._calls, item.amount, account=_account(item))
        payout = await self._calls.move(
            lambda client: client.v1.payouts.create(
                asked,
                {"idempotency_key": f"{item.item_ref}-P", "stripe_account": _account(item)},
            ),
            Payout,
        )
        return _paid_out(current, [payout])

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        seen = {item.item_ref: await self._observed(item) for item in batch.items}
        found = tuple(each for each in seen.values() if each is not None)
        return LookupAnswer(
            found=found,
            missing=tuple(ref for ref, each in seen.items() if each is None),
            provider_ref=found[0].provider_ref if found else None,
        )

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        """Only the payout, and only while it is pending; the money stays on the account."""
        current = await self._observed(item)
        if current is None:
            raise OutcomeUnknown("nothing that could be cancelled yet")
        payout_id = (current.provider_state or {}).get("payout")
        if payout_id is None or current.provider_code != "payout:pending":
            return current
        try:
            payout = await self._calls.move(
                lambda client: client.v1.payouts.cancel(
                    payout_id,
                    {},
                    {"idempotency_key": f"{item.item_ref}-C", "stripe_account": _account(item)},
                ),
                Payout,
            )
        except (CancelRefused, BatchRefused):
            return await self._observed(item) or current
        return _paid_out(current, [payout])

    async def start_onboarding(
        self, member: OnboardingMember, context: CallContext
    ) -> OnboardingLink:
        return await connected_accounts.start(self._calls, self._env.config, member, context)

    async def onboarding_state(self, provider_ref: str, context: CallContext) -> OnboardingState:
        return await connected_accounts.state(self._calls, provider_ref)

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        if self._env.config.reads_statement:
            async for page in balance_pages(
                self._calls, self._env.config, cursor=cursor, until=until
            ):
                yield page

    async def _observed(self, item: PayoutItem) -> Observation | None:
        """None when Stripe has no transfer of this item."""
        listed = await self._calls.pages(
            lambda client: client.v1.transfers.list(
                {"transfer_group": item.item_ref, "limit": PAGE_LIMIT}
            ),
            Transfer,
        )
        transfers = [each for each in listed if each.metadata.get("item_ref") == item.item_ref]
        if not transfers:
            return None
        current = self._transferred(item, transfers)
        if current.state is ObservedState.REVERSED or self._settles_on_transfer:
            return current
        payouts = await self._payouts(item, since=min(each.created for each in transfers))
        return _paid_out(current, payouts) if payouts else current

    async def _payouts(self, item: PayoutItem, *, since: int) -> list[Payout]:
        listed = await self._calls.pages(
            lambda client: client.v1.payouts.list(
                {"created": {"gte": since}, "limit": PAGE_LIMIT},
                {"stripe_account": _account(item)},
            ),
            Payout,
        )
        return [each for each in listed if (each.metadata or {}).get("item_ref") == item.item_ref]

    @property
    def _settles_on_transfer(self) -> bool:
        return self._env.config.settle_on is SettleOn.TRANSFER

    def _transferred(self, item: PayoutItem, transfers: Sequence[Transfer]) -> Observation:
        """A part taken back, or a second transfer, shows as another amount: people decide."""
        first = transfers[0]
        is_reversed = all(each.reversed for each in transfers)
        amount = _sum_of(transfers, is_gross=is_reversed)
        is_exact = len(transfers) == 1 and not first.amount_reversed
        state = ObservedState.REVERSED if is_reversed else ObservedState.PENDING
        if state is ObservedState.PENDING and self._settles_on_transfer:
            state = ObservedState.PAID
        return Observation(
            item_ref=item.item_ref,
            state=state,
            provider_ref=first.id,
            provider_code="transfer:reversed" if is_reversed else "transfer:created",
            amount=amount,
            occurred_at=datetime.fromtimestamp(first.created, UTC),
            next_step=STEP if is_exact and state is ObservedState.PENDING else None,
            provider_state={"transfer": first.id},
        )


def _paid_out(current: Observation, payouts: Sequence[Payout]) -> Observation:
    """What the payout says; an amount that is wrong already stays wrong."""
    live = [each for each in payouts if each.status not in MADE_UP_FOR] or list(payouts[:1])
    payout = live[0]
    amount = moved(payout.amount, payout.currency)
    for other in live[1:]:
        amount += moved(other.amount, other.currency)
    failure = f":{payout.failure_code}" if payout.failure_code else ""
    return replace(
        current,
        state=state_of(PAYOUT_STATUSES, status=payout.status),
        provider_code=f"payout:{payout.status}{failure}",
        amount=amount if current.next_step == STEP else current.amount,
        next_step=None,
        provider_state={**(current.provider_state or {}), "payout": payout.id},
    )


def _sum_of(transfers: Sequence[Transfer], *, is_gross: bool) -> Money:
    whole = sum(each.amount - (0 if is_gross else each.amount_reversed) for each in transfers)
    return moved(whole, transfers[0].currency)


def _asked(item: PayoutItem) -> dict[str, Any]:
    """The same each time: a key that comes again with other values is an error."""
    try:
        amount = written_amount(item.amount)
    except (LookupError, NotRepresentable):
        raise Unsupported("an amount that Stripe cannot pay exactly", code="amount") from None
    return {
        "amount": amount,
        "currency": item.amount.currency.lower(),
        "metadata": {"item_ref": item.item_ref},
    }


def _account(item: PayoutItem) -> str:
    return item.destination.fields["account"]
