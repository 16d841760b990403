"""The prefixes of the EU's VAT numbers, which are not everywhere the codes of the countries."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI"),
    }
)
"""Greece writes EL, Northern Ireland XI. Great Britain is not among them."""

COUNTRIES: Final = PREFIXES | {"GR"}  # as members and authorities write it


def prefix_of(country: str) -> str:
    plain = country.upper()
    return "EL" if plain == "GR" else plain
