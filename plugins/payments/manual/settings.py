"""What an instance of the manual rail can be told, what it takes, and what a member must give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from domain.money import EXPONENTS, MICROS_PER_UNIT, Money, minor_step
from domain.payouts.provider import DestinationKind, ObservedState
from domain.provider import CurrencyLimits

VERSION: Final = "1"
KIND: Final = "bank_account"
BATCH_MAX: Final = 200  # what one person pays in a day
UNITS_MAX: Final = 10_000_000
LENGTHS: Final[Mapping[str, int]] = {
    "holder_name": 140,
    "account_number": 40,
    "bank_name": 100,
    "bank_code": 20,
    "address": 200,
}
OPTIONAL: Final = frozenset({"bank_code", "address"})
ACCOUNT: Final = "^[0-9A-Za-z][0-9A-Za-z ./-]*$"


class ManualConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """`arrives_days` is what a member is told; staff pay when they can."""

    arrives_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


CURRENCIES: Final[Mapping[str, CurrencyLimits]] = {
    currency: CurrencyLimits(
        minimum=Money(minor_step(exponent), currency),
        maximum=Money(UNITS_MAX * MICROS_PER_UNIT, currency),
        exponent=exponent,
    )
    for currency, exponent in EXPONENTS.items()
}
_TITLES: Final = {
    "holder_name": "Account holder",
    "account_number": "Account number or IBAN",
    "bank_name": "Bank",
    "bank_code": "Bank code, such as BIC, IFSC or branch",
    "address": "Address of the account holder",
}
DESTINATION: Final = DestinationKind(
    label_field="account_number",
    schema={
        "type": "object",
        "required": sorted(LENGTHS.keys() - OPTIONAL),
        "additionalProperties": False,
        "properties": {
            name: {
                "type": "string",
                "title": _TITLES[name],
                "minLength": 1,
                "maxLength": length,
                **({"pattern": ACCOUNT} if name == "account_number" else {}),
            }
            for name, length in LENGTHS.items()
        },
    },
)
# What staff write into a worksheet.
RESULTS: Final[Mapping[str, ObservedState]] = {
    "paid": ObservedState.PAID,
    "failed": ObservedState.FAILED,
    "returned": ObservedState.RETURNED,
    "cancelled": ObservedState.CANCELLED,
}
