"""A document as the template shows it: every text, number and date already in its language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from domain.invoices.rules import Document, DocumentKind, DocumentLine, Party
from domain.money import Money
from gateway.finance.interchange import MemberRef
from gateway.finance.words import Words, words_of

FONTS: Final = ("DejaVu Sans",)
PRICE_DECIMALS_MAX: Final = 6
STATEMENTS: Final = frozenset({DocumentKind.ACCOUNT_STATEMENT, DocumentKind.PAYOUT_STATEMENT})

Show = Callable[[str], str]


def document_view(
    document: Document,
    *,
    show: Show,
    member_ref: MemberRef,
    fonts: Sequence[str] = FONTS,
    logo: bytes | None = None,
) -> dict[str, Any]:
    """`show` makes members' texts showable; the template does no arithmetic and no wording."""
    words, locale = words_of(document.language), Locale.parse(document.language)
    is_statement = document.kind in STATEMENTS
    return {
        "language": document.language,
        "fonts": list(fonts),
        "logo": None if logo is None else list(logo),
        "has_xml": document.has_xml,
        "title": words.titles[document.kind],
        "number": document.number,
        "issued": {
            "year": document.issued_on.year,
            "month": document.issued_on.month,
            "day": document.issued_on.day,
        },
        "author": show(document.issuer.name),
        "parties": [
            {"role": words.seller, **_party(document.seller, words, locale, show, member_ref)},
            {"role": words.buyer, **_party(document.buyer, words, locale, show, member_ref)},
        ],
        "facts": _facts(document, words, locale),
        "columns": _columns(document, words),
        "rows": _entries(document, words, locale)
        if is_statement
        else [
            _line(number, line, document, words, locale, show)
            for number, line in enumerate(document.lines, start=1)
        ],
        "totals": _totals(document, words, locale),
        "notes": _notes(document, words, locale, show),
        "footer": _footer(document, words, show),
        "page": words.footer,
    }


def _party(
    party: Party, words: Words, locale: Locale, show: Show, member_ref: MemberRef
) -> dict[str, Any]:
    """Without a name, erased on request, it is called by its id."""
    member = f"{words.member_id} {member_ref(party.member_id)}" if party.member_id else ""
    country = locale.territories.get(party.country, party.country)
    city = f"{party.postcode} {party.city}".strip()
    ids = [
        f"{words.vat_id} {party.vat_id}" if party.vat_id else "",
        f"{words.tax_number} {party.tax_number}" if party.tax_number else "",
        f"{words.legal_id} {party.legal_id}" if party.legal_id else "",
        member if show(party.name) else "",
    ]
    rows = [show(party.street), show(city), country, *ids]
    return {"name": show(party.name) or member, "rows": [row for row in rows if row]}


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


def _columns(document: Document, words: Words) -> list[dict[str, str]]:
    names, sides = words.columns, ["right", "left", "right", "right", "right"]
    if document.kind in STATEMENTS:
        names, sides = words.entry_columns, ["left", "left", "right", "right"]
    wide = 1  # the second one says what it is about
    return [
        {"name": name, "side": side, "width": "wide" if at == wide else "narrow"}
        for at, (name, side) in enumerate(zip(names, sides, strict=True))
    ]


def _line(  # noqa: PLR0917  # one row of the view
    number: int, line: DocumentLine, document: Document, words: Words, locale: Locale, show: Show
) -> list[dict[str, str]]:
    net = _minor(line.net_minor, document, locale)
    if line.campaign_id is None and not line.title:
        title, detail, count, price = words.carried, words.carried_why, "", ""
    else:
        title = show(line.title) or words.untitled
        detail = words.detail(document.subject_kind, line=line)
        count = format_decimal(line.count, locale=locale)
        price = _price(line.unit_micros, document, locale)
    return [
        {"text": str(number)},
        {"text": title, "detail": detail},
        {"text": count},
        {"text": price},
        {"text": net},
    ]


def _entries(document: Document, words: Words, locale: Locale) -> list[list[dict[str, str]]]:
    least = _statement_decimals(document)
    return [
        [
            {"text": _day(entry.on, locale)},
            {
                "text": words.events.get(entry.event, words.other_event.format(event=entry.event)),
                "detail": entry.reference,
            },
            {"text": _price(entry.micros, document, locale, least=least)},
            {"text": _price(entry.balance_micros, document, locale, least=least)},
        ]
        for entry in document.entries
    ]


