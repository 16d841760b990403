"""Numbers on a real chain: gaps, payments taken back, and numbers that somebody else used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.payouts.provider import LookupAnswer, ObservedState, PayoutBatch
from domain.provider import ConfigError, NotSent
from plugins.conformance.bench import kept
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import KEY, Payer, addresses, paying

FOREIGN = {
    "type": 2,
    "chainId": 31337,
    "nonce": 0,
    "value": 1,
    "gas": 21_000,
    "maxFeePerGas": 10**11,
    "maxPriorityFeePerGas": 10**9,
}


def part(batch: PayoutBatch, index: int) -> PayoutBatch:
    return replace(batch, items=batch.items[index : index + 1])


def cancelled(payer: Payer, batch: PayoutBatch) -> PayoutBatch:
    """As the core does it: what `cancel` says is committed, then its step is taken."""
    said = payer.run(payer.provider.cancel(batch.items[0], payer.context()))
    answer = LookupAnswer(found=(said,), missing=())
    return payer.advance(kept(batch, answer), answer)


def test_a_gap_is_closed_without_paying(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """The second waits behind a payment that was withdrawn before it was ever sent."""
    withdrawn, paid = addresses(2)
    batch = payer.prepared(payer.batch([withdrawn, paid]))
    first, second = part(batch, 0), payer.send(part(batch, 1))
    anvil.mine()
    second, seen = payer.look_up_one(second)
    assert (seen.state, seen.provider_code) == (ObservedState.PENDING, "QUEUED_BEHIND_0")
    first, answer = payer.look_up(first)
    assert answer.missing == (first.items[0].item_ref,)

    first = cancelled(payer, first)
    anvil.finalize()
    first, void = payer.look_up_one(first)
    second, seen = payer.look_up_one(second)

    assert (void.state, void.provider_code) == (ObservedState.CANCELLED, "VOIDED")
    assert seen.state is ObservedState.PAID
    assert (musd.balance(withdrawn), musd.balance(paid)) == (0, second.items[0].amount.micros)


def test_a_number_nobody_ever_signed_is_used_up(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """The core handed it out and withdrew the item before it was prepared."""
    lost = payer.batch(addresses(1))
    batch = payer.sent(addresses(1)[0])

    for _ in range(2):
        said = payer.run(payer.provider.advance(lost.items[0], "VOID", payer.context()))
        lost = kept(lost, LookupAnswer(found=(said,), missing=()))
    anvil.finalize()
    lost, void = payer.look_up_one(lost)
    batch, seen = payer.look_up_one(batch)

    assert (void.state, seen.state) == (ObservedState.CANCELLED, ObservedState.PAID)
    assert musd.balance(addresses(1)[0]) == batch.items[0].amount.micros


def test_a_payment_in_the_pool_is_taken_back(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """Replaced by a transfer of nothing to ourselves: cancelled once that is final."""
    payee = addresses(1)[0]
    batch = cancelled(payer, payer.sent(payee))
    anvil.mine()
    batch, seen = payer.look_up_one(batch)
    assert seen.state is ObservedState.PENDING

    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.CANCELLED
    assert seen.fee is not None and seen.fee.micros > 0
    assert musd.balance(payee) == 0


def test_who_is_paid_already_cannot_be_taken_back(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """What became of it decides, not what was asked for."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    anvil.mine()
    batch = cancelled(payer, batch)
    anvil.finalize()

    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_cancelling_alone_sends_nothing(payer: Payer, anvil: Anvil) -> None:
    """Its hash is committed first; the step that broadcasts it is asked for again and again."""
    batch = payer.sent(addresses(1)[0])
    said = payer.run(payer.provider.cancel(batch.items[0], payer.context()))
    assert said.next_step == "VOID"
    assert anvil.ask("eth_getTransactionByHash", said.provider_ref) is None

    batch = kept(batch, LookupAnswer(found=(said,), missing=()))
    batch, seen = payer.look_up_one(batch)

    assert (seen.provider_code, seen.next_step) == ("REPLACEMENT_NOT_SENT", "VOID")


def test_a_number_used_by_somebody_else_freezes(payer: Payer, musd: Musd, anvil: Anvil) -> None:
    """Another program has our key: only people go on, and only once it is final."""
    from eth_account import Account  # noqa: PLC0415  # of the optional packages

    payee, other = addresses(2)
    batch = payer.prepared(payer.batch([payee]))
    foreign = Account.from_key(KEY).sign_transaction({**FOREIGN, "to": other})
    anvil.ask("eth_sendRawTransaction", foreign.raw_transaction.to_0x_hex())
    anvil.mine()
    outcome = payer.run(payer.provider.send(batch, payer.context()))
    assert outcome.items == (), "nonce too low: only a look-up can tell"
    batch, seen = payer.look_up_one(batch)
    assert (seen.state, seen.provider_code) == (ObservedState.PENDING, "NONCE_TAKEN_NOT_FINAL")

    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert (seen.state, seen.provider_code) == (None, "FOREIGN_NONCE")
    assert musd.balance(payee) == 0


def test_a_used_number_is_seen_before_anything_is_signed(musd: Musd, anvil: Anvil) -> None:
    """An account that has paid before needs `first_nonce`, else its payments would never come."""
    from eth_account import Account  # noqa: PLC0415  # of the optional packages

    payee, other = addresses(2)
    with paying(musd) as fresh:
        anvil.enrich(fresh.address)
        musd.give(fresh.address, 10_000_000)
        foreign = Account.from_key(KEY).sign_transaction({**FOREIGN, "to": other})
        anvil.ask("eth_sendRawTransaction", foreign.raw_transaction.to_0x_hex())
        anvil.mine()
        with pytest.raises(ConfigError, match="at nonce 1, a payment would have 0"):
            fresh.prepared(fresh.batch([payee]))

    with paying(musd, first_nonce=1) as payer:
        batch = payer.sent(payee)
        anvil.finalize()
        batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_nothing_is_signed_without_a_number(payer: Payer) -> None:
    """The core hands them out: a provider that counts for itself counts twice."""
    batch = payer.batch(addresses(1))
    bare = replace(batch, items=(replace(batch.items[0], sequence_no=None),))

    with pytest.raises(ConfigError, match="no number"):
        payer.prepared(bare)


def test_nothing_goes_out_that_was_not_prepared(payer: Payer) -> None:
    """The bytes are committed before they are sent."""
    with pytest.raises(NotSent, match="not been prepared"):
        payer.send(payer.batch(addresses(1)))
