"""What a member fills in to be paid over Stripe; the forms and the check are the same data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from domain.payouts.provider import Destination, DestinationKind
from domain.provider import FieldProblem

RECIPIENT_KIND: Final = "stripe_recipient"
BANK_KIND: Final = "stripe_bank"
ACCOUNT_KIND: Final = "stripe_account"
_ACCOUNT_PATTERN: Final = "^acct_[A-Za-z0-9]{1,64}$"


def _text(title: str, pattern: str) -> Mapping[str, object]:
    return {"type": "string", "title": title, "pattern": pattern}


def _schema(*, optional: tuple[str, ...] = (), **properties: Mapping[str, object]) -> Any:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }


PAYOUT_KINDS: Final[Mapping[str, DestinationKind]] = {
    RECIPIENT_KIND: DestinationKind(
        schema=_schema(
            recipient=_text("Stripe recipient", _ACCOUNT_PATTERN),
            payout_method=_text("Stripe payout method", "^[a-z]{2,16}_[A-Za-z0-9_]{1,64}$"),
        ),
        label_field="payout_method",
    ),
    BANK_KIND: DestinationKind(
        schema=_schema(
            optional=("routing_number", "branch_number", "swift_code"),
            recipient=_text("Stripe recipient", _ACCOUNT_PATTERN),
            account_number=_text("Account number or IBAN", "^[A-Z0-9]{4,34}$"),
            routing_number=_text("Routing number", "^[A-Z0-9]{3,12}$"),
            branch_number=_text("Branch", "^[A-Z0-9]{2,12}$"),
            swift_code=_text("BIC", "^[A-Z0-9]{8}([A-Z0-9]{3})?$"),
        ),
        label_field="account_number",
    ),
}
CONNECT_KINDS: Final[Mapping[str, DestinationKind]] = {
    ACCOUNT_KIND: DestinationKind(
        schema=_schema(account=_text("Stripe account", _ACCOUNT_PATTERN)), label_field="account"
    )
}


def problems_of(
    kinds: Mapping[str, DestinationKind], destination: Destination
) -> tuple[FieldProblem, ...]:
    """Offline, and exactly what the form of this kind says."""
    kind = kinds.get(destination.kind)
    if kind is None:
        return (FieldProblem(field="", code="unknown_kind", message="Choose another way."),)
    schema: Any = kind.schema
    properties: Mapping[str, Any] = schema["properties"]
    given = destination.fields
    missing = [
        FieldProblem(field=name, code="missing", message="Please fill this in.")
        for name in schema["required"]
        if name not in given
    ]
    unknown = [
        FieldProblem(field=name, code="unknown", message="There is no such field.")
        for name in sorted(given.keys() - properties.keys())
    ]
    wrong = [
        FieldProblem(field=name, code="malformed", message="This does not look right.")
        for name, rule in properties.items()
        if name in given and not _matches(rule["pattern"], given[name])
    ]
    return (*missing, *unknown, *wrong)


def _matches(pattern: str, value: str) -> bool:
    """`$` alone would let a line break through at the end."""
    return re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value) is not None
