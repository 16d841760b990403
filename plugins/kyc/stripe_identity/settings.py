"""What an instance at Stripe Identity can be told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from plugins.http import ENDPOINT

VERSION: Final = "1"
STRIPE_VERSION: Final = "2026-10-28.endive"  # of the SDK we pin; the answers' shape hangs on it
HOSTS: Final = frozenset({"api.stripe.com"})
API_KEY: Final = "api_key"
WEBHOOK_SECRET: Final = "webhook_secret"  # noqa: S105  # the name of a secret, not one
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 20.0

Endpoint = Annotated[str, msgspec.Meta(pattern=ENDPOINT)]
Pinned = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$")]


class DocumentType(StrEnum):
    DRIVING_LICENSE = "driving_license"
    ID_CARD = "id_card"
    PASSPORT = "passport"


class StripeIdentityConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One account at Stripe. Its key must be allowed to read verified outputs and birth dates."""

    endpoint: Endpoint = "https://api.stripe.com"
    stripe_version: Pinned = STRIPE_VERSION
    allowed_types: tuple[DocumentType, ...] = tuple(DocumentType)
    requires_live_capture: bool = True  # no pictures from a file
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] = 1095  # then it is asked for again
    return_url: str = ""  # where the check names none
