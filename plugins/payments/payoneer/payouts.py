"""Payoneer mass payouts. Our item reference is theirs: the key and the way to look it up.

An accepted call says nothing of single payments and carries no ids. A refused call is
believed only after each of its payments was looked up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

import msgspec

from domain.money import MICRO_DIGITS, Money, split_payable, to_minor
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
    BatchRefused,
    CallContext,
    ConfigError,
    DuplicateRef,
    FieldProblem,
    Health,
    HealthStatus,
    ItemProblem,
    NoAnswer,
    OutcomeUnknown,
    ProviderEnv,
    ProviderError,
)
from plugins.http import error_of
from plugins.payments.payoneer.client import Answer, PayoneerClient
from plugins.payments.payoneer.onboarding import PayoneerOnboarding
from plugins.payments.payoneer.settings import (
    BATCH_MAX,
    CURRENCIES,
    DESTINATION,
    EXPONENT,
    HOSTS,
    KIND,
    LOGINS,
    PAYEE_ID,
    STATUSES,
    VERSION,
    PayoneerConfig,
)
from plugins.payments.payoneer.webhooks import PayoneerWebhooks

REFUSED_MESSAGE: Final = "Payoneer does not accept this payee. Please check your Payoneer account."
DESCRIPTION_MAX: Final = 100
_PLACE: Final = re.compile(r"payments\[(\d+)\]", re.IGNORECASE)
_PAYEE: Final = re.compile(PAYEE_ID.strip("^$"))
_TOO_MANY: Final = HTTPStatus.TOO_MANY_REQUESTS


class PayoneerPayouts(
    PayoneerOnboarding, PayoneerWebhooks, PayoutProvider[PayoneerConfig], Cancels
):
    manifest = PayoutManifest(
        id="payoneer",
        version=VERSION,
        api_version=API_VERSION,
        rails=(Rail.WALLET,),
        countries=frozenset(),  # whom they serve is in the operator's contract
        currencies=CURRENCIES,
        destination_kinds={KIND: DESTINATION},
        max_batch=BATCH_MAX,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(scope=IdempotencyScope.ITEM),
        lookup=Lookup(
            mode=LookupMode.OUR_REF,
            settle_delay=timedelta(minutes=10),
            delays=tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720)),
            after_paid_delays=tuple(timedelta(days=each) for each in (3, 14, 30)),
        ),
        after_paid=frozenset({ObservedState.RETURNED}),
        send_deadline=timedelta(seconds=90),
        call_deadline=timedelta(seconds=90),
        concurrency=4,
        hosts=HOSTS,
        secrets=("client_id", "client_secret", "ipcn_secret"),
        data_classes=frozenset({"payee_id"}),
        fee_known=FeeKnown.NEVER,
    )
    config_type = PayoneerConfig

    async def open(self, env: ProviderEnv[PayoneerConfig]) -> None:
        config = env.config
        if config.endpoint not in LOGINS and not config.endpoint.startswith("http://127.0.0.1:"):
            raise ConfigError("the endpoint is neither theirs nor a simulator's")
        self._env = env
        self._client = PayoneerClient(
            config=config, secrets=env.secrets, http=env.http, clock=env.clock
        )
        self._statuses = {word: row.state for word, row in STATUSES.items()}
        self._statuses |= {word.casefold(): state for word, state in config.statuses.items()}

    async def health(self, context: CallContext) -> Health:
        """Asks for a payout that nobody made: "not there" is a good answer."""
        try:
            answer = await self._ask("payouts", "health", "status")
        except ProviderError as error:
            return Health(status=HealthStatus.DOWN, detail=type(error).__name__)
        is_well = answer.is_success or _is_not_there(answer)
        return Health(status=HealthStatus.OK if is_well else HealthStatus.DOWN)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        found = []
        if not _PAYEE.fullmatch(destination.fields.get("payee_id", "")):
            message = "Letters, digits, hyphens and underscores, 30 at most."
            found.append(FieldProblem(field="payee_id", code="characters", message=message))
        found += [
            FieldProblem(field=name, code="unknown", message="There is no such field.")
            for name in sorted(destination.fields.keys() - {"payee_id"})
        ]
        return tuple(found)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        payable, remainder = split_payable(request.amount, EXPONENT)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(self._env.config.fee_micros, request.amount.currency),
            fee_payer=request.fee_payer,
            arrives_within=timedelta(days=3),
            expires_at=context.now + timedelta(minutes=15),
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """Again: only what they do not have. Whether they refuse a known one is not documented."""
        known: list[Observation] = []
        unsent = batch.items
        if context.send_no > 1:
            known, missing = await self._all(batch.items)
            unsent = tuple(item for item in batch.items if item.item_ref in missing)
        if not unsent:
            return SendOutcome(items=tuple(known))
        body = msgspec.json.encode({"Payments": [_payment(item) for item in unsent]})
        answer = await self._env.run_blocking(lambda: self._client.post("masspayouts", body=body))
        if answer.is_success and answer.data is not None and "result" in answer.data:
            accepted = (
                Observation(item_ref=item.item_ref, state=ObservedState.ACCEPTED) for item in unsent
            )
            return SendOutcome(items=(*known, *accepted))
        if answer.is_success:
            raise OutcomeUnknown("an answer that cannot be read")
        if not _is_refusal(answer):
            raise error_of(answer.status, retry_after=answer.retry_after)
        return await self._after_refusal(batch, answer)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        found, missing = await self._all(batch.items)
        return LookupAnswer(found=tuple(found), missing=tuple(missing))

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        """What it became is what a look-up says, whatever the answer was."""
        answer = await self._env.run_blocking(
            lambda: self._client.put("payouts", item.item_ref, "cancel")
        )
        if not answer.is_success and not _is_refusal(answer):
            raise error_of(answer.status, retry_after=answer.retry_after)
        try:
            seen = await self._one(item)
        except NoAnswer as error:
            raise OutcomeUnknown("whether it was cancelled is not known") from error
        return seen or Observation(item_ref=item.item_ref, state=None, provider_code="NOT_FOUND")

    async def _after_refusal(self, batch: PayoutBatch, answer: Answer) -> SendOutcome:
        """They say no. If one of the payments exists, that was not the whole truth."""
        try:
            found, missing = await self._all(batch.items)
        except ProviderError as error:
            raise OutcomeUnknown("refused, but the look-up did not confirm it") from error
        if found and not missing:
            raise DuplicateRef("all of it is known already")
        if found:
            return SendOutcome(items=tuple(found))
        refusal = error_of(answer.status)
        if isinstance(refusal, BatchRefused):
            refusal = BatchRefused(problems=_problems(answer, batch.items))
        raise refusal

    async def _all(self, items: Sequence[PayoutItem]) -> tuple[list[Observation], list[str]]:
        """Each alone, as many at once as the instance has threads."""
        seen = await asyncio.gather(*(self._one(item) for item in items))
        found = [each for each in seen if each is not None]
        pairs = zip(items, seen, strict=True)
        return found, [item.item_ref for item, each in pairs if each is None]

    async def _one(self, item: PayoutItem) -> Observation | None:
        """None when they say, in their own words, that it is not there."""
        answer = await self._ask("payouts", item.item_ref, "status")
        if _is_not_there(answer):
            return None
        if not answer.is_success or answer.data is None:
            raise NoAnswer(f"HTTP {answer.status}")
        return self._observed(item, answer.data)

    async def _ask(self, *path: str) -> Answer:
        try:
            return await self._env.run_blocking(lambda: self._client.get(*path))
        except OutcomeUnknown as error:
            raise NoAnswer(str(error)) from error

    def _observed(self, item: PayoutItem, data: dict[str, Any] | Any) -> Observation:
        word = str(data.get("status", ""))
        reason = data.get("reason_code") or data.get("cancel_reason_code")
        payout_id = data.get("payout_id")
        return Observation(
            item_ref=item.item_ref,
            state=self._statuses.get(word.casefold()),
            provider_ref=str(payout_id) if payout_id else None,
            provider_code=f"{word} {reason}" if reason else word,
            amount=amount_said(data.get("target_amount"), data.get("target_currency")),
            occurred_at=_instant(data.get("load_date")),
        )


def _payment(item: PayoutItem) -> dict[str, object]:
    units, rest = divmod(to_minor(item.amount, EXPONENT), 10**EXPONENT)
    return {
        "client_reference_id": item.item_ref,
        "payee_id": item.destination.fields["payee_id"],
        "amount": msgspec.Raw(f"{units}.{rest:0{EXPONENT}d}".encode()),
        "currency": item.amount.currency,
        "description": item.memo[:DESCRIPTION_MAX],
    }


def _is_refusal(answer: Answer) -> bool:
    """A 4xx, but for the one that says "later"."""
    is_4xx = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_4xx and answer.status not in (_TOO_MANY, HTTPStatus.REQUEST_TIMEOUT)


def _is_not_there(answer: Answer) -> bool:
    """A 404 of theirs. One of somebody on the way has another body, and says nothing."""
    return answer.status == HTTPStatus.NOT_FOUND and "error" in (answer.data or {})


def _problems(answer: Answer, items: Sequence[PayoutItem]) -> tuple[ItemProblem, ...]:
    """Those of our payments that their list of errors names, by reference or by place."""
    details = (answer.data or {}).get("error_details")
    errors = details.get("errors") if isinstance(details, dict) else None
    by_ref = {item.item_ref: item for item in items}
    found: dict[str, ItemProblem] = {}
    for each in errors if isinstance(errors, list) else []:
        if not isinstance(each, dict):
            continue
        item = by_ref.get(str(each.get("client_reference_id")))
        place = _PLACE.search(str(each.get("field", "")))
        if item is None and place is not None and int(place[1]) < len(items):
            item = items[int(place[1])]
        if item is not None:
            code = str(each.get("sub_code") or each.get("code") or "refused")[:40]
            found[item.item_ref] = ItemProblem(
                item_ref=item.item_ref, code=code, message=REFUSED_MESSAGE
            )
    return tuple(found.values())


def amount_said(value: object, currency: object) -> Money | None:
    """What they say they moved. A number that cannot be exact is no number of theirs."""
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", str(value)):
        return None
    return Money(int(Decimal(str(value)).scaleb(MICRO_DIGITS)), currency)


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
