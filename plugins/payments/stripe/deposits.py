"""Deposits by Stripe Checkout: a hosted page takes the money, look-ups say what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.deposits.provider import (
    DepositManifest,
    DepositObservation,
    DepositProvider,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
    RefundObservation,
    RefundRequest,
    RefundsDeposits,
)
from domain.money import Money, NotRepresentable
from domain.provider import (
    API_VERSION,
    BatchRefused,
    CallContext,
    ConfigError,
    Declined,
    Health,
    NotSent,
    ProviderEnv,
    Unsupported,
)
from domain.provider_news import ReadsStatements, StatementPage
from plugins.payments.stripe.answers import (
    BalanceTransaction,
    Charge,
    Dispute,
    PaymentIntent,
    Refund,
    Session,
    moved,
)
from plugins.payments.stripe.balance import health_of
from plugins.payments.stripe.client import PAGE_LIMIT, StripeCalls
from plugins.payments.stripe.currencies import DEPOSIT_LIMITS, written_amount
from plugins.payments.stripe.settings import (
    API_KEY,
    CALL_DEADLINE,
    CONCURRENCY,
    HOSTS,
    IDEMPOTENCY_WINDOW,
    LOOK_UP_DELAYS,
    VERSION,
    StripeConfig,
)
from plugins.payments.stripe.statements import balance_pages
from plugins.payments.stripe.statuses import DISPUTES, REFUNDS
from plugins.payments.stripe.webhooks import DEPOSIT_EVENTS, SignedWebhooks

CHARGE: Final = "payment_intent.latest_charge.balance_transaction"
OPEN_LENGTH: Final = timedelta(hours=25)  # a page lives for a day; what is older cannot be open
# The gravest of several disputes counts.
GRAVITY: Final = (ObservedDeposit.LOST, ObservedDeposit.DISPUTED, ObservedDeposit.WON)


class StripeDeposits(
    SignedWebhooks, DepositProvider[StripeConfig], RefundsDeposits, ReadsStatements
):
    """Nothing moves before the employer pays on Stripe's page."""

    manifest = DepositManifest(
        id="stripe",
        version=VERSION,
        api_version=API_VERSION,
        hosts=HOSTS,
        rails=("card", "bank"),
        currencies=DEPOSIT_LIMITS,
        look_up_delays=LOOK_UP_DELAYS,
        call_deadline=CALL_DEADLINE,
        concurrency=CONCURRENCY,
        secrets=(API_KEY,),
        idempotency_window=IDEMPOTENCY_WINDOW,
    )
    config_type = StripeConfig
    route = "deposits"
    event_types = DEPOSIT_EVENTS

    _calls: StripeCalls

    async def open(self, env: ProviderEnv[StripeConfig]) -> None:
        self._env = env
        self._calls = StripeCalls(env)
        await self._calls.open()

    async def close(self) -> None:
        self._calls.close()

    async def health(self, context: CallContext) -> Health:
        return await health_of(self._calls)

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        """The same values each time and no time among them: the key protects exactly these."""
        asked = self._asked(request)
        session = await self._calls.move(
            lambda client: client.v1.checkout.sessions.create(
                asked, {"idempotency_key": request.deposit_ref}
            ),
            Session,
        )
        return DepositStart(
            provider_ref=session.id,
            redirect_url=session.url,
            expires_at=_instant(session.expires_at),
        )

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        session = await self._session(request, context.now)
        if session is None:
            return None
        intent = session.payment_intent
        charge = intent.latest_charge if isinstance(intent, PaymentIntent) else None
        state = _state_of(session)
        code = session.payment_status if session.status == "complete" else str(session.status)
        refunded = None
        if state is ObservedDeposit.SETTLED and charge is not None:
            refunded = moved(charge.amount_refunded, charge.currency)
            if charge.disputed and isinstance(intent, PaymentIntent):
                state, code = await self._disputed(intent)
            if state is ObservedDeposit.SETTLED and refunded.micros:
                is_whole = charge.amount_refunded >= charge.amount
                state = ObservedDeposit.REFUNDED if is_whole else ObservedDeposit.PARTLY_REFUNDED
        return DepositObservation(
            state=state,
            amount=_amount_of(session) if charge is not None else None,
            fee=_fee_of(charge, session),
            provider_ref=intent.id if isinstance(intent, PaymentIntent) else session.id,
            provider_code=code,
            occurred_at=context.now,
            refunded=refunded,
        )

    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        """Looks first: the key alone protects for a day."""
        intent = await self._paid(request, context.now)
        known = await self._refund_of(intent, request)
        if known is not None:
            return _refunded(known)
        try:
            amount = written_amount(request.amount)
        except (LookupError, NotRepresentable):
            raise Unsupported("an amount that Stripe cannot pay back exactly") from None
        metadata = {
            "refund_ref": request.refund_ref,
            "deposit_ref": request.deposit.deposit_ref,
        }
        try:
            made = await self._calls.move(
                lambda client: client.v1.refunds.create(
                    {"payment_intent": intent.id, "amount": amount, "metadata": metadata},
                    {"idempotency_key": request.refund_ref},
                ),
                Refund,
            )
        except BatchRefused:  # there is no other item that could be tried without this one
            raise Declined("Stripe refuses this refund", code="refused") from None
        return _refunded(made)

    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        intent = await self._paid(request, context.now)
        refund = await self._refund_of(intent, request)
        return None if refund is None else _refunded(refund)

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        if self._env.config.reads_statement:
            async for page in balance_pages(
                self._calls, self._env.config, cursor=cursor, until=until
            ):
                yield page

    def _asked(self, request: DepositRequest) -> dict[str, Any]:
        try:
            amount = written_amount(request.amount)
        except (LookupError, NotRepresentable):
            raise Unsupported("an amount that Stripe cannot take exactly", code="amount") from None
        url = request.return_url or self._env.config.return_url
        if not url:
            raise ConfigError("`return_url` is missing: Stripe must know where to send people back")
        metadata = {"deposit_ref": request.deposit_ref}
        return {
            "mode": "payment",
            "client_reference_id": request.deposit_ref,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.amount.currency.lower(),
                        "unit_amount": amount,
                        "product_data": {"name": self._env.config.product_name},
                    },
                }
            ],
            "adaptive_pricing": {"enabled": False},  # in our currency, or the amount would differ
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "success_url": url,
            "cancel_url": url,
        }

    async def _session(self, request: DepositRequest, now: datetime) -> Session | None:
        """By whatever name is known: the page's, the payment's, or our reference alone."""
        known = request.provider_ref
        if known is not None and known.startswith("cs_"):
            return await self._calls.find(
                lambda client: client.v1.checkout.sessions.retrieve(known, {"expand": [CHARGE]}),
                Session,
            )
        asked: dict[str, Any] = {"limit": PAGE_LIMIT, "expand": [f"data.{CHARGE}"]}
        if known is not None:
            asked["payment_intent"] = known
        else:
            asked["created"] = {"gte": int((now - OPEN_LENGTH).timestamp())}
        listed = await self._calls.pages(
            lambda client: client.v1.checkout.sessions.list(asked), Session
        )
        found = [each for each in listed if each.client_reference_id == request.deposit_ref]
        return found[0] if found else None

    async def _paid(self, request: RefundRequest, now: datetime) -> PaymentIntent:
        session = await self._session(request.deposit, now)
        intent = session.payment_intent if session is not None else None
        if not isinstance(intent, PaymentIntent):
            raise NotSent("this deposit has no payment")
        return intent

    async def _refund_of(self, intent: PaymentIntent, request: RefundRequest) -> Refund | None:
        listed = await self._calls.pages(
            lambda client: client.v1.refunds.list(
                {"payment_intent": intent.id, "limit": PAGE_LIMIT}
            ),
            Refund,
        )
        for each in listed:
            if (each.metadata or {}).get("refund_ref") == request.refund_ref:
                return each
        return None

    async def _disputed(self, intent: PaymentIntent) -> tuple[ObservedDeposit | None, str]:
        listed = await self._calls.pages(
            lambda client: client.v1.disputes.list(
                {"payment_intent": intent.id, "limit": PAGE_LIMIT}
            ),
            Dispute,
        )
        states = {each.status: DISPUTES.get(each.status) for each in listed}
        for status, state in states.items():
            if state is None:  # a word we do not know: never guess
                return None, f"dispute:{status}"
        for grave in GRAVITY:
            for status, state in states.items():
                if state is grave:
                    return state, f"dispute:{status}"
        return ObservedDeposit.SETTLED, "dispute:warning"


