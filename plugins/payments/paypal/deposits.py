"""Deposits through PayPal's orders: the employer approves on PayPal's page, then we capture."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from domain.deposits.provider import (
    CapturesDeposits,
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
from domain.money import NotRepresentable
from domain.provider import (
    API_VERSION,
    CallContext,
    Declined,
    Health,
    NotSent,
    OutcomeUnknown,
    ProviderEnv,
    Unsupported,
)
from domain.provider_news import (
    ProviderEvent,
    RawWebhook,
    ReadsStatements,
    ReceivesWebhooks,
    StatementPage,
    VerifiedWebhook,
    WebhookRoute,
)
from plugins.payments.paypal import orders
from plugins.payments.paypal.account import Account, open_account
from plugins.payments.paypal.currencies import CURRENCIES
from plugins.payments.paypal.reports import statement
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.settings import HOSTS, SECRETS, VERSION, PayPalConfig
from plugins.payments.paypal.webhooks import ROUTES, read_event

PATH: Final = "/v2/checkout/orders"
CAPTURES_PATH: Final = "/v2/payments/captures"
DISPUTES_PATH: Final = "/v1/customer/disputes"
WHOLE: Final = "return=representation"
REQUEST_IDS_LIVE: Final = timedelta(hours=6)
DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (20, 60, 300, 1800, 7200, 21600, 43200)
)
# PayPal did it before, or will not do it now: only the order itself tells which.
ASK_THE_ORDER: Final = frozenset(
    {
        "ORDER_ALREADY_CAPTURED",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
        "DUPLICATE_INVOICE_ID",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
    }
)


class PayPalDeposits(
    DepositProvider[PayPalConfig],
    CapturesDeposits,
    RefundsDeposits,
    ReceivesWebhooks,
    ReadsStatements,
):
    manifest = DepositManifest(
        id="paypal",
        version=VERSION,
        api_version=API_VERSION,
        rails=("wallet",),
        currencies=CURRENCIES,
        look_up_delays=DELAYS,
        call_deadline=timedelta(seconds=75),
        concurrency=4,
        hosts=HOSTS,
        secrets=SECRETS,
        data_classes=frozenset(),
        idempotency_window=REQUEST_IDS_LIVE,
    )
    config_type = PayPalConfig

    _account: Account

    async def open(self, env: ProviderEnv[PayPalConfig]) -> None:
        self._account = await open_account(env)

    async def health(self, context: CallContext) -> Health:
        return await self._account.health()

    async def create(self, request: DepositRequest, context: CallContext) -> DepositStart:
        """Nobody can pay an order whose address nobody was given: a lost answer costs nothing."""
        try:
            order = orders.order_of(request)
        except (NotRepresentable, KeyError) as error:
            raise Unsupported("an amount that PayPal cannot take") from error
        try:
            said = await self._account.post(
                PATH, body=lambda: order, request_id=request.deposit_ref, prefer=WHOLE
            )
        except Answered as answered:
            if answered.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise _declined(answered) from None
            raise answered.as_problem() from None
        url = orders.approval_of(said) if isinstance(said, Mapping) else None
        if url is None or not self._account.config.may_show(url):
            raise OutcomeUnknown("an order that nobody can approve")
        return DepositStart(provider_ref=orders.order_id_of(said), redirect_url=url)

    async def look_up(
        self, request: DepositRequest, context: CallContext
    ) -> DepositObservation | None:
        if request.provider_ref is None:
            return None
        try:
            said = await self._account.get(_order_path(request.provider_ref))
        except Answered as answered:
            if answered.status == HTTPStatus.NOT_FOUND:
                return _gone(request.provider_ref)
            raise answered.as_problem() from None
        return await self._observed(said, request)

    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        if request.provider_ref is None:
            raise NotSent("there is no order yet")
        try:
            said = await self._account.post(
                f"{_order_path(request.provider_ref)}/capture",
                body=dict,
                request_id=f"{request.deposit_ref}-capture",
                prefer=WHOLE,
            )
        except Answered as answered:
            if answered.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise _moving_problem(answered) from None
            if not answered.said.codes & ASK_THE_ORDER:
                raise _declined(answered) from None
            said = await self._order_after_refusal(request.provider_ref)
        return orders.observation_of(said, deposit_ref=request.deposit_ref)

    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        """PayPal forgets request ids, the order does not forget its refunds: it is asked first."""
        unit = await self._unit_before(request)
        earlier = orders.refund_in(unit, refund_ref=request.refund_ref)
        if earlier is not None:
            return earlier
        capture = orders.capture_of(unit)
        if capture is None or not isinstance(capture.get("id"), str):
            raise Declined("nothing was captured", code="NOT_CAPTURED")
        try:
            said = await self._account.post(
                f"{CAPTURES_PATH}/{quote(capture['id'], safe='')}/refund",
                body=lambda: orders.refund_of(request),
                request_id=request.refund_ref,
                prefer=WHOLE,
            )
        except Answered as answered:
            if answered.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise _declined(answered) from None
            raise _moving_problem(answered) from None
        return orders.refund_observation(said)

    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        unit = await self._unit(request)
        return orders.refund_in(unit, refund_ref=request.refund_ref)

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return ROUTES

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return await self._account.webhooks.verify(webhook, context)

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        return read_event(webhook)

    def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        return statement(self._account, cursor=cursor, until=until)

    async def _observed(self, said: Any, request: DepositRequest) -> DepositObservation:
        """With the disputes about its capture, which the order itself does not tell."""
        capture = orders.capture_of(orders.unit_of(said, deposit_ref=request.deposit_ref))
        dispute = None
        if capture is not None and self._account.config.read_disputes:
            dispute = orders.dispute_state(await self._cases(str(capture.get("id"))))
        return orders.observation_of(said, deposit_ref=request.deposit_ref, dispute=dispute)

    async def _cases(self, capture_id: str) -> list[Mapping[str, Any]]:
        """The list names them; how a case ended stands only in the case itself."""
        try:
            said = await self._account.get(DISPUTES_PATH, disputed_transaction_id=capture_id)
            named = [each["dispute_id"] for each in said.get("items") or ()]
            cases = [
                await self._account.get(f"{DISPUTES_PATH}/{quote(str(each), safe='')}")
                for each in named
            ]
        except Answered as answered:
            if answered.status == HTTPStatus.NOT_FOUND:
                return []
            raise answered.as_problem() from None
        except (AttributeError, KeyError, TypeError) as error:
            raise OutcomeUnknown("disputes that cannot be read") from error
        return [each for each in cases if isinstance(each, Mapping)]

    async def _order_after_refusal(self, order_id: str) -> Any:
        """The capture was refused for a reason that the order explains; else nobody knows."""
        try:
            return await self._account.get(_order_path(order_id))
        except (Answered, NotSent) as error:
            raise OutcomeUnknown("the order could not be read after its capture") from error

    async def _unit(self, request: RefundRequest) -> Mapping[str, Any]:
        deposit = request.deposit
        if deposit.provider_ref is None:
            raise NotSent("there is no order")
        try:
            said = await self._account.get(_order_path(deposit.provider_ref))
        except Answered as answered:
            raise answered.as_problem() from None
        return orders.unit_of(said, deposit_ref=deposit.deposit_ref)

    async def _unit_before(self, request: RefundRequest) -> Mapping[str, Any]:
        """Nothing was sent yet: whatever fails here has moved nothing in this call."""
        try:
            return await self._unit(request)
        except OutcomeUnknown as error:
            raise NotSent("the order could not be read before its refund") from error


def _order_path(order_id: str) -> str:
    return f"{PATH}/{quote(order_id, safe='')}"


def _gone(order_id: str) -> DepositObservation:
    """PayPal forgets orders that nobody approved within hours."""
    return DepositObservation(
        state=ObservedDeposit.EXPIRED, provider_ref=order_id, provider_code="RESOURCE_NOT_FOUND"
    )


def _declined(answered: Answered) -> Declined:
    issues = [each.issue for each in answered.said.details if each.issue]
    return Declined(str(answered), code=(issues or [answered.said.name])[0])


def _moving_problem(answered: Answered) -> Exception:
    """A wrong order id is no reason to shut the account: only people can tell what it means."""
    if answered.status == HTTPStatus.NOT_FOUND:
        return OutcomeUnknown(str(answered))
    return answered.as_problem()
