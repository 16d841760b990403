"""Banks, batches and destinations for the tests of bank files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from domain.money import Money
from domain.payouts.provider import Destination, PayoutBatch, PayoutItem, PayoutProvider
from domain.provider import CallContext, ProviderEnv, reference
from plugins.conformance.bench import Secrets
from plugins.sessions import Sessions

Result = TypeVar("Result")

NOW: Final = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)  # a Thursday before three closed days
OUR_IBAN: Final = "DE89370400440532013000"
SEPA: Final[Mapping[str, object]] = {
    "debtor_name": "Piecerate Ltd",
    "debtor_iban": OUR_IBAN,
    "debtor_town": "Berlin",
    "debtor_country": "DE",
}
ACH: Final[Mapping[str, object]] = {
    "immediate_dest": "021000021",
    "immediate_dest_name": "FIRST BANK",
    "immediate_org": "1234567890",
    "immediate_org_name": "PIECERATE INC",
    "company_id": "1234567890",
    "company_name": "PIECERATE",
    "account": "000123456789",
}
SEPA_FIELDS: Final = {
    "holder_name": "Li Xiao Long",
    "iban": "NL91ABNA0417164300",
    "town": "Utrecht",
    "address_country": "NL",
}
ACH_FIELDS: Final = {
    "holder_name": "Mary Kowalski",
    "routing_number": "091000019",
    "account_number": "98765432101234567",
    "account_type": "checking",
}


def context(now: datetime = NOW) -> CallContext:
    return CallContext(now=now, send_no=1, correlation_id="B")


async def opened(
    kind: type[PayoutProvider[Any]], config: Mapping[str, object], **secrets: str | Sequence[str]
) -> Any:
    """The provider without a guard."""

    async def run_blocking(call: Callable[[], Result], /) -> Result:
        return await asyncio.to_thread(call)

    provider = kind()
    await provider.open(
        ProviderEnv(
            instance_id="bank",
            config=msgspec.convert(dict(config), type=kind.config_type),
            secrets=Secrets(secrets),
            http=Sessions(hosts=()),
            clock=lambda: NOW,
            run_blocking=run_blocking,
        )
    )
    return provider


def folders(place: Path) -> dict[str, object]:
    """Settings of a delivery by folder, with the folders."""
    for name in ("out", "journal"):
        (place / name).mkdir(exist_ok=True)
    return {
        "deliver": "folder",
        "folder": str(place / "out"),
        "journal": str(place / "journal"),
    }


def item_ref(number: int) -> str:
    return reference(kind="P", region="EU", id_=UUID(int=number))


def batch_ref(number: int) -> str:
    return reference(kind="B", region="EU", id_=UUID(int=number))


def sepa_destination(**changes: str) -> Destination:
    return Destination(
        destination_id=UUID(int=1),
        kind="sepa_iban",
        country="NL",
        currency="EUR",
        fields={**SEPA_FIELDS, **changes},
    )


def ach_destination(**changes: str) -> Destination:
    return Destination(
        destination_id=UUID(int=1),
        kind="us_account",
        country="US",
        currency="USD",
        fields={**ACH_FIELDS, **changes},
    )


def batch_of(*micros: int, to: Destination, number: int = 1) -> PayoutBatch:
    items = tuple(
        PayoutItem(
            item_ref=item_ref(100 * number + each),
            payout_id=UUID(int=each),
            amount=Money(amount, to.currency),
            destination=to,
            memo="Piecerate payout",
        )
        for each, amount in enumerate(micros, start=1)
    )
    return PayoutBatch(
        batch_ref=batch_ref(number),
        items=items,
        items_digest="",
        first_sent_at=None,
        sequence_no=number,
    )


async def prepared(provider: Any, batch: PayoutBatch, now: datetime = NOW) -> PayoutBatch:
    """As the core commits it."""
    made = await provider.prepare(batch, context(now))
    return replace(batch, payload=made.payload, provider_state=made.batch_state)
