"""Payouts through PayPal's batches: 15,000 payments in one call, and what became of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

from domain.money import Money, NotRepresentable, share_micros, split_payable
from domain.payouts.provider import (
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
    DuplicateRef,
    FieldProblem,
    Health,
    OutcomeUnknown,
    ProviderEnv,
    ProviderError,
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
from plugins.payments.paypal import batches
from plugins.payments.paypal.account import Account, open_account
from plugins.payments.paypal.currencies import CURRENCIES, payout_amount
from plugins.payments.paypal.destinations import KINDS, problems_of
from plugins.payments.paypal.reports import statement
from plugins.payments.paypal.said import Answered
from plugins.payments.paypal.scan import scan
from plugins.payments.paypal.settings import (
    HOSTS,
    MAX_BATCH,
    REPORT_DELAY,
    SECRETS,
    VERSION,
    PayPalConfig,
)
from plugins.payments.paypal.webhooks import ROUTES, read_event

PATH: Final = "/v1/payments/payouts"
ITEM_PATH: Final = "/v1/payments/payouts-item"
PAGE_SIZE: Final = 1000
PAGES_MAX: Final = 1000
ARRIVES_WITHIN: Final = timedelta(minutes=30)
QUOTE_LENGTH: Final = timedelta(hours=1)
NOT_CANCELLABLE: Final = frozenset(
    {"ITEM_INCORRECT_STATUS", "ITEM_ALREADY_CANCELLED", "ITEM_CANCELLATION_FAILED"}
)


class PayPalPayouts(PayoutProvider[PayPalConfig], Cancels, ReceivesWebhooks, ReadsStatements):
    manifest = PayoutManifest(
        id="paypal",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.WALLET,),
        countries=frozenset(),
        currencies=CURRENCIES,
        destination_kinds=KINDS,
        max_batch=MAX_BATCH,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(
            scope=IdempotencyScope.BATCH, window=timedelta(days=30), margin=timedelta(days=2)
        ),
        lookup=Lookup(
            mode=LookupMode.SCAN,
            settle_delay=timedelta(hours=3),
            delays=(
                timedelta(minutes=1),
                timedelta(minutes=5),
                timedelta(minutes=30),
                timedelta(hours=2),
                timedelta(hours=6),
                timedelta(hours=12),
            ),
            # An unclaimed payment goes back after 30 days; a refund may come later.
            after_paid_delays=tuple(timedelta(days=days) for days in (1, 7, 30, 60)),
            report_delay=REPORT_DELAY,
        ),
        after_paid=frozenset(
            {ObservedState.RETURNED, ObservedState.REFUNDED, ObservedState.REVERSED}
        ),
        send_deadline=timedelta(seconds=75),  # a token, the call, and both again after a 401
        call_deadline=timedelta(seconds=120),  # a batch of 15,000 is 15 pages
        concurrency=4,
        hosts=HOSTS,
        secrets=SECRETS,
        data_classes=frozenset({"email", "phone", "account_id"}),
        fee_known=FeeKnown.LATER,
    )
    config_type = PayPalConfig

    _account: Account

    async def open(self, env: ProviderEnv[PayPalConfig]) -> None:
        # What the account is configured for may be less than what PayPal can do.
        self.manifest = replace(self.manifest, max_batch=env.config.batch_max)  # type: ignore[misc]  # of this instance
        self._account = await open_account(env)

    async def health(self, context: CallContext) -> Health:
        return await self._account.health()

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return problems_of(destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        """PayPal tells its fee afterwards: this one is computed from the configuration."""
        amount, config = request.amount, self._account.config
        limits = CURRENCIES.get(amount.currency)
        if limits is None:
            raise Unsupported(f"PayPal does not pay in {amount.currency}")
        payable, remainder = split_payable(amount, limits.exponent)
        fee = share_micros(payable.micros, config.fee_basis_points)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(
                min(fee, config.fee_max_micros.get(amount.currency, fee)), amount.currency
            ),
            fee_payer=request.fee_payer,
            arrives_within=ARRIVES_WITHIN,
            expires_at=context.now + QUOTE_LENGTH,
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """All or nothing is accepted; what becomes of each item is known later."""
        _require_exact(batch)
        subject = self._account.config.email_subject
        try:
            said = await self._account.post(
                PATH,
                body=lambda: batches.request_of(batch, email_subject=subject),
                request_id=batch.batch_ref,
            )
        except Answered as answered:
            if answered.said.is_duplicate:
                return await self._adopt(batch, answered)
            raise batches.refusal_of(answered, batch) from None
        return SendOutcome(
            provider_ref=batches.batch_id_of(said, batch_ref=batch.batch_ref),
            items=tuple(
                Observation(item_ref=item.item_ref, state=ObservedState.ACCEPTED)
                for item in batch.items
            ),
        )

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        batch_id = batch.provider_ref
        if batch_id is not None:
            found = await self._found(batch, batch_id)
            if found is not None:
                return found
        scanned = await scan(self._account, batch, now=context.now)
        if scanned.batch_id is not None:
            found = await self._found(batch, scanned.batch_id)
            if found is not None:
                return found
        known = {each.item_ref for each in scanned.reported}
        # A batch is accepted as a whole: where one item is, none is missing.
        missing = () if known else tuple(item.item_ref for item in batch.items)
        return LookupAnswer(
            found=scanned.reported,
            missing=missing,
            searched_from=scanned.searched_from,
            searched_until=scanned.searched_until,
        )

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        """PayPal gives back what nobody has claimed, and nothing else."""
        if item.provider_ref is None:
            raise Unsupported("PayPal's name for the item is not known yet")
        path = f"{ITEM_PATH}/{quote(item.provider_ref, safe='')}"
        try:
            said = await self._account.post(f"{path}/cancel")
        except Answered as answered:
            if not answered.said.codes & NOT_CANCELLABLE:
                raise answered.as_problem() from None
            said = await self._item(path)
        return _of_item(said, item)

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

    async def _adopt(self, batch: PayoutBatch, answered: Answered) -> SendOutcome:
        """PayPal has this reference already and says where: never send under another one.

        Raises `DuplicateRef` where what is there is not what we would have sent, or cannot
        be seen now.
        """
        wanted = {(item.item_ref, item.amount) for item in batch.items}
        for link in answered.said.links:
            if not self._account.config.is_own(link):
                continue
            batch_id = urlsplit(link).path.rstrip("/").rpartition("/")[2]
            try:
                rows = await self._rows(batch_id)
            except (Answered, ProviderError):
                break  # whatever went wrong there says nothing about this batch
            if batches.item_set(rows) != wanted:
                raise DuplicateRef("this reference came with other items before")
            return SendOutcome(provider_ref=batch_id, items=batches.observations(batch, rows))
        raise DuplicateRef("PayPal knows this reference already")

    async def _found(self, batch: PayoutBatch, batch_id: str) -> LookupAnswer | None:
        """None where PayPal has no such batch. An item that it does not list is not missing."""
        try:
            rows = await self._rows(batch_id)
        except Answered as answered:
            if answered.status == HTTPStatus.NOT_FOUND:
                return None
            raise answered.as_problem() from None
        return LookupAnswer(
            found=batches.observations(batch, rows), missing=(), provider_ref=batch_id
        )

    async def _rows(self, batch_id: str) -> list[Mapping[str, Any]]:
        """All pages of a batch, or none."""
        rows: list[Mapping[str, Any]] = []
        page, last = 1, 1
        while page <= last:
            said = await self._account.get(
                f"{PATH}/{quote(batch_id, safe='')}",
                page=page,
                page_size=PAGE_SIZE,
                total_required="true",
            )
            if not isinstance(said, Mapping) or not isinstance(said.get("items") or [], list):
                raise OutcomeUnknown("a batch that cannot be read")
            rows += [each for each in said.get("items") or () if isinstance(each, Mapping)]
            last = int(said.get("total_pages") or 1)
            if last > PAGES_MAX:
                raise OutcomeUnknown("a batch that is too long")
            page += 1
        return rows

    async def _item(self, path: str) -> Any:
        try:
            return await self._account.get(path)
        except Answered as answered:
            raise answered.as_problem() from None


def _require_exact(batch: PayoutBatch) -> None:
    """Before anything leaves: an amount is never rounded."""
    try:
        for item in batch.items:
            payout_amount(item.amount)
    except (NotRepresentable, KeyError) as error:
        raise Unsupported("an amount that PayPal cannot pay") from error


def _of_item(said: Any, item: PayoutItem) -> Observation:
    asked = said.get("payout_item") if isinstance(said, Mapping) else None
    if not isinstance(asked, Mapping) or asked.get("sender_item_id") != item.item_ref:
        raise OutcomeUnknown("an answer about another item")
    return batches.observation_of(said, item_ref=item.item_ref)
