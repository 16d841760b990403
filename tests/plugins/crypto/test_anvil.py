"""Payouts on a real chain: paid, stuck, replaced, reverted, dropped; compared with the token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.money import Money
from domain.payouts.provider import FeePayer, ObservedState, QuoteRequest
from domain.provider import BatchRefused, ConfigError, InsufficientFunds, NoAnswer
from plugins.payments.crypto.ethereum import SignedBytes, Signer, load_ethereum
from plugins.payments.crypto.payouts import CryptoPayouts
from plugins.payments.crypto.transactions import cost_of
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import (
    KEY,
    RATE,
    Payer,
    addresses,
    anvil_config,
    destination_of,
    environment,
    paying,
)


def test_a_hundred_payouts_arrive_one_by_one(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """Intents and the token's balances are the same, address by address, to the micro."""
    payees = addresses(100)
    batch = payer.prepared(payer.batch(payees))
    batch = payer.send(batch)
    anvil.mine()
    batch, answer = payer.look_up(batch)
    assert {each.state for each in answer.found} == {ObservedState.PENDING}

    anvil.finalize()
    batch, answer = payer.look_up(batch)

    wanted = {item.destination.fields["address"]: item.amount.micros for item in batch.items}
    assert {payee: musd.balance(payee) for payee in payees} == wanted
    assert [each.state for each in answer.found] == [ObservedState.PAID] * 100
    assert [each.amount for each in answer.found] == [item.amount for item in batch.items]
    assert len({each.provider_ref for each in answer.found}) == 100
    for each in answer.found:
        receipt = anvil.receipt(str(each.provider_ref))
        wei = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        assert each.provider_state is not None
        assert each.provider_state["gas_wei"] == str(wei)
        assert each.provider_state["gas_rate"] == RATE
        assert each.fee == cost_of(wei, rate=RATE) > Money(0, "USD")


