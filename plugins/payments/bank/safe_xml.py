"""Reads XML from outside: no entities, no document types, no network, bounded in size."""

from __future__ import annotations

from datetime import UTC, datetime
from re import fullmatch
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from domain.money import MICRO_DIGITS, Money
from domain.payouts.provider import FileRefused

CONTENT_BYTES_MAX: Final = 64 * 2**20  # a statement of 50,000 entries has a fifth of it
SAFE_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, dtd_validation=False
)


def parsed(content: bytes) -> Any:
    """The root element. Raises `FileRefused`; its text quotes nothing of the file."""
    if len(content) > CONTENT_BYTES_MAX:
        raise FileRefused("the file is too large")
    try:
        root = etree.fromstring(content, SAFE_PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileRefused("the file is no well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise FileRefused("the file declares a document type, which no bank does")
    return root


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
