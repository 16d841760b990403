"""Sanctions lists of OFAC, the EU, the UN and the UK, given by the operator as published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.sanctions.verifier import Sanctions


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (Sanctions,)
