"""Shapes of numbers that python-stdnum does not know, as dated rows; a shape proves no check digit.

A row without `verified_on` was read in public descriptions and confirmed by nobody: such a
number is only measured against it, and staff see which row did that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRow:
    """`pattern` is held against the number without blanks, points, strokes and hyphens."""

    country: str
    kind: str
    pattern: str
    source: str
    valid_from: date = date(2000, 1, 1)
    valid_until: date | None = None
    verified_on: date | None = None

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def fits(self, number: str) -> bool:
        return re.fullmatch(self.pattern, number, re.ASCII) is not None


def _row(
    country: str, kind: str, pattern: str, source: str, valid_from: date = date(2000, 1, 1)
) -> PatternRow:
    return PatternRow(
        country=country, kind=kind, pattern=pattern, source=source, valid_from=valid_from
    )


NIGERIA_2026: Final = date(2026, 1, 1)

ROWS: Final[tuple[PatternRow, ...]] = (
    _row("AE", "vat", r"\d{15}", "Federal Tax Authority: tax registration number"),
    _row("BD", "tin", r"\d{12}", "National Board of Revenue: e-TIN"),
    _row("BD", "vat", r"\d{13}", "National Board of Revenue: business identification number"),
    _row("BD", "nid", r"\d{10}|\d{13}|\d{17}", "Election Commission: old and smart cards"),
    _row("BO", "nit", r"\d{7,12}", "Servicio de Impuestos Nacionales"),
    _row("CI", "ncc", r"\d{7}[A-Z]", "Direction generale des impots"),
    _row("CM", "niu", r"[A-Z]\d{12}[A-Z]", "Direction generale des impots"),
    _row("ET", "tin", r"\d{10}", "Ministry of Revenues"),
    _row("GH", "ghana_card", r"GHA\d{10}", "Ghana Revenue Authority: the card's number is the TIN"),
    _row("HN", "rtn", r"\d{14}", "Servicio de Administracion de Rentas"),
    _row("JM", "trn", r"\d{9}", "Tax Administration Jamaica"),
    _row("KZ", "iin", r"\d{12}", "State Revenue Committee"),
    _row("KZ", "bin", r"\d{12}", "State Revenue Committee"),
    _row("LK", "tin", r"\d{9}", "Inland Revenue Department"),
    _row("LK", "nic", r"\d{9}[VX]|\d{12}", "Department for Registration of Persons"),
    _row("NG", "tin", r"\d{10}|\d{12}", "Joint Tax Board and Federal Inland Revenue Service"),
    _row("NG", "tax_id", r"\d{13}", "Nigeria Tax Administration Act, in force 2026", NIGERIA_2026),
    _row("NG", "nin", r"\d{11}", "National Identity Management Commission"),
    _row("NP", "pan", r"\d{9}", "Inland Revenue Department"),
    _row("PH", "tin", r"\d{9}|\d{12,14}", "Bureau of Internal Revenue: branch of 3 to 5 digits"),
    _row("PK", "ntn", r"\d{7,8}", "Federal Board of Revenue: with and without the check digit"),
    _row("RW", "tin", r"\d{9}", "Rwanda Revenue Authority"),
    _row("SA", "vat", r"3\d{13}3", "Zakat, Tax and Customs Authority"),
    _row("SA", "tin", r"\d{10}", "Zakat, Tax and Customs Authority"),
    _row("TZ", "tin", r"\d{9}", "Tanzania Revenue Authority"),
    _row("UG", "tin", r"1\d{9}", "Uganda Revenue Authority"),
    _row("UZ", "inn", r"\d{9}", "State Tax Committee"),
    _row("UZ", "pinfl", r"\d{14}", "State Personalization Centre"),
    _row("ZM", "tpin", r"\d{10}", "Zambia Revenue Authority"),
    _row("ZW", "tin", r"\d{10}", "Zimbabwe Revenue Authority"),
)


class PatternTable:
    def __init__(self, rows: Iterable[PatternRow] = ROWS) -> None:
        self._rows = tuple(rows)

    def kinds(self, country: str, *, on: date) -> frozenset[str]:
        return frozenset(row.kind for row in self._of(country, on))

    def rows(self, country: str, kind: str, *, on: date) -> tuple[PatternRow, ...]:
        return tuple(row for row in self._of(country, on) if row.kind == kind)

    def countries(self) -> frozenset[str]:
        return frozenset(row.country for row in self._rows)

    def _of(self, country: str, on: date) -> list[PatternRow]:
        return [row for row in self._rows if row.country == country and row.is_in_force(on)]
