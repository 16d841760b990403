"""The provider: what is sent to Acme Pay, and what its answers mean."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from re import search
from typing import Any, Final

import requests

from piecerate.plugin import (
    BatchRefused,
    CallContext,
    Cancels,
    Destination,
    DuplicateRef,
    FieldProblem,
    GuardedHttp,
    Health,
    HealthStatus,
    ItemProblem,
    LineKind,
    LookupAnswer,
    Money,
    Observation,
    ObservedState,
    OutcomeUnknown,
    PayoutBatch,
    PayoutItem,
    PayoutProvider,
    ProviderEnv,
    ProviderEvent,
    Quote,
    QuoteRequest,
    RawWebhook,
    ReadsStatements,
    ReceivesWebhooks,
    SendOutcome,
    StatementLine,
    StatementPage,
    VerifiedWebhook,
    WebhookRoute,
    json_of,
    raise_for_answer,
    raise_for_failure,
    split_payable,
    to_minor,
)
from piecerate_acme.settings import EXPONENTS, MANIFEST, PHONE, AcmeConfig
from piecerate_acme.webhooks import read, verify

STATES: Final[Mapping[str, ObservedState]] = {
    "new": ObservedState.ACCEPTED,
    "working": ObservedState.PENDING,
    "held": ObservedState.ON_HOLD,
    "waiting": ObservedState.UNCLAIMED,
    "done": ObservedState.PAID,
    "refused": ObservedState.FAILED,
    "cancelled": ObservedState.CANCELLED,
    "bounced": ObservedState.RETURNED,
}
MICRO_DIGITS: Final = 6
NO_SUCH_PHONE: Final = "Nobody has this phone."


class AcmePayouts(PayoutProvider[AcmeConfig], Cancels, ReceivesWebhooks, ReadsStatements):
    manifest = MANIFEST
    config_type = AcmeConfig

    _env: ProviderEnv[AcmeConfig]
    _local: threading.local

    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        env.secrets.text("api_key")  # a missing one is found now, not when money waits
        self._env = env
        self._local = threading.local()

    async def health(self, context: CallContext) -> Health:
        told = await self._read("/v1/balance")
        balances = tuple(
            _money(minor, currency) for currency, minor in sorted(told["balances"].items())
        )
        return Health(status=HealthStatus.OK, balances=balances)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        problems = [
            FieldProblem(field=name, code="unknown", message="There is no such field.")
            for name in sorted(destination.fields.keys() - {"phone"})
        ]
        if search(PHONE, destination.fields.get("phone", "")) is None:
            message = "7 to 15 digits, after an optional plus."
            problems.append(FieldProblem(field="phone", code="not_a_number", message=message))
        return tuple(problems)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        payable, remainder = split_payable(request.amount, EXPONENTS[request.amount.currency])
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(0, request.amount.currency),
            fee_payer=request.fee_payer,
            arrives_within=timedelta(hours=1),
            expires_at=context.now + timedelta(minutes=5),
        )

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        payments = [
            {
                "ref": item.item_ref,
                "phone": item.destination.fields["phone"],
                "minor": to_minor(item.amount, EXPONENTS[item.amount.currency]),
                "currency": item.amount.currency,
            }
            for item in batch.items
        ]
        answer = await self._call("PUT", f"/v1/batches/{batch.batch_ref}", {"payments": payments})
        if answer.status_code == HTTPStatus.CONFLICT:
            raise DuplicateRef("this reference came with other payments before")
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise _refused(answer)
        raise_for_answer(answer)
        return SendOutcome(items=_observed(json_of(answer), batch))

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await self._call("GET", f"/v1/batches/{batch.batch_ref}")
        found: tuple[Observation, ...] = ()
        if answer.status_code != HTTPStatus.NOT_FOUND:
            raise_for_answer(answer)
            found = _observed(json_of(answer), batch)
        known = {each.item_ref for each in found}
        return LookupAnswer(
            found=found,
            missing=tuple(each.item_ref for each in batch.items if each.item_ref not in known),
        )

    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        answer = await self._call("POST", f"/v1/payments/{item.item_ref}/cancel", {})
        raise_for_answer(answer)
        return _observation(json_of(answer))

    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        return (WebhookRoute(name="payments", description="Every change of a payment."),)

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return verify(webhook, secrets=self._env.secrets.texts("webhook_secret"))

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        return read(webhook)

    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        told = await self._read(f"/v1/movements?after={int(cursor or 0)}")
        lines = [_line(each) for each in told["movements"]]
        yield StatementPage(
            lines=tuple(each for each in lines if each.booked_at <= until), cursor=told["cursor"]
        )

    async def _read(self, path: str) -> Any:
        answer = await self._call("GET", path)
        raise_for_answer(answer)
        return json_of(answer)

    async def _call(self, method: str, path: str, body: object = None) -> requests.Response:
        answer: requests.Response = await self._env.run_blocking(
            partial(self._ask, method, path, body)
        )
        return answer

    def _ask(self, method: str, path: str, body: object) -> requests.Response:
        try:
            answer: requests.Response = self._session().request(
                method, f"{self._env.config.endpoint}{path}", json=body
            )
        except requests.RequestException as error:
            raise_for_failure(error)
        return answer

    def _session(self) -> GuardedHttp:
        """One per thread: sessions are not made to be shared."""
        if not hasattr(self._local, "session"):
            self._local.session = self._env.http.new()
            self._local.session.headers["Authorization"] = (
                f"Bearer {self._env.secrets.text('api_key')}"
            )
        session: GuardedHttp = self._local.session
        return session


def _refused(answer: requests.Response) -> BatchRefused:
    return BatchRefused(
        problems=tuple(
            ItemProblem(item_ref=ref, code="no_such_phone", message=NO_SUCH_PHONE)
            for ref in json_of(answer)["wrong"]
        )
    )


def _observed(told: Any, batch: PayoutBatch) -> tuple[Observation, ...]:
    """Each of our items once, whatever else stands in the answer."""
    try:
        by_ref = {str(each["ref"]): _observation(each) for each in told["payments"]}
    except (KeyError, TypeError, ValueError) as error:
        raise OutcomeUnknown("an answer in an unknown form") from error
    return tuple(by_ref[item.item_ref] for item in batch.items if item.item_ref in by_ref)


def _observation(told: Mapping[str, Any]) -> Observation:
    return Observation(
        item_ref=str(told["ref"]),
        state=STATES.get(told["status"]),  # None: a word that we do not know
        provider_ref=str(told["id"]),
        provider_code=str(told["status"]),
        amount=_money(told["minor"], told["currency"]),
    )


def _line(told: Mapping[str, Any]) -> StatementLine:
    kinds: Mapping[str, LineKind] = {"payment": LineKind.PAYOUT, "bounce": LineKind.RETURN}
    return StatementLine(
        line_id=str(told["id"]),
        booked_at=datetime.fromisoformat(told["at"]),
        kind=kinds.get(told["kind"], LineKind.OTHER),
        amount=_money(told["minor"], told["currency"]),
        item_ref=str(told["ref"]),
        provider_ref=str(told["payment"]),
        raw_code=str(told["kind"]),
    )


def _money(minor: int, currency: str) -> Money:
    return Money(int(minor) * 10 ** (MICRO_DIGITS - EXPONENTS[currency]), currency)


__all__: Sequence[str] = ("AcmePayouts",)
