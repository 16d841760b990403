"""Records of EN 16931 to write, one per VAT category."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from gateway.finance.en16931 import (
    Earlier,
    FinancialDocument,
    Line,
    Remark,
    Trader,
    Treatment,
)

SELLER: Final = Trader(
    name="Piecerate Demo GmbH",
    country="DE",
    street="Lindenstraße 7",
    postcode="10969",
    city="Berlin",
    party_id="DE",
    vat_id="DE123456789",
)
BUYER: Final = Trader(name="Emil Employer", country="DE", party_id="M-7")
WITH_VAT_ID: Final = Trader(name="Société Exemple", country="FR", vat_id="FR32123456789")
NO_VAT_IDS: Final = Trader(name="Łucja", country="PH", party_id="M-8")
EARLIER: Final = (Earlier(number="DE-2026-000001", issued_on=date(2026, 2, 11)),)


def a_treatment(category: str) -> Treatment:
    reasons: dict[str, tuple[str | None, str]] = {
        "E": (None, "Small business, section 19 UStG"),
        "AE": ("VATEX-EU-AE", "Reverse charge"),
        "G": ("VATEX-EU-G", "Export"),
        "O": ("VATEX-EU-O", "Not subject to VAT"),
    }
    code, text = reasons.get(category, (None, None))
    rates = {"S": Decimal(19), "O": None}
    return Treatment(
        category=category,
        rate=rates.get(category, Decimal(0)),
        exemption_code=code,
        exemption_text=text,
    )


def a_line(number: int, net: str, vat: Treatment, **changes: Any) -> Line:
    facts: dict[str, Any] = {
        "line_id": str(number),
        "name": f"Is there a cat in picture {number}?",
        "description": "Platform fee per approved assignment",
        "quantity": Decimal(1),
        "unit": "C62",
        "unit_price": Decimal(net),
        "net": Decimal(net),
        "vat": vat,
    }
    return Line(**{**facts, **changes})


def a_record(category: str = "S", **changes: Any) -> FinancialDocument:
    """As the category wants its parties: no VAT id beside O, the buyer's beside AE."""
    vat = a_treatment(category)
    seller, buyer = SELLER, BUYER
    if category == "AE":
        buyer = WITH_VAT_ID
    if category == "O":
        seller, buyer = NO_VAT_IDS, Trader(name=SELLER.name, country="DE", party_id="DE")
    facts: dict[str, Any] = {
        "number": "DE-2026-000002",
        "type_code": "380",
        "issued_on": date(2026, 3, 29),
        "due_on": date(2026, 3, 29),
        "currency": "EUR",
        "quantum": Decimal("0.01"),
        "seller": seller,
        "buyer": buyer,
        "lines": tuple(a_line(number, "12.34", vat) for number in (1, 2, 3)),
        "period_start": date(2026, 3, 1),
        "period_end": date(2026, 3, 28),
        "payment_means": "57",
        "terms": "Paid from deposit",
        "remarks": (Remark(text="Paid from your deposit: nothing is left to pay."),),
    }
    return FinancialDocument(**{**facts, **changes})
