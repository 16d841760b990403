"""The suite of all providers, over the simulated chain; `test_anvil` asks a real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from domain.deposits.provider import DepositRequest, DepositStart
from domain.payouts.provider import ObservedState
from piecerate.conformance import PayoutConformance
from plugins.conformance import Bench, DepositConformance, does_not_apply
from plugins.payments.crypto.deposits import CryptoDeposits
from plugins.payments.crypto.payouts import CryptoPayouts
from plugins.payments.crypto.simulated_chain import FINAL_DEPTH
from plugins.payments.crypto.simulator import CryptoSimulator
from plugins.simulation import Effect
from tests.plugins.crypto.make import SECRETS, simulated_config

PAYEE = "0x52908400098527886E0F7030069857D2E4169EE7"
NOBODY = "a chain knows nobody who could do that"
NEVER = {
    ObservedState.ACCEPTED: "a look-up tells more: it is pending from the first moment",
    ObservedState.ON_HOLD: NOBODY,
    ObservedState.UNCLAIMED: NOBODY,
    ObservedState.RETURNED: NOBODY,
    ObservedState.REFUNDED: NOBODY,
    ObservedState.REVERSED: NOBODY,
    ObservedState.CANCELLED: "only our own `cancel` makes it so: test_anvil_nonces",
}


class TestCryptoPayouts(PayoutConformance):
    """Cases that do not apply name their reason: `pytest -rs` shows them."""

    provider = CryptoPayouts
    simulator = CryptoSimulator
    secrets = SECRETS
    amount_field = "data"
    status_field = "status"
    currency_field = "address"  # of the token that moved

    def config(self, url: str) -> Mapping[str, object]:
        return simulated_config(url)

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "stablecoin"
        return {"address": PAYEE, "chain_id": "eip155:31337"}

    def bring(self, bench: Bench, item_ref: str, state: ObservedState) -> None:
        simulator = bench.simulator
        assert isinstance(simulator, CryptoSimulator)
        if state in NEVER:
            does_not_apply(NEVER[state])
        if state is ObservedState.PENDING:
            bench.wait(timedelta(minutes=1))
            return
        if state is ObservedState.FAILED:
            if simulator.depth_of(item_ref) > FINAL_DEPTH:
                does_not_apply("what is final stays as it is")
            simulator.chain.blacklisted.add(PAYEE.lower())
            simulator.chain.reorganize(FINAL_DEPTH, keeps=True)
        bench.wait(timedelta(days=1))


class TestCryptoDeposits(DepositConformance):
    provider = CryptoDeposits
    simulator = CryptoSimulator
    secrets = SECRETS

    def config(self, url: str) -> Mapping[str, object]:
        return simulated_config(url)

    def pay(self, bench: Bench, request: DepositRequest, start: DepositStart) -> None:
        simulator = bench.simulator
        assert isinstance(simulator, CryptoSimulator)
        simulator.chain.pay_in(to=start.provider_ref.partition("@")[0], units=request.amount.micros)

    def settle(self, bench: Bench) -> None:
        bench.wait(timedelta(hours=1))

    def deposit_effects(self, bench: Bench) -> Sequence[Effect]:
        simulator = bench.simulator
        assert isinstance(simulator, CryptoSimulator)
        return simulator.pay_ins()
