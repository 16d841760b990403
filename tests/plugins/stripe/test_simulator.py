"""The simulator has none of the faults of the doubles we looked at, and talks as Stripe does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import requests

from plugins.payments.stripe.simulator import API_KEY
from plugins.payments.stripe.simulator.asked import nested
from plugins.payments.stripe.simulator.connect import CONNECTED
from plugins.payments.stripe.simulator.global_payouts import (
    FINANCIAL_ACCOUNT,
    PAYOUT_METHOD,
    RECIPIENT,
)
from tests.plugins.stripe.make import Stripe

TRANSFER = {"amount": 1234, "currency": "usd", "destination": CONNECTED}
PAYMENT = {
    "from": {"financial_account": FINANCIAL_ACCOUNT, "currency": "usd"},
    "to": {"recipient": RECIPIENT, "payout_method": PAYOUT_METHOD},
    "amount": {"value": 1234, "currency": "usd"},
}


@pytest.fixture
def library(stripe_side: Stripe) -> Iterator[Any]:
    """Stripe's own client, as anybody would make it."""
    import stripe  # noqa: PLC0415  # costs over a second

    http = stripe.RequestsClient()
    with closing(http):
        yield stripe.StripeClient(
            API_KEY, base_addresses={"api": stripe_side.url}, http_client=http
        )


def test_it_heeds_idempotency_keys(stripe_side: Stripe, library: Any) -> None:
    """Another double ignores them and makes two objects: then no test of money means anything."""
    first = library.v1.transfers.create(TRANSFER, {"idempotency_key": "k"})
    second = library.v1.transfers.create(TRANSFER, {"idempotency_key": "k"})
    other = library.v1.transfers.create(TRANSFER, {"idempotency_key": "l"})

    assert first.id == second.id != other.id
    assert len(stripe_side.simulator.effects()) == 2


def test_without_keys_it_pays_twice(stripe_side: Stripe, library: Any) -> None:
    """Else the faults would not bite. The library invents a key per call when it has none."""
    for _ in range(2):
        library.v2.money_management.outbound_payments.create(PAYMENT)

    assert len(stripe_side.simulator.effects()) == 2


def test_a_key_is_forgotten_after_a_day(stripe_side: Stripe, library: Any) -> None:
    """By its own clock; what a test of a late repetition needs."""
    for hours in (0, 23, 2):
        stripe_side.simulator.clock.advance(timedelta(hours=hours))
        library.v1.transfers.create(TRANSFER, {"idempotency_key": "k"})

    assert len(stripe_side.simulator.effects()) == 2


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_other_parameters_for_a_key_are_an_error(
    stripe_side: Stripe, library: Any, version: str
) -> None:
    """In both versions, and of the type by which clients know it."""
    import stripe  # noqa: PLC0415  # costs over a second

    def pay(amount: int) -> None:
        options = {"idempotency_key": "k"}
        if version == "v1":
            library.v1.transfers.create({**TRANSFER, "amount": amount}, options)
        else:
            library.v2.money_management.outbound_payments.create(
                {**PAYMENT, "amount": {"value": amount, "currency": "usd"}}, options
            )

    pay(1)
    with pytest.raises(stripe.IdempotencyError):
        pay(2)

    assert len(stripe_side.simulator.effects()) == 1


def test_a_key_belongs_to_an_account(stripe_side: Stripe, library: Any) -> None:
    """Two connected accounts may use the same one."""
    other = stripe_side.simulator.connect.add_account("acct_other")["id"]
    for account in (CONNECTED, other):
        stripe_side.simulator.books.move(10_000, "usd", account)
        library.v1.payouts.create(
            {"amount": 100, "currency": "usd"},
            {"idempotency_key": "k", "stripe_account": account},
        )

    assert len(stripe_side.simulator.effects()) == 2