def test_the_same_batch_again_pays_nobody_twice(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """Before and after it is mined, in this process or another."""
    payees = addresses(3)
    batch = payer.prepared(payer.batch(payees))
    for _ in range(2):
        payer.send(batch)
    anvil.mine()
    payer.send(batch)
    anvil.finalize()

    payer.look_up(batch)

    amounts = [item.amount.micros for item in batch.items]
    assert [musd.balance(payee) for payee in payees] == amounts


def test_a_stuck_payment_is_replaced(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """Same number, higher fee; its hash is kept before it is sent, and one of the two is mined."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    first = batch.items[0].provider_ref
    batch, seen = payer.look_up_one(batch)
    assert (seen.provider_code, seen.next_step) == ("IN_POOL", None)

    payer.wait()
    batch, answer = payer.look_up(batch)
    (seen,) = answer.found
    assert (seen.provider_code, seen.next_step) == ("STUCK", "BUMP")
    assert seen.provider_ref != first, "the new hash is known before it is broadcast"
    batch = payer.advance(batch, answer)
    assert anvil.ask("eth_getTransactionByHash", first) is None, "the pool has replaced it"
    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID
    assert seen.provider_ref == batch.items[0].provider_ref != first
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_what_was_too_cheap_and_fell_out_is_replaced(
    payer: Payer, musd: Musd, anvil: Anvil
) -> None:
    """The same bytes would only fall out again."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    anvil.base_fee(200_000_000_000)
    anvil.mine()
    batch, seen = payer.look_up_one(batch)
    assert (seen.provider_code, seen.next_step) == ("DROPPED", "REBROADCAST")

    payer.wait()
    batch, answer = payer.look_up(batch)
    assert answer.found[0].provider_code == "DROPPED_UNDERPRICED"
    batch = payer.advance(batch, answer)
    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_the_first_one_may_win_all_the_same(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """A replacement was signed and never left; the payment that is mined is found."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    first = batch.items[0].provider_ref
    payer.wait()
    batch, seen = payer.look_up_one(batch)
    assert seen.next_step == "BUMP"
    batch, seen = payer.look_up_one(batch)
    assert (seen.provider_code, seen.next_step) == ("REPLACEMENT_NOT_SENT", "BUMP")

    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert (seen.state, seen.provider_ref) == (ObservedState.PAID, first)
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_a_step_may_be_taken_twice(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """A crash after the broadcast repeats it: the same bytes, so the same payment."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    payer.wait()
    batch, answer = payer.look_up(batch)
    for _ in range(2):
        payer.advance(batch, answer)
    anvil.finalize()

    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_the_fee_stops_at_its_cap(musd: Musd, anvil: Anvil) -> None:
    """What would cost more than the operator pays waits, and says why."""
    with paying(musd, max_fee_wei=5_100_000_000, priority_fee_wei=5_000_000_000) as payer:
        anvil.enrich(payer.address)
        musd.give(payer.address, 10_000_000)
        batch = payer.sent(addresses(1)[0])
        payer.wait()
        batch, seen = payer.look_up_one(batch)
        assert (seen.provider_code, seen.next_step) == ("FEE_CAP_REACHED", None)

        anvil.base_fee(400_000_000_000)
        anvil.mine()
        with pytest.raises(Exception, match="max_fee_wei"):
            payer.prepared(payer.batch(addresses(1)))


def test_whom_the_token_refuses_is_refused_before_anything_is_signed(
    payer: Payer, musd: Musd
) -> None:
    """A blacklisted address costs no gas; the others go into another batch."""
    good, bad = addresses(2)
    musd.blacklist(bad)

    with pytest.raises(BatchRefused) as refused:
        payer.prepared(payer.batch([good, bad]))

    (problem,) = refused.value.problems
    assert problem.code == "token_refuses"
    assert musd.balance(good) == 0


def test_a_reverted_payment_fails_and_uses_its_number_up(
    payer: Payer, musd: Musd, anvil: Anvil
) -> None:
    """Blacklisted after it was signed: failed once final, gas booked, the next one is paid."""
    bad, good = addresses(2)
    batch = payer.prepared(payer.batch([bad, good]))
    musd.blacklist(bad)
    batch = payer.send(batch)
    anvil.mine()
    batch, answer = payer.look_up(batch)
    assert {each.state for each in answer.found} == {ObservedState.PENDING}

    anvil.finalize()
    batch, answer = payer.look_up(batch)

    failed, paid = answer.found
    assert (failed.state, failed.provider_code) == (ObservedState.FAILED, "REVERTED")
    assert failed.fee is not None and failed.fee.micros > 0
    assert paid.state is ObservedState.PAID
    assert (musd.balance(bad), musd.balance(good)) == (0, batch.items[1].amount.micros)


def test_contracts_are_not_paid(payer: Payer, anvil: Anvil) -> None:
    """Tokens sent to a contract may be lost: refused when quoted, and again when prepared."""
    contract = anvil.deploy("0x600a600c600039600a6000f3602a60005260206000f3")
    request = QuoteRequest(
        amount=Money(1_500_000, "USD"),
        destination=destination_of(contract),
        fee_payer=FeePayer.PLATFORM,
    )

    with pytest.raises(NoAnswer, match="contract"):
        payer.run(payer.provider.quote(request, payer.context()))
    with pytest.raises(BatchRefused) as refused:
        payer.prepared(payer.batch([contract]))

    assert [each.code for each in refused.value.problems] == ["contract"]


def test_a_quote_says_what_the_gas_will_cost(payer: Payer) -> None:
    """All of the amount is payable, micros and all; the platform pays the gas."""
    request = QuoteRequest(
        amount=Money(1_500_001, "USD"),
        destination=destination_of(addresses(1)[0]),
        fee_payer=FeePayer.PLATFORM,
    )

    quote = payer.run(payer.provider.quote(request, payer.context()))

    assert (quote.payable, quote.remainder) == (request.amount, Money(0, "USD"))
    assert Decimal(0) < quote.provider_fee.amount < Decimal(5)


def test_too_few_tokens_or_too_little_gas_sends_nothing(musd: Musd, anvil: Anvil) -> None:
    """Known before anything is signed, so the batch simply waits for the operator."""
    with paying(musd) as payer:
        anvil.enrich(payer.address)
        with pytest.raises(InsufficientFunds, match="too few tokens"):
            payer.prepared(payer.batch(addresses(1)))

        musd.give(payer.address, 10_000_000)
        anvil.enrich(payer.address, ether=0)
        with pytest.raises(InsufficientFunds, match="gas"):
            payer.prepared(payer.batch(addresses(1)))


class Vault:
    """Signs somewhere else; whoever holds it never sees the key."""

    def __init__(self, inner: Signer) -> None:
        self._inner = inner
        self.signed: list[int] = []

    @property
    def address(self) -> str:
        return self._inner.address

    def sign(self, transaction: Mapping[str, Any]) -> SignedBytes:
        self.signed.append(transaction["nonce"])
        return self._inner.sign(transaction)


def test_a_signer_of_ones_own_signs(musd: Musd, anvil: Anvil) -> None:
    """A key service is a class of a few lines in a partner's package."""
    vault = Vault(load_ethereum().key_signer(KEY))

    class VaultPayouts(CryptoPayouts):
        manifest = replace(CryptoPayouts.manifest, id="crypto_vault")
        signers = {**CryptoPayouts.signers, "vault": lambda *_: vault}  # noqa: RUF012  # a ClassVar above

    anvil.enrich(vault.address)
    musd.give(vault.address, 10_000_000)
    config = anvil_config(musd, signer="vault")
    with environment(config, secrets={}) as env, asyncio.Runner() as runner:
        provider = VaultPayouts()
        runner.run(provider.open(env))
        payer = Payer(provider=provider, runner=runner, address=vault.address)
        batch = payer.sent(*addresses(2))
        anvil.finalize()
        batch, answer = payer.look_up(batch)

    assert vault.signed == [0, 1]
    assert {each.state for each in answer.found} == {ObservedState.PAID}


def test_a_chain_or_a_token_that_is_not_ours_is_refused(musd: Musd) -> None:
    """A wrong chain or wrong decimals would pay the wrong amount, or nobody."""
    wrong: dict[str, dict[str, Any]] = {
        "a node of chain 31337, not of chain 8453": {"chain_id": 8453},
        "the token has 6 decimals, not 18": {"decimals": 18},
        "no token on this chain": {"token": addresses(1)[0]},
    }
    for said, changed in wrong.items():
        with paying(musd, **changed) as payer, pytest.raises(ConfigError, match=said):
            payer.prepared(payer.batch(addresses(1)))


def test_health_tells_the_balances_and_what_runs_short(musd: Musd, anvil: Anvil) -> None:
    """An operator fills up tokens and gas before payouts wait for them."""
    with paying(musd) as payer:
        anvil.enrich(payer.address)
        musd.give(payer.address, 10_000_000)
        health = payer.run(payer.provider.health(payer.context()))
        assert (health.status, health.balances) == ("ok", (Money(10_000_000, "USD"),))

        anvil.enrich(payer.address, ether=0)
        payer.wait(timedelta(days=4000))
        health = payer.run(payer.provider.health(payer.context()))
        assert health.status == "degraded"
        assert "short of gas" in health.detail and "native_price is old" in health.detail
