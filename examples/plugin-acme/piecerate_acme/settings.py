"""What Acme Pay is, and what one account there is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

import msgspec

from piecerate.plugin import (
    API_VERSION,
    ENDPOINT,
    BatchSemantics,
    CurrencyLimits,
    DestinationKind,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupMode,
    Money,
    ObservedState,
    PayoutManifest,
    Rail,
)

PHONE: Final = r"^\+?[0-9]{7,15}\Z"
EXPONENTS: Final[Mapping[str, int]] = {"EUR": 2, "JPY": 0, "KWD": 3, "USD": 2}


class AcmeConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    endpoint: Annotated[str, msgspec.Meta(pattern=ENDPOINT)] = "https://api.acme.example"


MANIFEST: Final = PayoutManifest(
    id="acme",
    version="1.0.0",
    api_version=API_VERSION,
    rails=(Rail.WALLET,),
    countries=frozenset({"IN", "PH"}),
    currencies={
        currency: CurrencyLimits(
            minimum=Money(10 ** (6 - exponent), currency),  # one smallest unit
            maximum=Money(500_000_000, currency),
            exponent=exponent,
        )
        for currency, exponent in EXPONENTS.items()
    },
    destination_kinds={
        "acme": DestinationKind(
            schema={
                "type": "object",
                "required": ["phone"],
                "additionalProperties": False,
                "properties": {"phone": {"type": "string", "title": "Phone", "pattern": PHONE}},
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
    hosts=frozenset({"api.acme.example"}),
    secrets=("api_key", "webhook_secret"),
    data_classes=frozenset({"phone"}),
)
