"""Documents as PDF: archivable, accessible, the same bytes each time, in every script."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import oxidize_pdf
import pikepdf
import pytest
import typst
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.invoices.rules import (
    Document,
    DocumentKind,
    DocumentLine,
    Entry,
    FileKind,
    Note,
    Party,
    Preceding,
)
from domain.taxes.rules import VatCategory, VatTreatment
from gateway.finance.document_view import document_view
from gateway.finance.facturx import archive_problems, patched
from gateway.finance.glyphs import BREAK, FONT_FOLDER, REPLACEMENT, coverage_of, showable
from gateway.finance.pdf import STANDARDS, TEMPLATE, TypstRenderer
from gateway.finance.words import WORDS
from gateway.finance.words.english import ENGLISH

ISSUER = Party(
    name="Piecerate Demo GmbH",
    street="Lindenstraße 7",
    postcode="10969",
    city="Berlin",
    country="DE",
    vat_id="DE123456789",
)
MEMBER = Party(name="Emil Employer", country="DE", member_id=UUID(int=7))
STANDARD = VatTreatment(category=VatCategory.STANDARD, basis_points=1_900)
REVERSED = VatTreatment(
    category=VatCategory.REVERSE_CHARGE,
    basis_points=0,
    exemption_code="VATEX-EU-AE",
    exemption_text="Reverse charge",
)
OUTSIDE = VatTreatment(
    category=VatCategory.OUTSIDE,
    basis_points=None,
    exemption_code="VATEX-EU-O",
    exemption_text="The seller is a private person: not subject to VAT",
)
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
RENDERER = TypstRenderer(member_ref=str)
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
            treatment=STANDARD,
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
        treatment=OUTSIDE,
    )


def a_credit_note(**changes: Any) -> Document:
    return replace(
        a_document(),
        kind=DocumentKind.CREDIT_NOTE,
        number="DE-C-2026-000001",
        notes=(Note.REFUNDED_TO_DEPOSIT,),
        reason="Counted twice",
        carried_out_micros=0,
        preceding=Preceding(
            id=UUID(int=3),
            kind=DocumentKind.FEE_INVOICE,
            number="DE-2026-000001",
            issued_on=date(2026, 3, 2),
        ),
        **changes,
    )


def a_statement(**changes: Any) -> Document:
    return replace(
        a_document(line_count=0),
        kind=DocumentKind.ACCOUNT_STATEMENT,
        number="DE-A-2026-000001",
        notes=(Note.NOT_AN_INVOICE,),
        treatment=None,
        vat_basis_points=None,
        carried_out_micros=0,
        entries=(
            Entry(on=date(2026, 3, 1), event="E1", reference="", micros=7, balance_micros=12),
            Entry(on=date(2026, 3, 2), event="E?", reference="2", micros=-2, balance_micros=10),
        ),
        opening_micros=5,
        closing_micros=10,
        **changes,
    )


def view_of(document: Document) -> dict[str, Any]:
    return document_view(document, show=lambda text: showable(text, COVERAGE), member_ref=str)


def problems_of_file(document: Document) -> list[str]:
    """Ours, and a second opinion; neither is a certificate of veraPDF."""
    files = RENDERER.render_now(document)
    pdf = files[FileKind.PDF]
    second = oxidize_pdf.PdfAValidator(oxidize_pdf.PdfALevel.A3B).validate_bytes(pdf)
    return archive_problems(pdf, xml=files.get(FileKind.CII)) + [str(e) for e in second.errors]


def drawn(document: Document, **more: Any) -> bytes:
    return RENDERER.render_now(document, **more)[FileKind.PDF]


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
        a_document(currency="KWD"),
        a_credit_note(),
        a_statement(),
        a_document(treatment=None, lines=(), net_minor=0, vat_minor=0, gross_minor=0, paid_minor=0),
    ],
    ids=[
        "fee invoice",
        "self-bill",
        "sixty lines",
        "yen",
        "dinars",
        "credit note",
        "statement",
        "no lines",
    ],
)
def test_documents_can_be_archived(document: Document) -> None:
    """Ten years from now, without our fonts, and read aloud."""
    assert problems_of_file(document) == []


def test_the_archive_check_can_fail() -> None:
    """A PDF without any of it has every problem."""
    empty = io.BytesIO()
    with pikepdf.new() as document:
        document.Root.Metadata = document.make_stream(b"<x/>")
        document.save(empty)

    problems = archive_problems(empty.getvalue())

    assert {"is tagged", "is PDF/A-3", "is PDF/UA-1", "names its language"} <= set(problems)


def test_an_invoice_carries_its_xml_and_the_check_sees_another() -> None:
    """Machines read the file inside; it must be the one that we keep."""
    files = RENDERER.render_now(a_document())

    assert archive_problems(files[FileKind.PDF], xml=files[FileKind.CII]) == []
    assert archive_problems(files[FileKind.PDF], xml=b"<other/>") == ["attaches the stored XML"]
    bare = drawn(a_document(treatment=None))
    assert archive_problems(bare, xml=b"") == ["has not exactly one associated file"]


def test_metadata_is_patched_once_or_not_at_all() -> None:
    """A second container of extension schemas breaks the whole packet."""
    bag = b"<pdfaExtension:schemas>  <rdf:Bag></rdf:Bag></pdfaExtension:schemas></rdf:RDF>"

    assert patched(bag).count(b"pdfaExtension:schemas>") == 2
    for wrong in (b"</rdf:RDF>", bag + bag):
        with pytest.raises(ValueError, match="exactly one"):
            patched(wrong)


def test_a_logo_is_drawn_and_the_page_stays_archivable() -> None:
    """The picture comes as bytes: nothing is fetched."""
    files = RENDERER.render_now(a_document(), LOGO)

    assert archive_problems(files[FileKind.PDF], xml=files[FileKind.CII]) == []
    assert files[FileKind.PDF] != drawn(a_document())


def test_the_same_document_gives_the_same_bytes() -> None:
    """In this process and in the next one: nobody can say later that it looked different."""
    document = a_document()

    first = drawn(document)
    drawn(a_self_bill("somebody else"))

    assert drawn(document) == first
    assert TypstRenderer(member_ref=str).render_now(document)[FileKind.PDF] == first
    assert drawn(replace(document, number="DE-2026-000002")) != first


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
        sys_inputs={"data": json.dumps(view_of(a_document())), "xml": "<x/>"},
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
    assert problems_of_file(document) == []
    assert document.seller.name == name  # the record keeps the exact text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_stops_the_job(text: str) -> None:
    """Whatever members write into names and titles."""
    document = a_self_bill(text)
    lines = tuple(replace(line, title=text) for line in document.lines)

    assert drawn(replace(document, lines=lines)).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_country_is_drawn(language: str) -> None:
    """Their names are babel's, not ours, and may hold any letter."""
    for territory in Locale(language).territories:
        buyer = replace(MEMBER, country=str(territory))
        rows = view_of(a_document(buyer=buyer, language=language))["parties"][1]["rows"]
        assert all(ord(each) in COVERAGE for row in rows for each in row), territory


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_kind_is_drawn_in_every_language(language: str) -> None:
    """And says in its file which language it is."""
    for document in (a_document(), a_credit_note(), a_statement()):
        pdf = drawn(replace(document, language=language))
        with pikepdf.open(io.BytesIO(pdf)) as file:
            assert str(file.Root.Lang) == language


