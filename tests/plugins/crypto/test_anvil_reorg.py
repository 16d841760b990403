"""Finality and reorganisations on a real chain: paid is said once, and stays true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.payouts.provider import ObservedState
from tests.plugins.crypto.anvil import FINAL_DEPTH, Anvil, Musd
from tests.plugins.crypto.make import Payer, addresses, paying


def test_paid_is_said_at_finality_and_not_a_block_before(
    payer: Payer, musd: Musd, anvil: Anvil
) -> None:
    """A receipt is no proof: up to there, the block can still be another one."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    anvil.mine(FINAL_DEPTH)
    batch, seen = payer.look_up_one(batch)
    assert (seen.state, seen.provider_code) == (ObservedState.PENDING, "MINED_NOT_FINAL")
    assert musd.balance(payee) == batch.items[0].amount.micros

    anvil.mine()
    batch, seen = payer.look_up_one(batch)

    assert seen.state is ObservedState.PAID


def test_finality_may_be_counted(musd: Musd, anvil: Anvil) -> None:
    """For chains whose nodes know no such tag."""
    with paying(musd, finality="confirmations", confirmations=3) as payer:
        anvil.enrich(payer.address)
        musd.give(payer.address, 10_000_000)
        batch = payer.sent(addresses(1)[0])
        seen = []
        for _ in range(4):
            anvil.mine()
            batch, each = payer.look_up_one(batch)
            seen.append(each.state)

    assert seen == [ObservedState.PENDING] * 3 + [ObservedState.PAID]


@pytest.mark.parametrize("depth", range(1, 11))
def test_a_reorganisation_loses_no_payment_and_doubles_none(
    payer: Payer, musd: Musd, anvil: Anvil, depth: int
) -> None:
    """Receipt and block are gone: the same bytes are broadcast again, and paid once."""
    payees = addresses(3)
    batch = payer.sent(*payees)
    anvil.mine(depth)
    hashes = [item.provider_ref for item in batch.items]
    batch, answer = payer.look_up(batch)
    assert {each.provider_code for each in answer.found} == {"MINED_NOT_FINAL"}

    anvil.reorganize(depth)
    assert [anvil.receipt(str(each)) for each in hashes] == [None] * 3
    batch, answer = payer.look_up(batch)
    assert {each.next_step for each in answer.found} == {"REBROADCAST"}
    batch = payer.advance(batch, answer)
    anvil.finalize()
    batch, answer = payer.look_up(batch)

    assert [each.provider_ref for each in answer.found] == hashes, "no new transaction was signed"
    pending, paid = ObservedState.PENDING, ObservedState.PAID
    assert list(payer.states.values()) == [[pending, pending, paid]] * 3
    amounts = [item.amount.micros for item in batch.items]
    assert [musd.balance(payee) for payee in payees] == amounts


def test_the_chain_of_the_tests_forgets_no_contract(musd: Musd, anvil: Anvil) -> None:
    """However many blocks the tests before made: a token without code lets each payment pass."""
    before = anvil.ask("eth_getCode", musd.address, "latest")
    anvil.mine(600)
    anvil.reorganize(590)

    assert anvil.ask("eth_getCode", musd.address, "latest") == before != "0x"


def test_a_new_number_for_the_same_payment_would_pay_twice(
    payer: Payer, musd: Musd, anvil: Anvil
) -> None:
    """The control: what the tests above would see if the same bytes were not used again."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    anvil.mine()
    anvil.reorganize(1)

    anew = replace(
        batch, items=tuple(replace(item, sequence_no=2, provider_state={}) for item in batch.items)
    )
    payer.send(payer.prepared(anew))
    payer.send(batch)
    anvil.finalize()

    assert musd.balance(payee) == 2 * batch.items[0].amount.micros


def test_a_pool_that_forgets_gets_the_same_bytes_again(
    payer: Payer, musd: Musd, anvil: Anvil
) -> None:
    """Nodes restart and drop what they like; a new transaction could pay twice."""
    payee = addresses(1)[0]
    batch = payer.sent(payee)
    hash_ = str(batch.items[0].provider_ref)
    anvil.drop(hash_)

    batch, answer = payer.look_up(batch)
    assert answer.found[0].next_step == "REBROADCAST"
    batch = payer.advance(batch, answer)
    anvil.finalize()
    batch, seen = payer.look_up_one(batch)

    assert (seen.state, seen.provider_ref) == (ObservedState.PAID, hash_)
    assert musd.balance(payee) == batch.items[0].amount.micros


def test_what_was_never_sent_is_missing_until_it_is(payer: Payer, anvil: Anvil) -> None:
    """Then the core sends the very same batch again."""
    batch = payer.prepared(payer.batch(addresses(2)))
    for _ in range(2):
        batch, answer = payer.look_up(batch)
        assert answer.missing == tuple(item.item_ref for item in batch.items)

    batch = payer.send(batch)
    anvil.finalize()
    batch, answer = payer.look_up(batch)

    assert [each.state for each in answer.found] == [ObservedState.PAID] * 2
