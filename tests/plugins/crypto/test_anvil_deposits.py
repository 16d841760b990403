"""Deposits on a real chain: an address each, final transfers only, and the money can be fetched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.deposits.provider import (
    DepositObservation,
    DepositRequest,
    DepositStart,
    ObservedDeposit,
)
from domain.money import Money
from domain.provider import CallContext, ConfigError, reference
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.transactions import word
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import NOW, addresses, anvil_config, environment, guarded_deposits

MADE = json.loads(Path("plugins/payments/crypto/contracts/DepositAddresses.json").read_text())
TREASURY = addresses(1, first=900)[0]
ASKED = Money(25_000_000, "USD")


@dataclass
class Taker:
    """An opened instance whose factory is on the chain."""

    provider: Any
    runner: asyncio.Runner
    factory: str

    def request(self, number: int) -> DepositRequest:
        return DepositRequest(
            deposit_ref=reference(kind="D", region="ZZ", id_=UUID(int=number)),
            amount=ASKED,
            employer_id=UUID(int=1),
            reference="",
            return_url="",
        )

    def started(self, number: int = 1) -> tuple[DepositRequest, DepositStart, str]:
        request = self.request(number)
        start: DepositStart = self.runner.run(self.provider.create(request, context()))
        address = start.provider_ref.partition("@")[0]
        return replace(request, provider_ref=start.provider_ref), start, address

    def seen(self, request: DepositRequest) -> DepositObservation:
        found: DepositObservation = self.runner.run(self.provider.look_up(request, context()))
        return found


def context() -> CallContext:
    return CallContext(now=NOW, send_no=1, correlation_id="DZZ000000000001")


@pytest.fixture
def taker(musd: Musd, anvil: Anvil) -> Iterator[Taker]:
    factory = anvil.deploy(MADE["DepositAddresses"]["bytecode"], word(TREASURY))
    config = anvil_config(musd, deposit_factory=load_ethereum().checksum(factory))
    with environment(config, secrets={}) as env, asyncio.Runner() as runner:
        provider = guarded_deposits()
        runner.run(provider.open(env))
        yield Taker(provider=provider, runner=runner, factory=factory)


def test_what_has_finally_arrived_settles(taker: Taker, musd: Musd, anvil: Anvil) -> None:
    """In one transfer or two; before it is final, nothing has arrived."""
    request, _, address = taker.started()
    assert taker.seen(request).state is ObservedDeposit.PENDING
    musd.give(address, ASKED.micros - 1)
    anvil.finalize()
    assert taker.seen(request).provider_code == "UNDERPAID_SO_FAR"
    musd.give(address, 1)
    assert taker.seen(request).state is ObservedDeposit.PENDING

    anvil.finalize()
    seen = taker.seen(request)

    assert (seen.state, seen.amount, seen.provider_code) == (
        ObservedDeposit.SETTLED, ASKED, "PAID",
    )  # fmt: skip


def test_more_or_less_is_told_as_it_is(taker: Taker, musd: Musd, anvil: Anvil) -> None:
    """The core compares with what was asked for; less waits for the rest until the time is over."""
    over, _, over_address = taker.started(1)
    under, _, under_address = taker.started(2)
    musd.give(over_address, ASKED.micros + 5)
    musd.give(under_address, 7)
    anvil.finalize()
    told = taker.seen(over)
    assert (told.amount, told.provider_code) == (Money(ASKED.micros + 5, "USD"), "OVERPAID")
    assert taker.seen(under).state is ObservedDeposit.PENDING

    anvil.pass_time(timedelta(days=2))
    anvil.finalize()
    told = taker.seen(under)

    assert (told.state, told.amount) == (ObservedDeposit.SETTLED, Money(7, "USD"))
    assert told.provider_code == "UNDERPAID"


def test_what_nobody_pays_expires(taker: Taker, anvil: Anvil) -> None:
    """By the time of a final block, so that no payment of before can be overlooked."""
    request, start, _ = taker.started()
    assert start.expires_at is not None

    anvil.pass_time(timedelta(days=2))
    anvil.mine()
    assert taker.seen(request).state is ObservedDeposit.PENDING
    anvil.finalize()

    assert taker.seen(request).state is ObservedDeposit.EXPIRED


def test_a_reorganised_transfer_has_not_arrived(taker: Taker, musd: Musd, anvil: Anvil) -> None:
    """Credited before finality, it would be a gift."""
    request, _, address = taker.started()
    musd.give(address, ASKED.micros)
    anvil.mine(8)
    assert taker.seen(request).state is ObservedDeposit.PENDING

    anvil.reorganize(9)
    anvil.finalize()

    assert musd.balance(address) == 0
    assert taker.seen(request).provider_code == "NOTHING_YET"


def test_each_deposit_has_an_address_and_the_same_one_again(taker: Taker, musd: Musd) -> None:
    """Nobody has a key of it; the employer gets a link that a wallet understands."""
    places = [taker.started(number)[2] for number in range(1, 21)]
    _, start, address = taker.started(1)

    assert len(set(places)) == 20 and places[0] == address
    assert start.redirect_url == (
        f"ethereum:{musd.address}@31337/transfer?address={address}&uint256={ASKED.micros}"
    )
    assert start.instructions is not None
    assert all(
        each in start.instructions for each in ("25.00 USDC", address, musd.address, "31337")
    )


def test_the_treasury_gets_all_of_it_and_nobody_else(
    taker: Taker, musd: Musd, anvil: Anvil
) -> None:
    """Anybody may call the sweep, and again: there is one place where the money can go."""
    from web3 import Web3  # noqa: PLC0415  # five seconds, for these tests alone

    found = [taker.started(number) for number in (1, 2)]
    contract = Web3().eth.contract(abi=MADE["DepositAddresses"]["abi"])
    salts = [load_ethereum().keccak(request.deposit_ref.encode()) for request, _, _ in found]
    sweep = contract.encode_abi("sweep", [salts, musd.address])
    for units in (ASKED.micros, 3):
        for _, _, address in found:
            musd.give(address, units)
        anvil.transact(to=taker.factory, data=sweep)

    assert musd.balance(TREASURY) == 2 * (ASKED.micros + 3)
    assert [musd.balance(address) for _, _, address in found] == [0, 0]


def test_another_factory_is_refused(musd: Musd) -> None:
    """An address that it does not own would swallow the money."""
    config = anvil_config(musd, deposit_factory=musd.address)
    with environment(config, secrets={}) as env, asyncio.Runner() as runner:
        provider = guarded_deposits()
        runner.run(provider.open(env))
        taker = Taker(provider=provider, runner=runner, factory=musd.address)
        assert runner.run(provider.health(context())).status == "down"
        with pytest.raises((ConfigError, Exception), match=r"deposit_factory|RPC error"):
            taker.started()


def test_without_a_factory_it_takes_no_deposits(musd: Musd) -> None:
    """An instance for payouts alone says so, and holds no deposit back for ever."""
    with (
        environment(anvil_config(musd, deposit_factory=None), secrets={}) as env,
        asyncio.Runner() as runner,
        pytest.raises(ConfigError, match="takes no deposits"),
    ):
        runner.run(guarded_deposits().open(env))
