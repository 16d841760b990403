"""The conformance suite for partners: `class TestAcme(PayoutConformance)`. Needs pytest."""

from __future__ import annotations

from domain.deposits.provider import DepositRequest, DepositStart
from domain.payouts.provider import ObservedState
from gateway.plugin_cases import EngineCases
from plugins.conformance import (
    Bench,
    DepositConformance,
    VerifierBench,
    VerifierConformance,
    case,
    does_not_apply,
)
from plugins.conformance import PayoutConformance as ProviderCases


class PayoutConformance(ProviderCases, EngineCases):
    """All cases: what the provider does alone, and what the rules of the core make of it."""


__all__ = [
    "Bench",
    "DepositConformance",
    "DepositRequest",
    "DepositStart",
    "ObservedState",
    "PayoutConformance",
    "VerifierBench",
    "VerifierConformance",
    "case",
    "does_not_apply",
]