def _totals(document: Document, words: Words, locale: Locale) -> list[dict[str, Any]]:
    if document.kind is DocumentKind.ACCOUNT_STATEMENT:
        balances = (
            (words.opening, document.opening_micros, False),
            (words.closing, document.closing_micros, True),
        )
        least = _statement_decimals(document)
        return [
            _total(
                name, _price(micros, document, locale, least=least), document, is_strong=is_strong
            )
            for name, micros, is_strong in balances
        ]
    rows: list[tuple[str, int, bool]] = []
    if document.vat_basis_points is not None:
        rate = format_percent(
            Decimal(document.vat_basis_points) / 10_000, locale=locale, decimal_quantization=False
        )
        rows.append((words.net, document.net_minor, False))
        rows.append((words.vat.format(rate=rate), document.vat_minor, False))
    rows.append((words.total, document.gross_minor, True))
    if document.kind in words.paid:
        rows.append((words.paid[document.kind], -document.paid_minor, False))
        rows.append((words.due, document.due_minor, True))
    return [
        _total(name, _minor(minor, document, locale), document, is_strong=is_strong)
        for name, minor, is_strong in rows
    ]


def _total(name: str, value: str, document: Document, *, is_strong: bool) -> dict[str, Any]:
    return {"name": name, "value": f"{value} {document.currency}", "is_strong": is_strong}


def _notes(document: Document, words: Words, locale: Locale, show: Show) -> list[str]:
    notes = []
    if document.preceding is not None:
        notes.append(
            words.about.format(
                title=words.titles[document.preceding.kind],
                number=document.preceding.number,
                day=_day(document.preceding.issued_on, locale),
            )
        )
    if document.reason:
        notes.append(words.reason.format(reason=show(document.reason)))
    treatment = document.treatment
    if treatment is not None and treatment.exemption_text:
        translated = words.exemptions.get(treatment.exemption_code or "")
        notes += [*filter(None, [translated]), show(treatment.exemption_text)]
    notes += [words.notes[note] for note in document.notes]
    for text, micros in (
        (words.carried_in, document.carried_in_micros),
        (words.carried_out, document.carried_out_micros),
    ):
        if micros:
            shown = _price(micros, document, locale)
            notes.append(text.format(amount=f"{shown} {document.currency}"))
    return notes


def _footer(document: Document, words: Words, show: Show) -> str:
    issuer = document.issuer
    city = f"{issuer.postcode} {issuer.city}".strip()
    vat_id = f"{words.vat_id} {issuer.vat_id}" if issuer.vat_id else ""
    parts = (show(issuer.name), show(issuer.street), show(city), vat_id, show(document.footer))
    return " · ".join(part for part in parts if part)


def _minor(minor: int, document: Document, locale: Locale) -> str:
    micros = minor * 10 ** (6 - document.exponent)
    exact = Money(micros, document.currency).amount
    return format_decimal(exact, _decimals(document.exponent, document.exponent), locale=locale)


def _price(micros: int, document: Document, locale: Locale, *, least: int = 0) -> str:
    """As many decimals as it needs, and never fewer than the document's or `least`."""
    exact = Money(micros, document.currency).amount
    least = max(least, document.exponent)
    return format_decimal(exact, _decimals(least, PRICE_DECIMALS_MAX), locale=locale)


def _statement_decimals(document: Document) -> int:
    """What its finest amount needs: points stand below each other."""
    amounts = [document.opening_micros, document.closing_micros]
    for each in document.entries:
        amounts += [each.micros, each.balance_micros]
    return next(
        decimals
        for decimals in range(PRICE_DECIMALS_MAX + 1)
        if all(each % 10 ** (PRICE_DECIMALS_MAX - decimals) == 0 for each in amounts)
    )


def _decimals(least: int, most: int) -> str:
    """A pattern such as `#,##0.00####`."""
    decimals = "0" * least + "#" * (most - least)
    return f"#,##0.{decimals}" if decimals else "#,##0"


def _day(day: date, locale: Locale) -> str:
    return format_date(day, format="medium", locale=locale)
