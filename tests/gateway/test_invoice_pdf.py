"""Documents as PDF: archivable, accessible, the same bytes each time, in every script."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pikepdf
import pytest
import typst
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.invoices.rules import Document, DocumentKind, DocumentLine, Note, Party
from gateway.finance.document_view import document_view
from gateway.finance.glyphs import BREAK, REPLACEMENT, coverage_of, showable
from gateway.finance.pdf import FONT_FOLDER, STANDARDS, TEMPLATE, TypstRenderer
from gateway.finance.words import WORDS

ISSUER = Party(
    name="Piecerate Demo GmbH",
    street="Lindenstraße 7",
    postcode="10969",
    city="Berlin",
    country="DE",
    vat_id="DE123456789",
)
MEMBER = Party(name="Emil Employer", country="DE", member_id=UUID(int=7))
RENDERER = TypstRenderer()
FONT_FILES = {"/FontFile", "/FontFile2", "/FontFile3"}
COVERAGE = coverage_of(tuple(FONT_FOLDER.glob("*.ttf")))


def a_document(*, line_count: int = 2, **changes: Any) -> Document:
    lines = tuple(
        DocumentLine(
            campaign_id=UUID(int=n),
            title=f"Is there a cat in picture {n}?",
            count=1_000 + n,
            unit_micros=5_000,
            net_minor=500,
        )
        for n in range(line_count)
    )
    net = 500 * line_count
    vat = net * 19 // 100
    return replace(
        Document(
            kind=DocumentKind.FEE_INVOICE,
            number="DE-2026-000001",
            issued_on=date(2026, 3, 29),
            period_from=date(2026, 3, 1),
            period_to=date(2026, 3, 28),
            seller=ISSUER,
            buyer=MEMBER,
            issuer=ISSUER,
            currency="USD",
            exponent=2,
            lines=lines,
            net_minor=net,
            vat_basis_points=1_900,
            vat_minor=vat,
            gross_minor=net + vat,
            paid_minor=net + vat,
            carried_in_micros=0,
            carried_out_micros=7_500,
            notes=(Note.PAID_FROM_DEPOSIT,),
        ),
        **changes,
    )


def a_self_bill(name: str) -> Document:
    document = a_document()
    return replace(
        document,
        kind=DocumentKind.SELF_BILL,
        number="DE-S-2026-000001",
        seller=replace(MEMBER, name=name, country="PH"),
        buyer=ISSUER,
        vat_basis_points=None,
        vat_minor=0,
        gross_minor=document.net_minor,
        paid_minor=document.net_minor,
        notes=(Note.SELF_BILLING, Note.PRIVATE_PERSON, Note.CREDITED_TO_EARNINGS),
    )


def view_of(document: Document) -> dict[str, Any]:
    return document_view(document, language="en", show=lambda text: showable(text, COVERAGE))


def archive_problems(pdf: bytes) -> list[str]:
    """Structural rules of PDF/A-3 and PDF/UA-1 only: no veraPDF certificate."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        packet = bytes(root.Metadata.read_bytes()).decode()
        intents: Any = root.get("/OutputIntents", [])
        holds = {
            "has a file identifier": "/ID" in document.trailer,
            "is not encrypted": not document.is_encrypted,
            "is tagged": "/MarkInfo" in root and "/StructTreeRoot" in root,
            "names its language": str(root.get("/Lang")) == "en",
            "runs no script": "/JavaScript" not in root.get("/Names", {}),
            "says what its colors mean": any("/DestOutputProfile" in each for each in intents),
            "has readable metadata": "/Filter" not in root.Metadata,
            "is PDF/A-3": re.search(r'pdfaid:part[>="]+3', packet) is not None,
            "is PDF/UA-1": re.search(r'pdfuaid:part[>="]+1', packet) is not None,
            "has a title": "DE-" in packet,
        }
        problems = [rule for rule, is_held in holds.items() if not is_held]
        for item in document.objects:
            is_font = (
                isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
            )
            if is_font and not FONT_FILES & set(item.keys()):
                problems.append(f"font {item.get('/FontName')} is not embedded")
    return problems


