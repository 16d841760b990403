"""Every field of a tax form: what it must be, and what contradicts it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.taxes.rules import WorkerStatus
from domain.taxes.rules.forms import (
    Classification,
    Person,
    TaxFlag,
    TaxForm,
    TaxProblem,
    end_of_third_year,
)
from domain.taxes.rules.numbers import NumberKind, TaxNumber, normal, us_number, vat_number
from domain.taxes.rules.us_forms import Treaty
from tests.make.members import BORN_ON
from tests.make.taxes import (
    PARIS,
    SELLER_FORM,
    TODAY,
    US_ADDRESS,
    VAT_FORM,
    W8BEN_FORM,
    W9_FORM,
    changed,
)

TREATY = Treaty(country="PH", article="15", rate=Decimal(15), income="independent services")
FORMS: dict[str, TaxForm] = {
    "w9": W9_FORM,
    "w8ben": W8BEN_FORM,
    "seller": SELLER_FORM,
    "vat": VAT_FORM,
}

# form, field, value -> problem at path
WRONG = [
    ("w9", "name", " ", TaxProblem.MISSING, "name"),
    ("w9", "name", "x" * 201, TaxProblem.TOO_LONG, "name"),
    ("w9", "name", "a\u202eb", TaxProblem.MALFORMED, "name"),
    ("w9", "tin", "000-12-3456", TaxProblem.MALFORMED, "tin"),
    ("w9", "tin", "666-12-3456", TaxProblem.MALFORMED, "tin"),
    ("w9", "tin", "078-05-1120", TaxProblem.MALFORMED, "tin"),
    ("w9", "tin", "12345678", TaxProblem.MALFORMED, "tin"),
    ("w9", "tin_kind", NumberKind.EIN, None, ""),
    ("w9", "tin_kind", NumberKind.VAT, TaxProblem.MALFORMED, "tin"),
    ("w9", "classification", Classification.C_CORPORATION, TaxProblem.NUMBER_KIND, "tin_kind"),
    ("w9", "classification", Classification.LLC, TaxProblem.MISSING, "llc_letter"),
    ("w9", "classification", Classification.OTHER, TaxProblem.MISSING, "other_classification"),
    ("w9", "llc_letter", "C", TaxProblem.MALFORMED, "llc_letter"),
    ("w9", "exempt_payee_code", "123", TaxProblem.MALFORMED, "exempt_payee_code"),
    ("w9", "fatca_code", "-", TaxProblem.MALFORMED, "fatca_code"),
    ("w9", "address.region", "Illinois", TaxProblem.MALFORMED, "address.region"),
    ("w9", "address.postcode", "627", TaxProblem.MALFORMED, "address.postcode"),
    ("w9", "address.street", "PO Box 7", None, ""),
    ("w9", "is_us_person", False, TaxProblem.NOT_CERTIFIED, "is_us_person"),
    ("w9", "is_tin_correct", False, TaxProblem.NOT_CERTIFIED, "is_tin_correct"),
    ("w9", "is_fatca_code_correct", False, TaxProblem.NOT_CERTIFIED, "is_fatca_code_correct"),
    ("w9", "is_exempt_from_backup", False, None, ""),
    ("w9", "signed_name", "", TaxProblem.MISSING, "signed_name"),
    ("w8ben", "citizenship", "US", TaxProblem.US_PERSON, "citizenship"),
    ("w8ben", "citizenship", "XX", TaxProblem.MALFORMED, "citizenship"),
    ("w8ben", "residence", US_ADDRESS, TaxProblem.US_PERSON, "residence.country"),
    ("w8ben", "residence.street", "P.O. Box 12", TaxProblem.POST_OFFICE_BOX, "residence.street"),
    ("w8ben", "residence.street", "Postfach 12", TaxProblem.POST_OFFICE_BOX, "residence.street"),
    ("w8ben", "residence.street", "Boxberg 12", None, ""),
    ("w8ben", "residence.city", "", TaxProblem.MISSING, "residence.city"),
    ("w8ben", "foreign_tin", "", TaxProblem.NUMBER_NEEDED, "foreign_tin"),
    ("w8ben", "foreign_tin", "none", TaxProblem.MALFORMED, "foreign_tin"),
    ("w8ben", "us_tin", "123", TaxProblem.MALFORMED, "us_tin"),
    ("w8ben", "born_on", date(2030, 1, 1), TaxProblem.OUT_OF_RANGE, "born_on"),
    ("w8ben", "is_not_us_person", False, TaxProblem.NOT_CERTIFIED, "is_not_us_person"),
    ("w8ben", "is_beneficial_owner", False, TaxProblem.NOT_CERTIFIED, "is_beneficial_owner"),
    ("w8ben", "works_outside_us", False, None, ""),
    ("w8ben", "treaty", TREATY, None, ""),
    (
        "w8ben",
        "treaty",
        Treaty(country="FR", article="15", rate=Decimal(15), income="x"),
        TaxProblem.TREATY_COUNTRY,
        "treaty.country",
    ),
    (
        "w8ben",
        "treaty",
        Treaty(country="PH", article="", rate=Decimal(15), income="x"),
        TaxProblem.MISSING,
        "treaty.article",
    ),
    (
        "w8ben",
        "treaty",
        Treaty(country="PH", article="7", rate=Decimal(31), income="x"),
        TaxProblem.OUT_OF_RANGE,
        "treaty.rate",
    ),
    ("seller", "tin", "", TaxProblem.NUMBER_NEEDED, "tin"),
    ("seller", "has_no_tin", True, TaxProblem.MALFORMED, "tin"),
    ("seller", "tin_country", "XX", TaxProblem.MALFORMED, "tin_country"),
    ("seller", "born_on", None, TaxProblem.MISSING, "born_on"),
    ("seller", "is_company", True, TaxProblem.NUMBER_NEEDED, "company_number"),
    ("seller", "is_correct", False, TaxProblem.NOT_CERTIFIED, "is_correct"),
    ("vat", "vat_id", "", TaxProblem.NUMBER_NEEDED, "vat_id"),
    ("vat", "vat_id", "FR 40 303265046", TaxProblem.MALFORMED, "vat_id"),
    ("vat", "vat_id", "DE136695976", TaxProblem.MALFORMED, "vat_id"),
    ("vat", "status", WorkerStatus.PRIVATE, TaxProblem.NOT_FOR_COUNTRY, "vat_id"),
    ("vat", "status", WorkerStatus.SMALL_BUSINESS, None, ""),
    ("vat", "business_name", "", TaxProblem.MISSING, "business_name"),
    ("vat", "address", None, TaxProblem.MISSING, "address"),
    ("vat", "tax_number", "?", TaxProblem.MALFORMED, "tax_number"),
    ("vat", "country", "XX", TaxProblem.MALFORMED, "country"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_right_form_has_no_problem(form: str) -> None:
    """The table below changes one thing at a time of these."""
    assert list(FORMS[form].problems(TODAY)) == []
    assert FORMS[form].numbers()


@pytest.mark.parametrize(("form", "field", "value", "problem", "path"), WRONG)
def test_one_wrong_field_is_named(
    form: str, field: str, value: object, problem: TaxProblem | None, path: str
) -> None:
    """The path leads to it inside the input; None is a value that looks odd and is right."""
    found = list(changed(FORMS[form], field, value).problems(TODAY))

    if problem is None:
        assert found == []
    else:
        assert (path, problem) in [(".".join(each.path), each.problem) for each in found]


def test_a_treaty_needs_a_number() -> None:
    """A lower rate is for who can be found: no number, no treaty."""
    form = changed(
        changed(W8BEN_FORM, "foreign_tin", ""), "is_foreign_tin_not_required", value=True
    )

    assert list(form.problems(TODAY)) == []
    problems = list(changed(form, "treaty", TREATY).problems(TODAY))
    assert [each.problem for each in problems] == [TaxProblem.NUMBER_NEEDED]


def test_who_has_no_number_gives_the_place_of_birth() -> None:
    """DAC7: without a number a person is found by birth."""
    form = changed(changed(SELLER_FORM, "tin", ""), "has_no_tin", value=True)

    assert {each.path[0] for each in form.problems(TODAY)} == {"birth_city", "birth_country"}
    form = changed(changed(form, "birth_city", "Lyon"), "birth_country", "FR")
    assert list(form.problems(TODAY)) == []
    assert form.numbers() == {}


@pytest.mark.parametrize(
    ("form", "person", "flags"),
    [
        ("w8ben", Person(name="wanda  WORKER", country="PH", born_on=BORN_ON), []),
        ("w8ben", Person(name="Wim", country="PH", born_on=BORN_ON), [TaxFlag.NAME_DIFFERS]),
        (
            "w8ben",
            Person(name="Wanda Worker", country="FR", born_on=date(1990, 5, 18)),
            [TaxFlag.COUNTRY_DIFFERS, TaxFlag.BIRTH_DIFFERS],
        ),
        ("w9", Person(name="Wanda Worker", country="DE", born_on=BORN_ON), []),
        ("w9", Person(name="Wim", country="US", born_on=None), [TaxFlag.NAME_DIFFERS]),
        ("seller", Person(name="Wanda Worker", country="FR", born_on=BORN_ON), []),
        (
            "vat",
            Person(name="Wanda Worker", country="DE", born_on=None),
            [TaxFlag.COUNTRY_DIFFERS],
        ),
    ],
)
def test_what_we_know_contradicts_a_form(form: str, person: Person, flags: list[TaxFlag]) -> None:
    """It is kept all the same: a person or a proof settles it."""
    assert list(FORMS[form].flags(person)) == flags


def test_an_address_in_the_united_states_asks_for_a_proof() -> None:
    """Who lives elsewhere and gets letters there may be a US person."""
    person = Person(name="Wanda Worker", country="PH", born_on=BORN_ON)

    flags = changed(W8BEN_FORM, "mailing", US_ADDRESS).flags(person)
    none = changed(W8BEN_FORM, "mailing", PARIS).flags(person)

    assert (list(flags), list(none)) == ([TaxFlag.US_ADDRESS], [])


@pytest.mark.parametrize(
    ("signed_on", "until"),
    [
        (date(2026, 1, 1), date(2029, 12, 31)),
        (date(2026, 12, 31), date(2029, 12, 31)),
        (date(2028, 2, 29), date(2031, 12, 31)),
    ],
)
def test_a_w8ben_lasts_to_the_end_of_the_third_year(signed_on: date, until: date) -> None:
    """The third calendar year after the one it is signed in."""
    assert end_of_third_year(signed_on, years=3) == until


def test_a_number_has_one_spelling_and_shows_its_end() -> None:
    """Separators do not make another number; a short one shows less; a repr shows nothing."""
    assert normal(" fr-40.303 265/045 ") == "FR40303265045"
    found = us_number(NumberKind.SSN, "536 90 4399")
    assert found is not None
    assert (found.value, found.last_four) == ("536904399", "4399")
    assert "5369" not in repr(found)
    short = TaxNumber(kind=NumberKind.FOREIGN, country="PH", value="12345")
    assert short.last_four == "45"
    greek = vat_number("GR", "EL 094259216")
    assert greek is not None and greek.value == "EL094259216"
    assert vat_number("CH", "CHE-116.281.710 MWST") is not None
