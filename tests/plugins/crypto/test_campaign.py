"""Everything at once on a real chain: lost answers, crashes, reorganisations, floods, refusals.

`PIECERATE_CAMPAIGN` makes it long, `PIECERATE_TEST_SEED` another one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Final

import pytest

from domain.payouts.provider import LookupAnswer, ObservedState, PayoutBatch
from domain.provider import ProviderError
from plugins.conformance.bench import kept
from plugins.conformance.transport import Lie, Wire
from tests.plugins.crypto.anvil import Anvil, Musd
from tests.plugins.crypto.make import Payer, addresses, paying

SEED: Final = os.environ.get("PIECERATE_TEST_SEED", "1")
BATCH_COUNT, BATCH_SIZE = (20, 50) if os.environ.get("PIECERATE_CAMPAIGN") else (4, 10)
FOUL_ROUNDS: Final = 30
FAIR_ROUNDS_MAX: Final = 30
BAD_NEWS: Final = ("DROPPED", "MISSING", "STUCK")
ENDED: Final = {ObservedState.PAID, ObservedState.FAILED}
LIES: Final = (
    Lie.CONNECT_TIMEOUT,
    Lie.READ_TIMEOUT,
    Lie.RESET,
    Lie.HTML_200,
    Lie.STATUS_502,
    Lie.RATE_LIMITED,
)


class Weather:
    """What happens to a chain and to whoever uses it, by chance."""

    def __init__(self, payer: Payer, musd: Musd, wire: Wire) -> None:
        self.random = Random(SEED)  # noqa: S311  # chance, not secrecy
        self.payer = payer
        self.musd = musd
        self.anvil: Anvil = musd.anvil
        self.wire = wire
        self.codes: Counter[str] = Counter()

    def happens(self, batches: Sequence[PayoutBatch], *, is_fair: bool) -> None:
        random, anvil = self.random, self.anvil
        self.payer.wait(timedelta(minutes=random.choice((1, 11))))
        if is_fair:
            self.wire.lies.clear()
            anvil.finalize()
            return
        if random.random() < 0.6:
            anvil.mine(random.randint(1, 8))
        if random.random() < 0.4:
            anvil.reorganize(random.randint(1, 10))
        if random.random() < 0.3:
            anvil.base_fee(random.choice((1, 30, 90)) * 10**9)
        if random.random() < 0.3:
            for each in random.choice(batches).items[:5]:
                anvil.drop(str(each.provider_ref or "0x" + "0" * 64))
        if random.random() < 0.5:
            self.wire.lies.extend(random.choices(LIES, k=3))

    def is_lost(self) -> bool:
        """A crash between the call and its commit."""
        return self.random.random() < 0.15

    def sends(self, batch: PayoutBatch) -> PayoutBatch:
        payer = self.payer
        try:
            outcome = payer.run(payer.provider.send(batch, payer.context()))
        except ProviderError:
            return batch
        return batch if self.is_lost() else kept(batch, outcome)

    def looks(self, batch: PayoutBatch) -> tuple[PayoutBatch, LookupAnswer]:
        """Steps are taken only after what the look-up said is committed."""
        try:
            looked, answer = self.payer.look_up(batch)
        except ProviderError:  # the circuit is open for half a minute
            return batch, LookupAnswer(found=(), missing=())
        self.codes.update(str(each.provider_code) for each in answer.found)
        self.codes["MISSING"] += len(answer.missing)
        if self.is_lost():
            return batch, LookupAnswer(found=(), missing=())
        steps = {each.item_ref: each.next_step for each in answer.found if each.next_step}
        for item in looked.items:
            if item.item_ref not in steps:
                continue
            try:
                said = self.payer.run(
                    self.payer.provider.advance(item, steps[item.item_ref], self.payer.context())
                )
            except ProviderError:
                continue
            if not self.is_lost():
                looked = kept(looked, LookupAnswer(found=(said,), missing=()))
        return looked, answer


@pytest.mark.timeout(1_200)
def test_every_worker_is_paid_exactly_once(musd: Musd, anvil: Anvil) -> None:
    """Compared with the token's balances, address by address; refused ones have nothing."""
    wire = Wire(is_money=lambda *_: False)
    with paying(musd, wire=wire, max_fee_wei=10**12) as payer:
        anvil.enrich(payer.address, ether=10_000)
        musd.give(payer.address, 10**12)
        weather = Weather(payer, musd, wire)
        payees = addresses(BATCH_COUNT * BATCH_SIZE)
        batches = [
            payer.prepared(payer.batch(payees[start : start + BATCH_SIZE], micros=1_000 + start))
            for start in range(0, len(payees), BATCH_SIZE)
        ]
        refused = set(weather.random.sample(payees, k=len(payees) // 20))
        for payee in sorted(refused):
            musd.blacklist(payee)

        anvil.mine(10)  # no reorganisation reaches what the test itself has done
        told = driven(weather, batches)

        print(f"seed {SEED}: {dict(weather.codes)}")  # noqa: T201  # for who runs the long one
        assert len(told) == len(payees), f"seed {SEED}: not all of them end"
        assert all(weather.codes[each] for each in BAD_NEWS), "nothing has gone wrong"
        for batch in batches:
            for item in batch.items:
                payee = item.destination.fields["address"]
                is_refused = payee in refused
                wanted = ObservedState.FAILED if is_refused else ObservedState.PAID
                assert told[item.item_ref] is wanted, f"seed {SEED}"
                assert musd.balance(payee) == (0 if is_refused else item.amount.micros)
                said = payer.states[item.item_ref]
                first = next(index for index, state in enumerate(said) if state in ENDED)
                assert set(said[first:]) == {wanted}, "what is final stays as it is"


def driven(weather: Weather, prepared: list[PayoutBatch]) -> dict[str, ObservedState]:
    """As the core drives them: sent, looked up, sent again where something is missing."""
    told: dict[str, ObservedState] = {}
    batches: list[PayoutBatch] = []
    count = sum(len(batch.items) for batch in prepared)
    for number in range(FOUL_ROUNDS + FAIR_ROUNDS_MAX):
        is_fair = number >= FOUL_ROUNDS
        if is_fair and len(told) == count:
            break
        due = min(len(prepared), 1 + number * len(prepared) // FOUL_ROUNDS)
        batches += [weather.sends(batch) for batch in prepared[len(batches) : due]]
        weather.happens(batches, is_fair=is_fair)
        for index, batch in enumerate(batches):
            batches[index], answer = weather.looks(batch)
            told |= {each.item_ref: each.state for each in answer.found if each.state in ENDED}
            if answer.missing:
                batches[index] = weather.sends(batches[index])
    return told
