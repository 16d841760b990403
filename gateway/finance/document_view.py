"""A document as the template shows it: every text, number and date already in its language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from domain.invoices.rules import Document, DocumentLine, Party
from domain.money import Money
from gateway.finance.words import WORDS, Words

FONTS: Final = ("DejaVu Sans",)
PRICE_DECIMALS_MAX: Final = 6

Show = Callable[[str], str]


def document_view(document: Document, *, language: str, show: Show) -> dict[str, Any]:
    """`show` makes members' texts showable; the template does no arithmetic and no wording."""
    words, locale = WORDS[language], Locale.parse(language)
    return {
        "language": language,
        "fonts": list(FONTS),
        "title": words.titles[document.kind],
        "number": document.number,
        "issued": {
            "year": document.issued_on.year,
            "month": document.issued_on.month,
            "day": document.issued_on.day,
        },
        "author": show(document.issuer.name),
        "parties": [
            {"role": words.seller, **_party(document.seller, words, locale, show)},
            {"role": words.buyer, **_party(document.buyer, words, locale, show)},
        ],
        "facts": _facts(document, words, locale),
        "columns": list(words.columns),
        "lines": [
            _line(number, line, document, words, locale, show)
            for number, line in enumerate(document.lines, start=1)
        ],
        "totals": _totals(document, words, locale),
        "notes": _notes(document, words, locale),
        "footer": _footer(document.issuer, words, show),
        "page": words.footer,
    }


def _party(party: Party, words: Words, locale: Locale, show: Show) -> dict[str, Any]:
    country = locale.territories.get(party.country, party.country)
    city = f"{party.postcode} {party.city}".strip()
    ids = [
        f"{words.vat_id} {party.vat_id}" if party.vat_id else "",
        f"{words.member_id} {party.member_id}" if party.member_id else "",
    ]
    rows = [show(party.street), show(city), country, *ids]
    return {"name": show(party.name), "rows": [row for row in rows if row]}


def _facts(document: Document, words: Words, locale: Locale) -> list[dict[str, str]]:
    period = _day(document.period_from, locale)
    if document.period_to != document.period_from:
        period = f"{period} – {_day(document.period_to, locale)}"  # noqa: RUF001  # a range
    facts = {
        words.number: document.number,
        words.issued_on: _day(document.issued_on, locale),
        words.period: period,
        words.currency: document.currency,
    }
    return [{"name": name, "value": value} for name, value in facts.items()]


def _line(  # noqa: PLR0917  # one row of the view
    number: int, line: DocumentLine, document: Document, words: Words, locale: Locale, show: Show
) -> dict[str, str]:
    net = _minor(line.net_minor, document, locale)
    if line.campaign_id is None:
        carried = {"title": words.carried, "detail": words.carried_why, "count": "", "price": ""}
        return {"number": str(number), "net": net, **carried}
    price = Money(line.unit_micros, document.currency).amount
    return {
        "number": str(number),
        "title": show(line.title),
        "detail": words.details[document.kind],
        "count": format_decimal(line.count, locale=locale),
        "price": format_decimal(
            price, _decimals(document.exponent, PRICE_DECIMALS_MAX), locale=locale
        ),
        "net": net,
    }


def _totals(document: Document, words: Words, locale: Locale) -> list[dict[str, Any]]:
    rows: list[tuple[str, int, bool]] = []
    if document.vat_basis_points is not None:
        rate = format_percent(document.vat_basis_points / 10_000, "0.##%", locale=locale)
        rows.append((words.net, document.net_minor, False))
        rows.append((words.vat.format(rate=rate), document.vat_minor, False))
    rows.append((words.total, document.gross_minor, True))
    rows.append((words.paid[document.kind], -document.paid_minor, False))
    rows.append((words.due, document.due_minor, True))
    return [
        {
            "name": name,
            "value": f"{_minor(minor, document, locale)} {document.currency}",
            "is_strong": is_strong,
        }
        for name, minor, is_strong in rows
    ]


def _notes(document: Document, words: Words, locale: Locale) -> list[str]:
    notes = [words.notes[note] for note in document.notes]
    for text, micros in (
        (words.carried_in, document.carried_in_micros),
        (words.carried_out, document.carried_out_micros),
    ):
        if micros:
            amount = Money(micros, document.currency).amount
            shown = format_decimal(
                amount, _decimals(document.exponent, PRICE_DECIMALS_MAX), locale=locale
            )
            notes.append(text.format(amount=f"{shown} {document.currency}"))
    return notes


def _footer(issuer: Party, words: Words, show: Show) -> str:
    city = f"{issuer.postcode} {issuer.city}".strip()
    vat_id = f"{words.vat_id} {issuer.vat_id}" if issuer.vat_id else ""
    parts = (show(issuer.name), show(issuer.street), show(city), vat_id)
    return " · ".join(part for part in parts if part)


def _minor(minor: int, document: Document, locale: Locale) -> str:
    micros = minor * 10 ** (6 - document.exponent)
    exact = Money(micros, document.currency).amount
    return format_decimal(exact, _decimals(document.exponent, document.exponent), locale=locale)


def _decimals(least: int, most: int) -> str:
    """A pattern such as `#,##0.00####`."""
    decimals = "0" * least + "#" * (most - least)
    return f"#,##0.{decimals}" if decimals else "#,##0"


def _day(day: date, locale: Locale) -> str:
    return format_date(day, format="medium", locale=locale)
