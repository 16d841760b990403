"""Format and check digits of tax numbers, offline, for all countries of python-stdnum and more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.tax_ids.verifier import TaxIds


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (TaxIds,)