def test_a_credit_note_names_what_it_credits_and_a_statement_its_balances() -> None:
    """In the words of their language; decimals of a statement stand below each other."""
    credit, statement = view_of(a_credit_note(language="de")), view_of(a_statement())

    assert credit["notes"] == [
        "Rechnung DE-2026-000001 vom 02.03.2026",
        "Grund: Counted twice",
        "Der Gesamtbetrag wurde Ihrem Guthaben wieder zugeführt.",
    ]
    assert [[cell["text"] for cell in row] for row in statement["rows"]] == [
        ["Mar 1, 2026", "Deposit", "0.000007", "0.000012"],
        ["Mar 2, 2026", "Movement E?", "-0.000002", "0.000010"],
    ]
    assert [total["value"] for total in statement["totals"]] == ["0.000005 USD", "0.000010 USD"]


def test_reverse_charge_is_said_in_the_language_and_in_the_words_of_the_law() -> None:
    """Who owes the VAT reads so; the sentence that finance entered stays beside it."""
    german, english = (
        view_of(a_document(treatment=REVERSED, language=language))["notes"]
        for language in ("de", "en")
    )

    assert german[0].startswith("Steuerschuldnerschaft des Leistungsempfängers")
    assert german[1] == english[0] == "Reverse charge"


def test_sixty_lines_go_over_pages() -> None:
    """None is lost between them."""
    document = a_document(line_count=60)

    assert page_count(drawn(a_document())) == 1
    assert 2 <= page_count(drawn(document)) <= 4
    assert len(view_of(document)["rows"]) == 60


def test_a_member_is_named_by_the_id_that_the_api_shows() -> None:
    """In the PDF and in both XML files; one whose name was erased is called by it."""
    renderer = TypstRenderer(member_ref=lambda _: "mbr1_Shown")
    document = a_document(buyer=replace(MEMBER, name=""))
    files = renderer.render_now(document)
    view = document_view(
        document, show=lambda text: showable(text, COVERAGE), member_ref=lambda _: "mbr1_Shown"
    )

    assert view["parties"][1] == {
        "role": "Customer",
        "name": "Member mbr1_Shown",
        "rows": ["Germany"],
    }
    for kind in (FileKind.CII, FileKind.UBL):
        assert b"mbr1_Shown" in files[kind]
        assert str(MEMBER.member_id).encode() not in files[kind]


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
    assert [[cell["text"] for cell in row] for row in view["rows"]] == [
        ["1", "Cats", "1,234", "0.005", "6.17"],
        ["2", "Carried fractions", "", "", "1,234.56"],
    ]
    assert [row[1]["detail"] for row in view["rows"]] == [
        "Platform fee per approved assignment",
        WORDS["en"].carried_why,
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
    assert set(words.titles) == set(DocumentKind)
    assert set(words.paid) == {DocumentKind.FEE_INVOICE, DocumentKind.SELF_BILL}
    assert set(words.details) == set(ENGLISH.details)
    assert set(words.events) == set(ENGLISH.events)
    assert (len(words.columns), len(words.entry_columns)) == (5, 4)
    assert "{number}" in words.about and "{day}" in words.about and "{reason}" in words.reason
    assert "{event}" in words.other_event
    assert words.letter.subject.format(title="t", number="n", issuer="i")
    assert "{issuer}" in words.letter.body
    assert set(words.exemptions) == (set() if words is ENGLISH else {"VATEX-EU-AE"})
    said = [*words.notes.values(), *words.exemptions.values()]
    assert all(ord(each) in COVERAGE for each in "".join(said))
    assert "{rate}" in words.vat
    assert "{amount}" in words.carried_in and "{amount}" in words.carried_out
