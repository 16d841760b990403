"""Where PayPal can pay to: the member's form, and the same rules checked offline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from domain.payouts.provider import Destination, DestinationKind
from domain.provider import FieldProblem

RECEIVER_CHARS_MAX: Final = 127
EMAIL: Final = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@"
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"
)
PAYER_ID: Final = "^[2-9A-HJ-NP-Z]{13}$"
PHONE: Final = r"^\+[1-9][0-9]{6,14}$"


def _kind(field: str, *, title: str, pattern: str) -> DestinationKind:
    shape = {"type": "string", "title": title, "maxLength": RECEIVER_CHARS_MAX, "pattern": pattern}
    return DestinationKind(
        schema={
            "type": "object",
            "required": [field],
            "additionalProperties": False,
            "properties": {field: shape},
        },
        label_field=field,
    )


KINDS: Final[Mapping[str, DestinationKind]] = {
    "paypal": _kind("email", title="E-mail address of the PayPal account", pattern=EMAIL),
    "paypal_id": _kind("payer_id", title="PayPal account number", pattern=PAYER_ID),
    "paypal_phone": _kind("phone", title="Telephone number of the PayPal account", pattern=PHONE),
}
RECIPIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "paypal": ("EMAIL", "email"),
    "paypal_id": ("PAYPAL_ID", "payer_id"),
    "paypal_phone": ("PHONE", "phone"),
}
MESSAGES: Final[Mapping[str, str]] = {
    "email": "This is no e-mail address that PayPal takes.",
    "payer_id": "13 capital letters and digits, as PayPal shows them under account information.",
    "phone": "Begin with + and the country, and leave out blanks.",
}


def recipient_of(destination: Destination) -> tuple[str, str]:
    """PayPal's word for the kind, and the receiver."""
    recipient_type, field = RECIPIENTS[destination.kind]
    return recipient_type, destination.fields[field]


def receiver_field(kind: str) -> str:
    return RECIPIENTS[kind][1]


def problems_of(destination: Destination) -> tuple[FieldProblem, ...]:
    """By the schema that drives the form, so that both always agree."""
    kind = KINDS.get(destination.kind)
    if kind is None:
        return (FieldProblem(field="kind", code="unknown", message="PayPal does not pay there."),)
    properties: Any = kind.schema["properties"]
    problems = [
        FieldProblem(field=name, code="unknown", message="There is no such field.")
        for name in sorted(destination.fields.keys() - properties.keys())
    ]
    for name, shape in properties.items():
        value = destination.fields.get(name)
        if value is None:
            message = MESSAGES[name]
            problems.append(FieldProblem(field=name, code="missing", message=message))
        elif len(value) > shape["maxLength"] or not re.fullmatch(shape["pattern"], value):
            message = MESSAGES[name]
            problems.append(FieldProblem(field=name, code="invalid", message=message))
    return tuple(problems)
