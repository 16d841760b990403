"""Amounts, instants and namespaces in the messages of banks; reading them is shared."""

from __future__ import annotations

from datetime import UTC, datetime
from re import fullmatch
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from domain.money import MICRO_DIGITS, Money
from domain.payouts.provider import FileRefused
from plugins.safe_xml import SAFE_PARSER, parsed

__all__ = ["SAFE_PARSER", "instant_of", "money_of", "names_of", "parsed"]


def names_of(root: Any) -> dict[str, str]:
    """Whatever version of the message it is."""
    return {"iso": etree.QName(root).namespace or ""}


def money_of(element: Any) -> Money:
    """`<Amt Ccy="EUR">12.34</Amt>`, exactly."""
    text = (element.text or "").strip() if element is not None else ""
    currency = element.get("Ccy", "") if element is not None else ""
    if not fullmatch(r"[0-9]{1,12}(\.[0-9]{0,6})?", text) or not fullmatch("[A-Z]{3}", currency):
        raise FileRefused("an amount that cannot be read")
    units, _, fraction = text.partition(".")
    return Money(int(units + fraction.ljust(MICRO_DIGITS, "0")), currency)


def instant_of(text: str | None) -> datetime | None:
    """A day or an instant; where no zone is given, UTC."""
    shape = (text or "").strip()
    is_day = shape[10:11] != "T"
    try:
        found = datetime.fromisoformat(shape[:10] if is_day else shape)  # a day may carry a zone
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
