"""Whether a tax number is written as its country writes it: format and check digits, offline.

A number that fits may still be invented, so the best answer is FITS, never more.
"""

from __future__ import annotations

import pkgutil
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, Final

from plugins.eu_vat import PREFIXES, prefix_of
from plugins.kyc.tax_ids.patterns import PatternTable

NUMBER_LENGTH_MAX: Final = 40
BY_LENGTH_MAX: Final = 200
SEPARATORS: Final = frozenset(" .-/\\'`_,:\u2010\u2011\u2012\u2013\u2014\u2212\u00a0")

NO_TAX_IDS: Final = frozenset(
    {
        *("accise", "aic", "associationid", "at_02", "bankaccount", "banknote", "bc_phn", "brin"),
        *("cae", "cbu", "ccc", "cups", "ecnumber", "eic", "excise", "handelsregisternummer"),
        *("iban", "identiteitskaartnummer", "kontonr", "leitweg", "nace", "nhs", "ogm_vcs"),
        *("onderwijsnummer", "oss", "postal_code", "postcode", "postleitzahl", "postnummer"),
        *("rcs", "referenciacatastral", "rtn", "sedol", "upn", "veronumero", "vid", "wkn"),
    }
)
"""Modules of the library that are about other things than who somebody is to an authority."""

ASKS_THE_KIND: Final = frozenset({"US"})
"""Where one number fits several kinds, the member says which: 536-22-8726 is an SSN and an ATIN."""


class Fit(StrEnum):
    FITS = "fits"
    WRONG = "wrong"
    KIND_NEEDED = "kind_needed"  # the number alone does not tell
    NO_RULE = "no_rule"  # nobody here knows that country and kind


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatResult:
    """`number` is the compact form; `by` names the rule, for staff."""

    fit: Fit
    number: str = ""
    kind: str = ""
    by: str = ""
    is_rule_verified: bool = True  # false: a row that nobody has confirmed yet


def compact(number: str) -> str:
    """As it is compared and stored: without separators, in capitals, with plain digits."""
    plain = unicodedata.normalize("NFKC", number)
    kept = "".join(each for each in plain if each not in SEPARATORS and not each.isspace())
    return kept.upper()


def check_format(
    *, country: str, kind: str, number: str, on: date, patterns: PatternTable
) -> FormatResult:
    """`country` is an ISO 3166 code or the prefix of a VAT number; `kind` may be empty."""
    country, kind, plain = country.upper(), kind.lower(), compact(number)
    if not plain or len(plain) > NUMBER_LENGTH_MAX or not plain.isascii():
        return FormatResult(fit=Fit.WRONG, kind=kind, by="length and characters")
    if not plain.strip("0"):  # the check digits of nothing are often right
        return FormatResult(fit=Fit.WRONG, kind=kind, by="only zeros")
    if kind:
        return _one(country, kind, plain, on=on, patterns=patterns)
    if country in ASKS_THE_KIND:
        return FormatResult(fit=Fit.KIND_NEEDED, number=plain)
    return _of_any_kind(country, plain, on=on, patterns=patterns)


def _of_any_kind(country: str, plain: str, *, on: date, patterns: PatternTable) -> FormatResult:
    known = kinds_of(country, on=on, patterns=patterns)
    answers = [_one(country, each, plain, on=on, patterns=patterns) for each in sorted(known)]
    fitting = [each for each in answers if each.fit is Fit.FITS]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:  # which of them it is, nobody can say
        by = ", ".join(each.by for each in fitting)
        return FormatResult(fit=Fit.FITS, number=plain, by=by[:BY_LENGTH_MAX])
    return FormatResult(fit=Fit.WRONG if answers else Fit.NO_RULE, number=plain, by="every kind")


def kinds_of(country: str, *, on: date, patterns: PatternTable) -> frozenset[str]:
    prefix = prefix_of(country)
    eu = frozenset({"vat"}) if prefix in PREFIXES else frozenset[str]()
    return frozenset(_library().get(country.lower(), {})) | patterns.kinds(country, on=on) | eu


def countries(patterns: PatternTable) -> frozenset[str]:
    return frozenset(each.upper() for each in _library()) | patterns.countries() | {"XI", "EL"}


def load_library() -> None:
    """Some two hundred modules, a second: before the first check, not during it."""
    _library()


def _eu_vat(prefix: str, plain: str) -> FormatResult:
    """By the library's own list of EU prefixes: it knows EL and XI, which its countries do not."""
    import stdnum.eu.vat  # noqa: PLC0415  # who does not use this plugin does not pay for it

    number = plain if plain.startswith(prefix) else prefix + plain
    found = _validated(stdnum.eu.vat, number)
    if found is None:
        return FormatResult(fit=Fit.WRONG, number=number, kind="vat", by="stdnum.eu.vat")
    return FormatResult(fit=Fit.FITS, number=found, kind="vat", by="stdnum.eu.vat")


def _one(country: str, kind: str, plain: str, *, on: date, patterns: PatternTable) -> FormatResult:
    prefix = prefix_of(country)
    if kind == "vat" and prefix in PREFIXES:
        return _eu_vat(prefix, plain)
    module = _library().get(country.lower(), {}).get(kind)
    if module is not None:
        found = _validated(module, plain)
        by = str(module.__name__)
        if found is None:
            return FormatResult(fit=Fit.WRONG, number=plain, kind=kind, by=by)
        return FormatResult(fit=Fit.FITS, number=found, kind=kind, by=by)
    rows = patterns.rows(country, kind, on=on)
    if not rows:
        return FormatResult(fit=Fit.NO_RULE, number=plain, kind=kind)
    fitting = [row for row in rows if row.fits(plain)]
    row = (fitting or list(rows))[0]
    return FormatResult(
        fit=Fit.FITS if fitting else Fit.WRONG,
        number=plain,
        kind=kind,
        by=f"pattern: {row.source}",
        is_rule_verified=row.verified_on is not None,
    )


def _validated(module: Any, number: str) -> str | None:
    """The compact number, or None. Some modules fail on strange texts: those are wrong too."""
    from stdnum.exceptions import ValidationError  # noqa: PLC0415  # as above

    try:
        return str(module.validate(number)).upper()
    except (ValidationError, ValueError, IndexError, KeyError, TypeError):
        return None


@cache
def _library() -> Mapping[str, Mapping[str, Any]]:
    """Country to kind to module, read off the library: no name from outside is ever imported."""
    import stdnum  # noqa: PLC0415  # as above

    found: dict[str, dict[str, Any]] = {}
    for each in pkgutil.iter_modules(stdnum.__path__):
        country = each.name.rstrip("_")
        if not each.ispkg or len(country) != 2 or country == "eu":  # noqa: PLR2004  # ISO 3166
            continue
        package = import_module(f"stdnum.{each.name}")
        modules = {
            inside.name.rstrip("_"): import_module(f"{package.__name__}.{inside.name}")
            for inside in pkgutil.iter_modules(package.__path__)
            if inside.name.rstrip("_") not in NO_TAX_IDS
        }
        alias = getattr(package, "vat", None)
        found[country] = modules if alias is None else {**modules, "vat": alias}
    return found
