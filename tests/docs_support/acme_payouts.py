"""Acme Pay, an invented service: a payout provider that is small and complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec

from piecerate.plugin import (
    API_VERSION,
    AuthError,
    BatchRefused,
    BatchSemantics,
    CallContext,
    CurrencyLimits,
    Destination,
    DestinationKind,
    DuplicateRef,
    FieldProblem,
    Health,
    HealthStatus,
    Idempotency,
    IdempotencyScope,
    ItemProblem,
    Lookup,
    LookupAnswer,
    LookupMode,
    Money,
    NotSent,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutManifest,
    PayoutProvider,
    ProviderEnv,
    Quote,
    QuoteRequest,
    Rail,
    RateLimited,
    SendOutcome,
    hookimpl,
    split_payable,
    to_minor,
)

CENTS: Final = 2
MICROS_PER_CENT: Final = 10_000
STATES: Final[Mapping[str, ObservedState]] = {
    "new": ObservedState.ACCEPTED,
    "done": ObservedState.PAID,
    "refused": ObservedState.FAILED,
    "bounced": ObservedState.RETURNED,
}


class AcmeConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    url: str


class AcmePayouts(PayoutProvider[AcmeConfig]):
    manifest = PayoutManifest(
        id="acme",
        version="1",
        api_version=API_VERSION,
        rails=(Rail.WALLET,),
        countries=frozenset({"PH", "IN"}),
        currencies={
            "USD": CurrencyLimits(
                minimum=Money(1_000_000, "USD"), maximum=Money(500_000_000, "USD"), exponent=CENTS
            )
        },
        destination_kinds={
            "acme": DestinationKind(
                schema={
                    "type": "object",
                    "required": ["phone"],
                    "properties": {"phone": {"type": "string", "title": "Phone"}},
                },
                label_field="phone",
            )
        },
        max_batch=100,
        batch_semantics=BatchSemantics.INDEPENDENT,
        idempotency=Idempotency(scope=IdempotencyScope.BATCH, window=timedelta(days=30)),
        lookup=Lookup(
            mode=LookupMode.OUR_REF,
            settle_delay=timedelta(minutes=2),
            delays=(timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=6)),
            after_paid_delays=(timedelta(days=1), timedelta(days=7)),
        ),
        after_paid=frozenset({ObservedState.RETURNED}),
        send_deadline=timedelta(seconds=20),
        call_deadline=timedelta(seconds=10),
        concurrency=4,
    )
    config_type = AcmeConfig

    _client: httpx.AsyncClient

    async def open(self, env: ProviderEnv[AcmeConfig]) -> None:
        self._client = httpx.AsyncClient(
            base_url=env.config.url,
            headers={"Authorization": f"Bearer {env.secrets.text('api_key')}"},
            timeout=60,  # the guard's deadlines are shorter
            trust_env=False,  # no proxy of the machine sees who is paid
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def health(self, context: CallContext) -> Health:
        answer = await self._call(context, "GET", "/balance")
        balance = Money(answer.json()["cents"] * MICROS_PER_CENT, "USD")
        return Health(status=HealthStatus.OK, balances=(balance,))

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        if destination.fields.get("phone", "").removeprefix("+").isdigit():
            return ()
        message = "A phone number has digits only, after an optional plus."
        return (FieldProblem(field="phone", code="not_a_number", message=message),)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        payable, remainder = split_payable(request.amount, CENTS)
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
                "cents": to_minor(item.amount, CENTS),
            }
            for item in batch.items
        ]
        path = f"/batches/{batch.batch_ref}"
        answer = await self._call(context, "PUT", path, {"payments": payments})
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise BatchRefused(
                problems=tuple(
                    ItemProblem(item_ref=ref, code="no_such_phone", message="Nobody has it.")
                    for ref in answer.json()["wrong"]
                )
            )
        return SendOutcome(items=_observed(answer, batch))

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        answer = await self._call(context, "GET", f"/batches/{batch.batch_ref}")
        found = () if answer.status_code == httpx.codes.NOT_FOUND else _observed(answer, batch)
        known = {each.item_ref for each in found}
        return LookupAnswer(
            found=found,
            missing=tuple(each.item_ref for each in batch.items if each.item_ref not in known),
        )

    async def _call(
        self, context: CallContext, method: str, path: str, body: object = None
    ) -> httpx.Response:
        """Classifies what is certain. Whatever else happens stays an exception: unknown."""
        headers = {"X-Correlation-Id": context.correlation_id}
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.ConnectError as error:
            raise NotSent("no connection") from error
        match answer.status_code:
            case 401 | 403:
                raise AuthError("the key is refused")
            case 409:
                raise DuplicateRef("this reference came with other payments before")
            case 429:
                wait = float(answer.headers.get("Retry-After", 60))
                raise RateLimited("too fast", retry_after_seconds=wait)
            case status if status not in (404, 422):
                answer.raise_for_status()
        return answer


def _observed(answer: httpx.Response, batch: PayoutBatch) -> tuple[Observation, ...]:
    ours = {item.item_ref for item in batch.items}
    return tuple(
        Observation(
            item_ref=each["ref"],
            state=STATES.get(each["status"]),  # None: a word that we do not know
            provider_code=each["status"],
            amount=Money(each["cents"] * MICROS_PER_CENT, "USD"),
        )
        for each in answer.json()["payments"]
        if each["ref"] in ours
    )


@hookimpl
def payout_providers() -> Sequence[type[PayoutProvider[Any]]]:
    return (AcmePayouts,)
