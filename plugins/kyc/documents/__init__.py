"""Documents that a member uploads: the zone is checked, a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.documents.verifier import Documents


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (Documents,)
