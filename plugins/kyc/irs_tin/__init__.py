"""The bulk TIN matching of the IRS, as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.irs_tin.verifier import IrsTin


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (IrsTin,)
