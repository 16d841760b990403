"""Tax numbers: one spelling each, and whether they can be right. Pure; never says the number."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from re import fullmatch
from typing import Final

LAST_SHOWN: Final = 4
SHORT_SHOWN: Final = 2  # of a number with fewer than eight characters
LENGTH_MIN: Final = 4
LENGTH_MAX: Final = 24
UNION_PREFIXES: Final = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905  # reads better than a line per code
)


class NumberKind(StrEnum):
    SSN = "ssn"
    ITIN = "itin"
    EIN = "ein"
    FOREIGN = "foreign"  # the tax number of the country beside it
    VAT = "vat"
    COMPANY = "company"  # of a register of companies


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxNumber:
    """`value` is in the one spelling that `normal` gives; its repr does not show it."""

    kind: NumberKind
    country: str
    value: str = field(repr=False)

    @property
    def last_four(self) -> str:
        shown = LAST_SHOWN if len(self.value) >= 2 * LAST_SHOWN else SHORT_SHOWN
        return self.value[-shown:]

    @property
    def index_field(self) -> str:
        """SSN and ITIN share one: a person has one of them."""
        is_person = self.kind in (NumberKind.SSN, NumberKind.ITIN)
        return f"tax_number:{'us_person' if is_person else self.kind.value}:{self.country}"


def normal(text: str) -> str:
    """Capital letters and digits; separators are the writer's business."""
    return "".join(each for each in text.upper() if each.isascii() and each.isalnum())


def us_number(kind: NumberKind, text: str) -> TaxNumber | None:
    """None when it cannot be one."""
    from stdnum.us import ein, itin, ssn  # noqa: PLC0415  # few processes ever read a number

    value = normal(text)
    checks = {NumberKind.SSN: ssn, NumberKind.ITIN: itin, NumberKind.EIN: ein}
    if kind not in checks or not checks[kind].is_valid(value):
        return None
    return TaxNumber(kind=kind, country="US", value=value)


def foreign_number(country: str, text: str) -> TaxNumber | None:
    """Of another country: only that it may be one. Whether it is, a verifier says."""
    value = normal(text)
    if not LENGTH_MIN <= len(value) <= LENGTH_MAX or not any(each.isdigit() for each in value):
        return None
    return TaxNumber(kind=NumberKind.FOREIGN, country=country, value=value)


def vat_number(country: str, text: str) -> TaxNumber | None:
    """With its prefix inside the Union; the prefix must be that of the country."""
    from stdnum.eu import vat as union_vat  # noqa: PLC0415  # as above

    value = normal(text)
    prefix = {"GR": "EL"}.get(country, country)
    if prefix in UNION_PREFIXES:
        if not value.startswith(prefix) or not union_vat.is_valid(value):
            return None
    elif not fullmatch(f"[A-Z0-9]{{{LENGTH_MIN},{LENGTH_MAX}}}", value):
        return None
    return TaxNumber(kind=NumberKind.VAT, country=country, value=value)


def company_number(country: str, text: str) -> TaxNumber | None:
    value = normal(text)
    if not 1 <= len(value) <= LENGTH_MAX:
        return None
    return TaxNumber(kind=NumberKind.COMPANY, country=country, value=value)