def page_count(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


@pytest.mark.parametrize(
    "document",
    [
        a_document(),
        a_self_bill("Łukasz Østergård"),
        a_document(line_count=60),
        a_document(currency="JPY", exponent=0),
        a_document(lines=(), net_minor=0, vat_minor=0, gross_minor=0, paid_minor=0),
    ],
    ids=["fee invoice", "self-bill", "sixty lines", "yen", "no lines"],
)
def test_documents_can_be_archived(document: Document) -> None:
    """Ten years from now, without our fonts, and read aloud."""
    assert archive_problems(RENDERER.render_now(document)) == []


def test_the_archive_check_can_fail() -> None:
    """A PDF without any of it has every problem."""
    empty = io.BytesIO()
    with pikepdf.new() as document:
        document.Root.Metadata = document.make_stream(b"<x/>")
        document.save(empty)

    problems = archive_problems(empty.getvalue())

    assert {"is tagged", "is PDF/A-3", "is PDF/UA-1", "names its language"} <= set(problems)


def test_the_same_document_gives_the_same_bytes() -> None:
    """In this process and in the next one: nobody can say later that it looked different."""
    document = a_document()

    first = RENDERER.render_now(document)
    RENDERER.render_now(a_self_bill("somebody else"))

    assert RENDERER.render_now(document) == first
    assert TypstRenderer().render_now(document) == first
    assert RENDERER.render_now(replace(document, number="DE-2026-000002")) != first


@pytest.mark.asyncio
async def test_the_job_draws_in_a_thread() -> None:
    """The event loop goes on; two at once share the compiler in turn."""
    document = a_document()

    assert await RENDERER.render(document) == RENDERER.render_now(document)


def test_the_compiler_has_nothing_to_warn_of() -> None:
    """An unknown font would be replaced silently."""
    _, warnings = typst.compile_with_warnings(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONT_FOLDER)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(view_of(a_document()))},
        pdf_standards=STANDARDS,
    )

    assert warnings == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张伟", REPLACEMENT * 2),
        ("Ελένη Марија محمد", "Ελένη Марија محمد"),
        ("Zoe\u0308", "Zoë"),
        ("fox 🦊", f"fox {REPLACEMENT}"),
        ("a\u202eb\x00c\n\td", "abc d"),
        ("x" * 30, "x" * 24 + BREAK + "x" * 6),
        ("#panic() *x* $y$ \\ `z` @a", "#panic() *x* $y$ \\ `z` @a"),
        ("", ""),
    ],
)
def test_every_name_is_drawn(name: str, shown: str) -> None:
    """What has no glyph is marked on the page; nothing is markup, and nothing hides or reorders."""
    assert showable(name, COVERAGE) == shown

    document = a_self_bill(name)
    assert archive_problems(RENDERER.render_now(document)) == []
    assert document.seller.name == name  # the record keeps the exact text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_stops_the_job(text: str) -> None:
    """Whatever members write into names and titles."""
    document = a_self_bill(text)
    lines = tuple(replace(line, title=text) for line in document.lines)

    assert RENDERER.render_now(replace(document, lines=lines)).startswith(b"%PDF-1.7")


def test_every_country_is_drawn() -> None:
    """Their names are babel's, not ours, and may hold any letter."""
    for territory in Locale("en").territories:
        name = view_of(a_document(buyer=replace(MEMBER, country=str(territory))))["parties"][1][
            "rows"
        ]
        assert all(ord(each) in COVERAGE for row in name for each in row), territory


def test_sixty_lines_go_over_pages() -> None:
    """None is lost between them."""
    document = a_document(line_count=60)

    assert page_count(RENDERER.render_now(a_document())) == 1
    assert 2 <= page_count(RENDERER.render_now(document)) <= 4
    assert len(view_of(document)["lines"]) == 60


def test_a_fee_invoice_says_what_it_is() -> None:
    """Every sum in the currency's decimals, unit prices exact."""
    view = view_of(
        a_document(
            lines=(
                DocumentLine(
                    campaign_id=UUID(int=1),
                    title="Cats",
                    count=1_234,
                    unit_micros=5_000,
                    net_minor=617,
                ),
                DocumentLine(campaign_id=None, title="", count=1, unit_micros=0, net_minor=123_456),
            ),
            net_minor=124_073,
            vat_minor=23_574,
            gross_minor=147_647,
            paid_minor=147_647,
            carried_in_micros=2_500,
        )
    )

    assert view["title"] == "Invoice"
    assert [tuple(line.values()) for line in view["lines"]] == [
        ("1", "Cats", "Platform fee per approved assignment", "1,234", "0.005", "6.17"),
        ("2", "1,234.56", "Carried fractions", WORDS["en"].carried_why, "", ""),
    ]
    assert [(total["name"], total["value"]) for total in view["totals"]] == [
        ("Net amount", "1,240.73 USD"),
        ("VAT 19%", "235.74 USD"),
        ("Total", "1,476.47 USD"),
        ("Paid from deposit", "-1,476.47 USD"),
        ("Amount due", "0.00 USD"),
    ]
    assert view["notes"] == [
        "Paid from your deposit: nothing is left to pay.",
        "Nothing is rounded: 0.0025 USD was carried over from earlier documents.",
        "Nothing is rounded: 0.0075 USD is carried to the next document.",
    ]
    assert view["parties"][0]["rows"] == [
        "Lindenstraße 7",
        "10969 Berlin",
        "Germany",
        "VAT ID DE123456789",
    ]


def test_a_self_bill_names_itself_and_shows_no_vat() -> None:
    """The law wants the word; VAT that is shown would be owed."""
    view = view_of(a_self_bill("Łucja"))

    assert view["title"] == "Self-billing (Gutschrift)"
    assert [total["name"] for total in view["totals"]] == [
        "Total",
        "Credited to earnings",
        "Amount due",
    ]
    assert "VAT ID" not in "".join(view["parties"][0]["rows"])
    assert any("private person" in note for note in view["notes"])


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_has_every_word(language: str) -> None:
    """A new language is complete or refused."""
    words = WORDS[language]

    assert set(words.notes) == set(Note)
    assert set(words.titles) == set(words.paid) == set(words.details) == set(DocumentKind)
    assert len(words.columns) == 5
    assert "{rate}" in words.vat
    assert "{amount}" in words.carried_in and "{amount}" in words.carried_out