def test_it_remembers(stripe_side: Stripe, library: Any) -> None:
    """Another double answers anything and forgets it; here what was made is listed and found."""
    made = library.v1.transfers.create({**TRANSFER, "transfer_group": "g", "metadata": {"a": "b"}})

    (listed,) = library.v1.transfers.list({"transfer_group": "g"}).data
    assert (listed.id, listed.metadata["a"], listed.amount) == (made.id, "b", 1234)
    assert stripe_side.simulator.books.balance("usd", CONNECTED) == 1234


def test_pages_forth_and_back(library: Any) -> None:
    """`starting_after` to the older, `ending_before` to the next newer ones."""
    made = [library.v1.transfers.create(TRANSFER).id for _ in range(5)][::-1]

    def ids(**wanted: Any) -> list[str]:
        return [each.id for each in library.v1.transfers.list(wanted).data]

    assert ids(limit=2) == made[:2]
    assert ids(limit=2, starting_after=made[1]) == made[2:4]
    assert ids(limit=2, ending_before=made[4]) == made[2:4]
    assert [each.id for each in library.v1.transfers.list({"limit": 2}).auto_paging_iter()] == made


def test_errors_have_the_types_of_the_library(stripe_side: Stripe, library: Any) -> None:
    """A wrong key, an unknown address, money that is not there."""
    import stripe  # noqa: PLC0415  # costs over a second

    stripe_side.simulator.books.balances[""]["usd"] = 0
    with pytest.raises(stripe.InsufficientFundsError):
        library.v2.money_management.outbound_payments.create(PAYMENT)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        library.v1.transfers.create(TRANSFER)
    with pytest.raises(stripe.AuthenticationError):
        library.v1.balance.retrieve(options={"api_key": "wrong"})
    with pytest.raises(stripe.InvalidRequestError):
        library.v1.customers.list()

    assert refused.value.code == "balance_insufficient"


def test_v1_takes_forms_and_v2_takes_json(stripe_side: Stripe) -> None:
    """The other way round is refused, as Stripe does."""
    headers = {"Authorization": f"Bearer {API_KEY}"}

    form = requests.post(
        f"{stripe_side.url}/v2/core/accounts", data={"a": "b"}, headers=headers, timeout=5
    )
    plain = requests.post(
        f"{stripe_side.url}/v1/transfers", json=TRANSFER, headers=headers, timeout=5
    )

    assert (form.status_code, plain.status_code) == (415, 415)
    assert stripe_side.simulator.effects() == []


def test_forms_are_read_with_their_brackets() -> None:
    """As the library writes nested values and lists."""
    pairs = [("a[b][c]", "1"), ("x[0]", "p"), ("x[1]", "q"), ("l[0][m]", "n"), ("e[]", "z")]

    assert nested(pairs) == {
        "a": {"b": {"c": "1"}},
        "x": ["p", "q"],
        "l": [{"m": "n"}],
        "e": ["z"],
    }


def test_webhooks_are_posted_signed(stripe_side: Stripe, library: Any) -> None:
    """Both kinds leave by their routes, each with an id that stays."""
    library.v1.transfers.create(TRANSFER)
    library.v2.money_management.outbound_payments.create(PAYMENT)

    routes = [(each.route, each.event_id[:4]) for each in stripe_side.simulator.events.pending]
    signed = [each.headers["stripe-signature"] for each in stripe_side.webhooks()]

    assert routes == [("connect", "evt_"), ("payouts", "evt_")]
    assert all(each.startswith("t=") and ",v1=" in each for each in signed)


def test_no_money_is_made(stripe_side: Stripe, library: Any) -> None:
    """What leaves one balance arrives on another, or has left: the sum is what it was."""
    books = stripe_side.simulator.books
    start = books.balance("usd")
    transfer = library.v1.transfers.create(TRANSFER)
    library.v1.payouts.create({"amount": 1000, "currency": "usd"}, {"stripe_account": CONNECTED})
    stripe_side.simulator.connect.reverse(books.need(transfer.id), 234)
    library.v2.money_management.outbound_payments.create(PAYMENT)

    assert books.balance("usd", CONNECTED) == 0
    assert books.balance("usd") == start - 1000 - 1234
