"""Who is to be paid what, and the rows of it: thousands at once, each a worker of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, transaction
from domain.given import Vault
from domain.jobs import enqueue
from domain.ledger import operations as ledger
from domain.ledger.rules import Account, AccountKind, Transfer, credit, debit, legs
from domain.money import Money
from domain.payouts.operations import money
from domain.payouts.operations.request_payout import route_job
from domain.payouts.rules import destination_content, sealed_context
from gateway.given import new_id

INTENTS_FILE: Final = "intents.json"
EARNED: Final = "test.earned"  # the kind of the only transfer that is the test's own
COUNTRY: Final = "PH"
KNOWN_FOR: Final = timedelta(days=30)  # a destination that is new would cool down first
# Currency and kind of destination; the rest is what the providers' rules allow.
RAILS: Final[Mapping[str, tuple[str, str]]] = {
    "paypal": ("USD", "paypal"),
    "payoneer": ("EUR", "payoneer_payee"),
    "stripe": ("USD", "stripe_recipient"),
}
SHARES: Final = {"paypal": 60, "payoneer": 28, "stripe": 12}
LEAST_MICROS: Final = 20_000_000
STEP_MICROS: Final = 10_000
STEPS: Final = 4_000


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One payout that somebody wants. `place` is what the rail calls the destination."""

    payout_id: UUID
    worker_id: UUID
    destination_id: UUID
    rail: str
    micros: int
    place: str
    fields: dict[str, str]

    @property
    def currency(self) -> str:
        return RAILS[self.rail][0]

    @property
    def kind(self) -> str:
        return RAILS[self.rail][1]

    @property
    def amount(self) -> Money:
        return Money(self.micros, self.currency)


def intents(*, count: int, seed: str) -> list[Intent]:
    """Each rail has its share, in any order."""
    chance = Random(seed)  # noqa: S311  # an order, not a secret
    hundred = [rail for rail, share in SHARES.items() for _ in range(share)]
    rails = [hundred[number * 100 // count] for number in range(count)]
    chance.shuffle(rails)
    return [_intent(rail, number, chance) for number, rail in enumerate(rails)]


def _intent(rail: str, number: int, chance: Random) -> Intent:
    match rail:
        case "paypal":
            place = f"worker{number:06d}@example.com"
            fields = {"email": place}
        case "payoneer":
            place = f"worker-{number:06d}"
            fields = {"payee_id": place}
        case _:
            place = f"usba_campaign{number:06d}"
            fields = {"recipient": f"acct_campaign{number:06d}", "payout_method": place}
    return Intent(
        payout_id=new_id(),
        worker_id=new_id(),
        destination_id=new_id(),
        rail=rail,
        micros=LEAST_MICROS + STEP_MICROS * chance.randrange(STEPS),
        place=place,
        fields=fields,
    )


def write_intents(folder: Path, wanted: Sequence[Intent]) -> None:
    (folder / INTENTS_FILE).write_bytes(msgspec.json.encode(wanted))


async def feed(folder: Path, *, first: int, last: int, vault: Vault, now: datetime) -> None:
    """These have earned what they ask for, and ask."""
    content = (folder / INTENTS_FILE).read_bytes()
    wanted = msgspec.json.decode(content, type=list[Intent])[first:last]
    async with transaction():
        await ledger.post(
            transfers=[_earned(each) for each in wanted],
            new_id=new_id,
            effective_on=now.date(),
        )
    async with transaction():
        await _members(wanted, now=now)
        await _destinations(wanted, vault=vault, now=now)
        await execute(
            "insert into payout (id, worker_id, destination_id, state, currency, amount_micros,"
            " fee_micros, requested_at)"
            " select id, worker_id, destination_id, 'requested', currency, micros, 0, $6"
            " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[])"
            " as p (id, worker_id, destination_id, currency, micros)",
            [each.payout_id for each in wanted],
            [each.worker_id for each in wanted],
            [each.destination_id for each in wanted],
            [each.currency for each in wanted],
            [each.micros for each in wanted],
            now,
        )
        await enqueue([route_job(each.payout_id) for each in wanted])
        await ledger.post(
            transfers=[_requested(each) for each in wanted],
            new_id=new_id,
            effective_on=now.date(),
        )


def _earned(intent: Intent) -> Transfer:
    source = Account(AccountKind.PROVIDER_CLEARING, "sandbox")
    target = Account(AccountKind.WORKER_EARNINGS, intent.worker_id)
    return Transfer(
        event="T1",
        kind=EARNED,
        key=f"earned:{intent.payout_id}",
        correlation_id=intent.payout_id,
        actor_id=None,
        legs=legs(debit(source, intent.amount), credit(target, intent.amount)),
    )


def _requested(intent: Intent) -> Transfer:
    return money.requested(
        payout_id=intent.payout_id,
        worker_id=intent.worker_id,
        amount=intent.amount,
        fee=Money(0, intent.currency),
    )


async def _members(wanted: Sequence[Intent], *, now: datetime) -> None:
    await execute(
        "insert into member (id, state, country, roles, registered_at)"
        " select id, 'active', $2, '{worker}', $3 from unnest($1::uuid[]) as id",
        [each.worker_id for each in wanted],
        COUNTRY,
        now - KNOWN_FOR,
    )


async def _destinations(wanted: Sequence[Intent], *, vault: Vault, now: datetime) -> None:
    await execute(
        "insert into destination (id, member_id, state, kind, country, currency, label,"
        " fields, fingerprint, created_at, confirmed_at)"
        " select id, member_id, 'active', kind, $7, currency, '…', fields, fingerprint, $8, $8"
        " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])"
        " as d (id, member_id, kind, currency, fields, fingerprint)",
        [each.destination_id for each in wanted],
        [each.worker_id for each in wanted],
        [each.kind for each in wanted],
        [each.currency for each in wanted],
        [
            vault.seal(
                msgspec.json.encode(each.fields), context=sealed_context(each.destination_id)
            )
            for each in wanted
        ],
        [vault.fingerprint(_content(each)) for each in wanted],
        COUNTRY,
        now - KNOWN_FOR,
    )


def _content(intent: Intent) -> bytes:
    return destination_content(
        kind=intent.kind, country=COUNTRY, currency=intent.currency, fields=intent.fields
    )
