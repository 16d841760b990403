"""The conformance suite over payouts by hand: a person fills the worksheet.

No network, no look-up, no webhook: those cases say so.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.payouts.provider import LookupAnswer, ObservedState, PayoutBatch
from piecerate.conformance import Bench, PayoutConformance, case, does_not_apply
from plugins.conformance.bench import Opened
from plugins.payments.manual.payouts import ManualPayouts
from plugins.payments.manual.simulator import StaffSimulator


class TestManual(PayoutConformance):
    provider = ManualPayouts
    simulator = StaffSimulator
    country = "KE"

    def config(self, url: str) -> Mapping[str, object]:
        assert url
        return {}

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "bank_account"
        return {
            "holder_name": "Anna Canary",
            "account_number": "00471147110815",
            "bank_name": "Canary Bank",
            "bank_code": "CANARYKE",
        }

    def finished(self, bench: Bench, opened: Opened, batch: PayoutBatch) -> LookupAnswer:
        """Staff pay from the worksheet that was sent, and it is read."""
        assert isinstance(bench.simulator, StaffSimulator) and batch.payload is not None
        filled = bench.simulator.fill(batch.payload)
        report = bench.run(opened.guarded.read_file(filled, bench.context()))
        assert {each.state for each in report.items} == {ObservedState.PAID}
        return LookupAnswer(found=report.items, missing=())

    @case("C10", "the same key, another amount")
    def test_c10_other_items(self) -> None:
        """There is nobody on the other side who could tell."""
        does_not_apply("staff see the worksheet that the core committed, and no other")
