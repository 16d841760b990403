"""VIES: whether a VAT number of the European Union is active, with the number that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.vies.verifier import Vies


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (Vies,)
