"""The conformance suite of providers. Needs pytest and hypothesis; nothing at run time imports it.

`PayoutConformance` holds the cases that a provider and its simulator can answer alone;
`piecerate.conformance` adds those that need the rules of the core.
"""

from __future__ import annotations

from plugins.conformance.bench import Bench
from plugins.conformance.deposits import DepositConformance
from plugins.conformance.news import NewsCases
from plugins.conformance.reading import ReadingCases
from plugins.conformance.sending import SendingCases
from plugins.conformance.statements import StatementCases
from plugins.conformance.suite import case, does_not_apply
from plugins.conformance.verifier_abilities import AbilityCases
from plugins.conformance.verifier_bench import VerifierBench
from plugins.conformance.verifying import CheckCases


class PayoutConformance(SendingCases, ReadingCases, StatementCases, NewsCases):
    """Subclass it as `Test…`, name `provider`, `simulator`, `secrets` and `destination`."""


class VerifierConformance(CheckCases, AbilityCases):
    """Subclass it as `Test…`, name `provider` and who passes; a `simulator` if it asks anybody."""


__all__ = [
    "Bench",
    "DepositConformance",
    "PayoutConformance",
    "VerifierBench",
    "VerifierConformance",
    "case",
    "does_not_apply",
]
