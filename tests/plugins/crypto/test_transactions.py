"""The bytes of a payment: fees that replace, references that stay, amounts that are exact."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from plugins.payments.crypto.deposits import CODE_HASH
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.transactions import (
    Fees,
    amount_of,
    bumped_fees,
    cost_of,
    first_fees,
    reference_of,
    transfer_data,
    units_of,
)
from tests.plugins.crypto.make import MIXED


@given(
    max_fee=st.integers(0, 10**12),
    tip=st.integers(0, 10**11),
    base_fee=st.integers(0, 10**12),
)
def test_a_bump_always_replaces(max_fee: int, tip: int, base_fee: int) -> None:
    """Pools want both fees at least a tenth higher; one wei too little is refused."""
    last = Fees(max_fee=max(max_fee, tip), tip=tip)
    cap = 2 * 10**12

    fees = bumped_fees(last, base_fee=base_fee, cap=cap, basis_points=1250)

    if fees is None:
        assert last.max_fee * 1.125 > cap - 1
        return
    assert fees.max_fee * 10 >= last.max_fee * 11 and fees.max_fee > last.max_fee
    assert fees.tip * 10 >= last.tip * 11 and fees.tip > last.tip
    assert fees.tip <= fees.max_fee <= cap


def test_two_who_bump_at_once_sign_the_same() -> None:
    """What one of them keeps is then what the other has broadcast."""
    last = Fees(max_fee=3 * 10**9, tip=10**9)
    seen = {
        bumped_fees(last, base_fee=base_fee, cap=10**12, basis_points=1250)
        for base_fee in range(20_000_000_000, 20_300_000_000, 10_000_000)
    }

    assert len(seen) == 1


def test_the_first_fee_stays_below_its_cap() -> None:
    """Above it nothing is signed: later it is cheaper."""
    assert first_fees(base_fee=10, tip=2, cap=100) == Fees(max_fee=22, tip=2)
    assert first_fees(base_fee=60, tip=2, cap=100) == Fees(max_fee=100, tip=2)
    assert first_fees(base_fee=100, tip=2, cap=100) is None
    assert first_fees(base_fee=0, tip=0, cap=1) == Fees(max_fee=0, tip=0)


def test_our_reference_stands_behind_the_call() -> None:
    """The token does not read it, people and statements do."""
    data = transfer_data(to=MIXED, units=1_500_000, item_ref="PZZ123456789ABC")

    assert data.startswith(f"0xa9059cbb{MIXED[2:].lower():0>64}{1_500_000:064x}")
    assert reference_of(data) == "PZZ123456789ABC"
    assert reference_of(data[: -2 * 15]) is None
    assert reference_of(data + "00") is None
    assert reference_of("0x" + "ff" * 99) is None


@given(micros=st.integers(1, 10**15), decimals=st.integers(6, 18))
def test_a_dollar_is_a_token_whatever_its_decimals(micros: int, decimals: int) -> None:
    """Exactly, there and back; a fraction of a micro is never rounded away."""
    units = units_of(Money(micros, "USD"), decimals=decimals)

    assert amount_of(units, decimals=decimals) == Money(micros, "USD")
    if decimals > 6:
        assert amount_of(units + 1, decimals=decimals) is None


def test_gas_costs_are_rounded_up() -> None:
    """At the recorded rate; a wei is not free."""
    assert cost_of(54_000 * 10**9, rate="3000.00") == Money(162_000, "USD")
    assert cost_of(1, rate="3000.00") == Money(1, "USD")


def test_the_contracts_are_the_ones_that_were_compiled() -> None:
    """A deposit's address is computed from the code; another compiler makes another code."""
    contracts = Path("plugins/payments/crypto/contracts/DepositAddresses.json")
    made = json.loads(contracts.read_text())

    code = bytes.fromhex(made["DepositAddress"]["bytecode"][2:])
    assert load_ethereum().keccak(code) == CODE_HASH
    assert made["DepositAddress"]["bytecode"][2:] in made["DepositAddresses"]["bytecode"]
