"""One chain per test run; each test puts it back to where it began."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plugins.crypto.anvil import Anvil, Musd, deploy_musd, running_anvil
from tests.plugins.crypto.make import Payer, paying

PAYER_UNITS = 10**12


@pytest.fixture(scope="session")
def chain() -> Iterator[tuple[Anvil, Musd]]:
    with running_anvil() as anvil:
        yield anvil, deploy_musd(anvil)


@pytest.fixture
def musd(chain: tuple[Anvil, Musd]) -> Iterator[Musd]:
    anvil, musd = chain
    snapshot = anvil.ask("evm_snapshot")
    anvil.base_fee(10**9)  # the one thing that going back does not put back
    anvil.mine()
    yield musd
    anvil.ask("anvil_dropAllTransactions")
    assert anvil.ask("evm_revert", snapshot)


@pytest.fixture
def anvil(musd: Musd) -> Anvil:
    return musd.anvil


@pytest.fixture
def payer(musd: Musd) -> Iterator[Payer]:
    """An opened instance with a million tokens and enough gas."""
    with paying(musd) as payer:
        musd.anvil.enrich(payer.address)
        musd.give(payer.address, PAYER_UNITS)
        yield payer