def _state_of(session: Session) -> ObservedDeposit | None:
    """A page that is done may still wait for the money, or have lost it: delayed methods."""
    match session.status, session.payment_status:
        case "open", "unpaid":
            return ObservedDeposit.PENDING
        case "expired", _:
            return ObservedDeposit.EXPIRED
        case "complete", "paid":
            return ObservedDeposit.SETTLED
        case "complete", "unpaid":
            intent = session.payment_intent
            status = intent.status if isinstance(intent, PaymentIntent) else "processing"
            is_failed = status in ("requires_payment_method", "canceled")
            return ObservedDeposit.FAILED if is_failed else ObservedDeposit.PENDING
        case _:
            return None


def _amount_of(session: Session) -> Money | None:
    if session.amount_total is None or session.currency is None:
        return None
    return moved(session.amount_total, session.currency)


def _fee_of(charge: Charge | None, session: Session) -> Money | None:
    """Only where Stripe kept it from this very amount, not from one in another currency."""
    booked = charge.balance_transaction if charge is not None else None
    if not isinstance(booked, BalanceTransaction) or booked.currency != session.currency:
        return None
    return moved(booked.fee, booked.currency)


def _refunded(refund: Refund) -> RefundObservation:
    status = refund.status or ""
    code = f"{status}:{refund.failure_reason}" if refund.failure_reason else status
    return RefundObservation(state=REFUNDS.get(status), provider_ref=refund.id, provider_code=code)


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
