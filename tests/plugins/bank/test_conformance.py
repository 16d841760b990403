"""The conformance suite over both kinds of bank files, delivered through a folder.

A bank's file asks nobody anything: no network, no look-up, no webhook. Those cases say so.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from piecerate.conformance import DepositConformance, PayoutConformance
from plugins.conformance.suite import Conformance
from plugins.payments.bank.ach_payouts import AchPayouts
from plugins.payments.bank.sepa_deposits import SepaDeposits
from plugins.payments.bank.sepa_payouts import SepaPayouts
from plugins.payments.bank.simulator import BankSimulator
from tests.plugins.bank.make import ACH, ACH_FIELDS, SEPA, SEPA_FIELDS, folders


class _FolderSuite(Conformance):
    """A fresh folder for each bench."""

    simulator = BankSimulator
    settings: Mapping[str, object]

    @pytest.fixture(autouse=True)
    def _place(self) -> Iterator[None]:
        self._places: list[Path] = []
        yield
        for place in self._places:
            shutil.rmtree(place)

    def make_simulator(self) -> BankSimulator:
        self._places.append(Path(tempfile.mkdtemp(prefix="piecerate-bank-")))
        (self._places[-1] / "out").mkdir()
        return BankSimulator(folder=self._places[-1] / "out")

    def config(self, url: str) -> Mapping[str, object]:
        assert url
        return {**self.settings, **folders(self._places[-1])}


class TestSepa(_FolderSuite, PayoutConformance):
    provider = SepaPayouts
    country = "NL"
    settings = SEPA

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "sepa_iban"
        return SEPA_FIELDS


class TestSepaDeposits(_FolderSuite, DepositConformance):
    provider = SepaDeposits
    country = "NL"
    settings = SEPA
    told_by_files = True


class TestAch(_FolderSuite, PayoutConformance):
    provider = AchPayouts
    country = "US"
    settings = ACH

    def destination(self, kind: str) -> Mapping[str, str]:
        assert kind == "us_account"
        return ACH_FIELDS
