"""Stripe Identity: documents, selfies and ages, on Stripe's own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.verification.provider import Verifier
from plugins.hookspecs import hookimpl
from plugins.kyc.stripe_identity.verifier import StripeIdentity


@hookimpl
def verifiers() -> Sequence[type[Verifier[Any]]]:
    return (StripeIdentity,)
