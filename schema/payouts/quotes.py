"""What a payout would cost, how members of a country can be paid, and their standing wishes."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from hmac import compare_digest
from typing import Annotated, Final, Self

import msgspec
import strawberry

from domain.errors import Refused
from domain.money import Money as Amount
from domain.payouts import operations
from domain.payouts.operations import AgreedFee, NoMethods, PayoutMethod, QuoteExpired
from domain.payouts.operations.methods import RUN_DAYS_SHOWN, MethodCurrency
from domain.payouts.rules import RunDay
from domain.routing.provider import FeePayer
from domain.routing.rules import Schedule
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.money import CurrencyCode, Money, MoneyInput
from schema.payloads import Payload
from schema.payouts import terms as _shown  # noqa: F401  # enums of these types
from schema.prices import Cost
from schema.scalars import CountryCode

READ: Final = [Auth(scopes=["payouts:read"]), Cost(weight=20)]
METHODS_MAX: Final = 20
CURRENCIES_MAX: Final = 9
PARTS: Final = 2

show_enum(
    NoMethods,
    name="PayoutMethodsMissing",
    description="Why nobody can be paid in a country.",
    values={
        NoMethods.NO_PROVIDER: "No provider we work with pays there.",
        NoMethods.NO_RULE: "A provider could, but our rules send no payouts there.",
    },
)


@strawberry.type(description="A day of the calendar of payout runs, in UTC.")
class PayoutRunDay:
    run_on: date = strawberry.field(description="When payouts are collected.")
    leaves_on: date = strawberry.field(
        description="The first day from then on, without weekends and holidays, that money leaves."
    )

    @classmethod
    def of(cls, day: RunDay) -> Self:
        return cls(run_on=day.run_on, leaves_on=day.leaves_on)


@strawberry.type(description="What may be paid out in one currency.")
class PayoutMethodCurrency:
    currency: CurrencyCode = strawberry.field(description="Of the account.")
    minimum: Money = strawberry.field(description="The least amount.")
    maximum: Money = strawberry.field(description="The most at once.")
    fee_payer: FeePayer = strawberry.field(description="Who pays the fee, if there is one.")
    schedule: Schedule = strawberry.field(description="When such payouts go.")
    run_days: list[PayoutRunDay] = strawberry.field(
        description="The next ones for what is asked for now; at most 4.",
        directives=[Cost(list_size=RUN_DAYS_SHOWN)],
    )

    @classmethod
    def of(cls, found: MethodCurrency) -> Self:
        return cls(
            currency=CurrencyCode[found.minimum.currency],
            minimum=Money.of(found.minimum),
            maximum=Money.of(found.maximum),
            fee_payer=found.fee_payer,
            schedule=found.schedule,
            run_days=[PayoutRunDay.of(each) for each in found.run_days],
        )


@strawberry.type(description="A kind of destination that can be paid.")
class PayoutDestinationMethod:
    kind: str = strawberry.field(description="For `destinationAdd`, such as `sandbox`.")
    form_schema: str = strawberry.field(
        description="JSON Schema of the fields, as text; draw the form from it."
    )
    currencies: list[PayoutMethodCurrency] = strawberry.field(
        description="One per currency; at most 9.", directives=[Cost(list_size=CURRENCIES_MAX)]
    )

    @classmethod
    def of(cls, method: PayoutMethod) -> Self:
        return cls(
            kind=method.kind,
            form_schema=msgspec.json.encode(method.schema).decode(),
            currencies=[PayoutMethodCurrency.of(each) for each in method.currencies],
        )


@strawberry.type(description="How an account in a country can be paid.")
class PayoutMethods:
    methods: list[PayoutDestinationMethod] = strawberry.field(
        description="One per kind; at most 20.", directives=[Cost(list_size=METHODS_MAX)]
    )
    missing: NoMethods | None = strawberry.field(description="Why there are none.")


@strawberry.type(description="What a payout would cost and bring.")
class PayoutQuote:
    amount: Money = strawberry.field(description="Ask for this much: what arrives, and the fee.")
    payable: Money = strawberry.field(description="What arrives.")
    fee: Money = strawberry.field(description="What of it the member pays for the way.")
    remainder: Money = strawberry.field(description="What stays on the balance.")
    arrives_within_seconds: int | None = strawberry.field(
        description="How long the way takes; null when nobody can tell."
    )
    goes_at: datetime | None = strawberry.field(
        description="When a new destination may first be paid; null when it may now."
    )
    schedule: Schedule = strawberry.field(description="When it goes.")
    run_day: PayoutRunDay = strawberry.field(description="The next day that can take it.")
    expires_at: datetime = strawberry.field(description="Until then `token` is good.")
    token: str = strawberry.field(
        description="For `payoutRequest`, where the member pays the fee: it agrees to this fee."
    )


@strawberry.type(description="Outcome of `payoutQuote`.")
class PayoutQuotePayload(Payload):
    quote: PayoutQuote | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.input(description="A payout that may be asked for.")
class PayoutQuoteInput:
    amount: MoneyInput = strawberry.field(description="What shall leave the balance.")
    destination_id: strawberry.ID = strawberry.field(description="One of the viewer's own.")


@strawberry.type(description="Reads.")
class PayoutQuoteQueries:
    @strawberry.field(
        description="What a payout would cost, without asking for it. Needs payouts:read.",
        directives=READ,
    )
    async def payout_quote(
        self, info: Info, input: In[PayoutQuoteInput]
    ) -> PayoutQuotePayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            destination_id = context.ids.decode(
                Tag.DESTINATION, input.destination_id, "destination_id"
            )
            found = await operations.quote_payout(
                worker_id=viewer.member_id,
                amount=input.amount.positive("amount"),
                destination_id=destination_id,
                providers=context.services.payouts,
                now=context.now,
            )
        except Refused as refusal:
            return PayoutQuotePayload(errors=[user_error(refusal, {"": ["destinationId"]})])
        agreed = AgreedFee(
            destination_id=destination_id,
            amount=found.amount,
            fee=found.fee,
            expires_at=found.expires_at,
        )
        arrives = found.arrives_within
        quote = PayoutQuote(
            amount=Money.of(found.amount),
            payable=Money.of(found.payable),
            fee=Money.of(found.fee),
            remainder=Money.of(found.remainder),
            arrives_within_seconds=None if arrives is None else int(arrives.total_seconds()),
            goes_at=found.goes_at,
            schedule=found.schedule,
            run_day=PayoutRunDay.of(found.run_day),
            expires_at=found.expires_at,
            token=token_of(context, agreed),
        )
        return PayoutQuotePayload(quote=quote)

    @strawberry.field(
        description="How an account in a country can be paid; for a viewer, by their own rules.",
        directives=[Cost(weight=5)],
    )
    async def payout_methods(
        self,
        info: Info,
        country: Annotated[CountryCode, strawberry.argument(description="Of the account.")],
    ) -> PayoutMethods | None:
        context = info.context
        methods, missing = await operations.payout_methods(
            country=country,
            worker_id=context.viewer_id,
            providers=context.services.payouts,
            now=context.now,
        )
        return PayoutMethods(
            methods=[PayoutDestinationMethod.of(each) for each in methods[:METHODS_MAX]],
            missing=missing,
        )


def token_of(context: Context, agreed: AgreedFee) -> str:
    """Nothing is kept of a quote: what it said comes back with our seal on it."""
    content = msgspec.json.encode(
        [
            agreed.amount.micros,
            agreed.amount.currency,
            agreed.fee.micros,
            int(agreed.expires_at.timestamp()),
        ]
    )
    sealed = _seal(context, content, destination=agreed.destination_id.bytes)
    return ".".join(urlsafe_b64encode(each).decode() for each in (content, sealed))


def agreed_by(context: Context, token: str | None, destination_id: str) -> AgreedFee | None:
    """Refuses with `QuoteExpired` what is not ours, the viewer's or this destination's."""
    if token is None:
        return None
    destination = context.ids.decode(Tag.DESTINATION, destination_id, "destination_id")
    try:
        parts = [urlsafe_b64decode(each) for each in token.split(".")]
    except ValueError as error:
        raise QuoteExpired("this is no quote of ours") from error
    if len(parts) != PARTS or not compare_digest(
        parts[1], _seal(context, parts[0], destination=destination.bytes)
    ):
        raise QuoteExpired("this is no quote of ours")
    micros, currency, fee, expires = msgspec.json.decode(parts[0])
    return AgreedFee(
        destination_id=destination,
        amount=Amount(micros, currency),
        fee=Amount(fee, currency),
        expires_at=datetime.fromtimestamp(expires, tz=UTC),
    )


def _seal(context: Context, content: bytes, *, destination: bytes) -> bytes:
    member = context.signed_in().member_id.bytes
    return context.services.vault.fingerprint(b"payout quote" + member + destination + content)
