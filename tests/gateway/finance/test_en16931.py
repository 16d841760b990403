"""What leaves as XML is valid by the schemas and rules of authorities, in both syntaxes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from gateway.finance.cii import write_cii
from gateway.finance.en16931 import (
    AmbiguousVat,
    FinancialDocument,
    Remark,
    Trader,
    breakdowns_of,
    totals_of,
)
from gateway.finance.ubl import write_ubl
from gateway.finance.validation import SCHEMAS, Syntax, Validator, safe_parser
from tests.gateway.finance.records import (
    BUYER,
    EARLIER,
    SELLER,
    a_line,
    a_record,
    a_treatment,
)

VALIDATOR = Validator()
WRITERS: dict[Syntax, Callable[[FinancialDocument], bytes]] = {
    Syntax.CII: write_cii,
    Syntax.UBL: write_ubl,
}
SYNTAXES = pytest.mark.parametrize("syntax", list(Syntax))
NOTES_OF_FRANCE = tuple(
    Remark(text=text, subject=subject)
    for subject, text in (("PMT", "40"), ("PMD", "none"), ("AAB", "none"), ("BAR", "B2C"))
)


def rules_broken(
    document: FinancialDocument, syntax: Syntax, *, is_french: bool = False
) -> set[str]:
    found = VALIDATOR.check(WRITERS[syntax](document), syntax, is_french=is_french)
    return {finding.rule for finding in found}


@SYNTAXES
@pytest.mark.parametrize("category", ["S", "Z", "E", "AE", "G", "O"])
def test_every_vat_category_is_valid(category: str, syntax: Syntax) -> None:
    """Each wants other ids, reasons and rates."""
    assert rules_broken(a_record(category), syntax) == set()


@SYNTAXES
@pytest.mark.parametrize("type_code", ["380", "381", "384", "389", "261"])
def test_every_type_is_valid(type_code: str, syntax: Syntax) -> None:
    """Invoice, credit note, correction, self-bill, credit of a self-bill."""
    earlier = EARLIER if type_code in {"381", "384", "261"} else ()
    document = a_record(type_code=type_code, preceding=earlier)

    assert rules_broken(document, syntax) == set()
    text = WRITERS[syntax](document).decode()
    assert ("DE-2026-000001" in text) is bool(earlier)
    assert ("20260211" in text or "2026-02-11" in text) is bool(earlier)


@SYNTAXES
@pytest.mark.parametrize(
    ("currency", "quantum", "net"), [("JPY", "1", "500"), ("KWD", "0.01", "1.23")]
)
def test_other_currencies_are_valid(syntax: Syntax, currency: str, quantum: str, net: str) -> None:
    """Yen without decimals; dinars in steps of 0.01, because the norm allows two."""
    document = a_record(
        currency=currency,
        quantum=Decimal(quantum),
        lines=(a_line(1, net, a_treatment("S")),),
    )

    assert rules_broken(document, syntax) == set()
    assert (b">500<" in WRITERS[syntax](document)) is (currency == "JPY")


@SYNTAXES
def test_sixty_lines_and_fractions_are_valid(syntax: Syntax) -> None:
    """A price below a cent, and a line that bills less than price times count."""
    lines = tuple(
        a_line(
            number,
            "0.03",
            a_treatment("S"),
            quantity=Decimal(7),
            unit_price=Decimal("0.005"),
        )
        for number in range(1, 61)
    )

    assert rules_broken(a_record(lines=lines), syntax) == set()


@SYNTAXES
def test_a_wrong_sum_is_found(syntax: Syntax) -> None:
    """The judge can say no."""
    xml = WRITERS[syntax](a_record()).replace(b">44.05<", b">45.05<")

    found = {finding.rule for finding in VALIDATOR.check(xml, syntax)}

    assert {"BR-CO-15", "BR-CO-16"} & found


@SYNTAXES
def test_wrong_parties_are_found_by_rule(syntax: Syntax) -> None:
    """An id of a country that is none, and VAT ids beside what is outside of VAT."""
    unknown = a_record(seller=replace(SELLER, vat_id="XX123456789"))
    outside = a_record("O", seller=SELLER)

    assert "BR-CO-09" in rules_broken(unknown, syntax)
    assert "BR-O-02" in rules_broken(outside, syntax)


@SYNTAXES
def test_a_code_of_no_list_is_found(syntax: Syntax) -> None:
    """Lists are read once per process and not per document: the second one is held to them too."""
    nowhere = a_record(buyer=replace(BUYER, country="QQ"))
    odd = a_record(currency="QQQ")

    assert rules_broken(nowhere, syntax) and rules_broken(odd, syntax)
    assert rules_broken(a_record(), syntax) == set()


def test_an_element_that_is_not_of_the_schema_is_found() -> None:
    """And the schematron is not asked about a file that is not even in shape."""
    xml = write_cii(a_record()).replace(b"ram:LineID", b"ram:LineNo")

    assert {finding.rule for finding in VALIDATOR.check(xml, Syntax.CII)} == {"XSD"}


@SYNTAXES
def test_french_rules_hold_for_french_sellers(syntax: Syntax) -> None:
    """With notes, process and addresses it passes; without them each rule is named."""
    seller = Trader(
        name="Piecerate SAS",
        country="FR",
        vat_id="FR32123456789",
        legal_id="123456789",
        legal_id_scheme="0002",
        endpoint="123456789",
        endpoint_scheme="0225",
    )
    buyer = Trader(name="Emil", country="FR", endpoint="member-7", endpoint_scheme="0225")
    vat = replace(a_treatment("S"), rate=Decimal(20))
    right = a_record(
        lines=(a_line(1, "37.00", vat),),
        seller=seller,
        buyer=buyer,
        remarks=NOTES_OF_FRANCE,
        process="S2",
        prepaid=Decimal("44.40"),
    )

    assert rules_broken(right, syntax, is_french=True) == set()
    wrong = rules_broken(a_record(seller=seller), syntax, is_french=True)
    assert {rule.split("_")[0] for rule in wrong} >= {"BR-FR-05", "BR-FR-08", "BR-FR-12"}


@SYNTAXES
@settings(max_examples=25)
@given(text=st.text(min_size=1, max_size=60))
def test_no_text_breaks_the_file(syntax: Syntax, text: str) -> None:
    """Names hold markup, controls and half characters."""
    text = f"a{text}"
    document = a_record(buyer=replace(BUYER, name=text, street=text))

    root = etree.fromstring(WRITERS[syntax](document), safe_parser())

    assert root.tag.endswith(("CrossIndustryInvoice", "Invoice"))


@settings(max_examples=200)
@given(nets=st.lists(st.integers(0, 10**7), min_size=1, max_size=20), rate=st.integers(1, 27))
def test_sums_are_exact(nets: list[int], rate: int) -> None:
    """The rules of authorities tolerate a whole unit; we tolerate nothing."""
    vat = replace(a_treatment("S"), rate=Decimal(rate))
    lines = tuple(
        a_line(number, str(Decimal(net).scaleb(-2)), vat) for number, net in enumerate(nets, 1)
    )
    document = a_record(lines=lines)

    result = totals_of(document, breakdowns_of(document))

    exact = Decimal(sum(nets)).scaleb(-2)
    assert result.lines == exact
    assert result.vat == (exact * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert result.gross == result.due == exact + result.vat


def test_two_reasons_need_two_documents() -> None:
    """One breakdown cannot name both."""
    first, second = a_treatment("E"), replace(a_treatment("E"), exemption_text="another law")

    with pytest.raises(AmbiguousVat):
        breakdowns_of(a_record(lines=(a_line(1, "1.00", first), a_line(2, "1.00", second))))


def test_the_schemas_are_as_they_came() -> None:
    """Each file has its digest, and each digest its file."""
    digests: dict[str, Any] = json.loads((SCHEMAS / "digests.json").read_text())
    found = {
        str(path.relative_to(SCHEMAS)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in SCHEMAS.rglob("*")
        if path.suffix in {".xsd", ".xslt", ".xml"}
    }

    assert found == digests
    assert len(found) == 25
