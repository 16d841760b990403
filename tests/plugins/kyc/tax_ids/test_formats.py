"""Tax numbers offline: the traps of each country, and no text that breaks a rule of the library."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.provider import ConfigError
from domain.verification.provider import CheckKind, CheckState, Subject, TaxNumber
from plugins.kyc.tax_ids.formats import Fit, check_format, compact, countries, kinds_of
from plugins.kyc.tax_ids.patterns import ROWS, PatternTable
from plugins.kyc.tax_ids.verifier import TaxIds
from tests.plugins.kyc.make import asking

TODAY = date(2026, 11, 22)
PATTERNS = PatternTable()
GOOD = [
    ("US", "ssn", "536-22-8726", "536228726"),
    ("US", "itin", "912-90-3456", "912903456"),
    ("US", "ein", "91-1144442", "911144442"),
    ("DE", "vat", "DE 136,695 976", "DE136695976"),
    ("DE", "vat", "136695976", "DE136695976"),
    ("GR", "vat", "EL094259216", "EL094259216"),
    ("EL", "vat", "094259216", "EL094259216"),
    ("XI", "vat", "XI 432525179", "XI432525179"),
    ("GB", "vat", "GB 980 7806 84", "980780684"),
    ("IN", "pan", "acupa7085r", "ACUPA7085R"),
    ("BR", "cpf", "390.533.447-05", "39053344705"),
    ("KE", "pin", "P051365947M", "P051365947M"),
    ("IT", "codicefiscale", "RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ("BD", "tin", "1234 5678 9012", "123456789012"),
    ("PH", "tin", "123-456-789", "123456789"),
    ("PH", "tin", "123-456-789-00000", "12345678900000"),
    ("NG", "tin", "12345678-0001", "123456780001"),
]
BAD = [
    ("US", "ssn", "000-22-8726"),
    ("US", "ssn", "666-22-8726"),
    ("US", "ssn", "936-22-8726"),
    ("US", "ssn", "078-05-1120"),
    ("US", "itin", "912-12-3456"),
    ("US", "ein", "07-1144442"),
    ("DE", "vat", "DE136695978"),
    ("GR", "vat", "GR094259216"),
    ("BR", "cpf", "390.533.447-06"),
    ("BD", "tin", "12345678901"),
    ("PH", "tin", "123-456-789-0"),
    ("NG", "tin", "123456789"),
    ("IN", "pan", ""),
    ("IN", "pan", "A" * 41),
    ("BD", "tin", "١٢٣٤٥٦٧٨٩٠١٢é"),
]


@pytest.mark.parametrize(("country", "kind", "number", "plain"), GOOD)
def test_a_number_that_fits(country: str, kind: str, number: str, plain: str) -> None:
    """However it is typed, the compact form is the same, so that it can be compared."""
    found = check_format(country=country, kind=kind, number=number, on=TODAY, patterns=PATTERNS)

    assert (found.fit, found.number) == (Fit.FITS, plain)


@pytest.mark.parametrize(("country", "kind", "number"), BAD)
def test_a_number_that_cannot_be(country: str, kind: str, number: str) -> None:
    """Never issued, mistyped, or written as no authority writes it."""
    found = check_format(country=country, kind=kind, number=number, on=TODAY, patterns=PATTERNS)

    assert found.fit is Fit.WRONG


def test_an_american_says_which_kind() -> None:
    """536-22-8726 is a social security number and an adoption number at once."""
    found = check_format(country="US", kind="", number="536-22-8726", on=TODAY, patterns=PATTERNS)

    assert found.fit is Fit.KIND_NEEDED


def test_a_kind_that_only_one_number_fits_is_found() -> None:
    """A German number with prefix can be no other; without a country's rules nothing is said."""
    found = check_format(country="IN", kind="", number="ACUPA7085R", on=TODAY, patterns=PATTERNS)
    nowhere = check_format(country="QQ", kind="", number="1", on=TODAY, patterns=PATTERNS)
    wrong = check_format(country="IN", kind="", number="???", on=TODAY, patterns=PATTERNS)

    assert (found.fit, found.kind) == (Fit.FITS, "pan")
    assert (nowhere.fit, wrong.fit) == (Fit.NO_RULE, Fit.WRONG)


def test_a_pattern_holds_from_its_day_on() -> None:
    """Nigeria's new number does not exist before 2026."""
    number = "1234567890123"

    def fit(on: date) -> Fit:
        return check_format(
            country="NG", kind="tax_id", number=number, on=on, patterns=PATTERNS
        ).fit

    assert (fit(date(2025, 12, 31)), fit(date(2026, 1, 1))) == (Fit.NO_RULE, Fit.FITS)


def test_the_big_worker_countries_have_rules() -> None:
    """The library lacks some of them; each row says where it comes from."""
    served = countries(PATTERNS)

    assert {"BD", "NG", "PH", "PK", "IN", "ID", "VN", "KE", "EG", "NP", "LK", "UG"} <= served
    assert len(served) > 100
    assert all(row.source and row.verified_on is None for row in ROWS)
    assert kinds_of("PK", on=TODAY, patterns=PATTERNS) == {"cnic", "ntn"}


CASES = sorted(
    (country, kind)
    for country in countries(PATTERNS)
    for kind in kinds_of(country, on=TODAY, patterns=PATTERNS)
)


@given(case=st.sampled_from(CASES), number=st.text(max_size=45))
def test_no_text_breaks_a_rule(case: tuple[str, str], number: str) -> None:
    """A number that the library trips over is a wrong number, not an error."""
    country, kind = case

    found = check_format(country=country, kind=kind, number=number, on=TODAY, patterns=PATTERNS)

    assert found.fit in (Fit.FITS, Fit.WRONG)


def test_every_kind_can_say_no() -> None:
    """A module of the library that takes everything would prove nothing."""
    for country, kind in CASES:
        for number in ("!!", "0"):
            found = check_format(
                country=country, kind=kind, number=number, on=TODAY, patterns=PATTERNS
            )
            assert found.fit is Fit.WRONG, (country, kind, number)


def test_compact_is_stable() -> None:
    """Stored once, it stays itself."""
    typed = " de\u00a0136\u2013695/976. "

    assert compact(typed) == compact(compact(typed)) == "DE136695976"


def test_an_operator_replaces_a_row() -> None:
    """A row that a person has confirmed takes the place of ours, and staff see no warning."""
    row = {
        "country": "BD",
        "kind": "tin",
        "pattern": r"\d{13}",
        "source": "asked there",
        "verified_on": "2026-11-01",
    }
    with asking(TaxIds, patterns=[row]) as house:
        outcomes = [
            house.check(
                CheckKind.TAX_ID_FORMAT,
                Subject(tax_number=TaxNumber(country="BD", kind="tin", number=number)),
            )
            for number in ("123456789012", "1234567890123")
        ]

    assert [each.state for each in outcomes] == [CheckState.MISMATCH, CheckState.FORMAT_OK]
    assert outcomes[1].reasons == ()


def test_an_unconfirmed_pattern_is_told_and_never_verified() -> None:
    """FORMAT_OK, with the row beside it for staff; a country without rules is for a person."""
    with asking(TaxIds) as house:
        shaped, unknown, missing = (
            house.check(CheckKind.TAX_ID_FORMAT, Subject(tax_number=number))
            for number in (
                TaxNumber(country="PH", kind="tin", number="123456789"),
                TaxNumber(country="QQ", kind="tin", number="1"),
                None,
            )
        )

    assert shaped.state is CheckState.FORMAT_OK
    assert [each.code for each in shaped.reasons] == ["pattern_unverified"]
    assert (unknown.state, unknown.is_for_people) == (CheckState.PENDING, True)
    assert [each.code for each in unknown.reasons] == ["tax_number_rule_unknown"]
    assert missing.state is CheckState.NEEDS_INPUT


def test_a_pattern_that_is_none_stops_the_start() -> None:
    """Not the first member who types a number."""
    row = {"country": "BD", "kind": "tin", "pattern": "(", "source": "a slip"}

    with pytest.raises(ConfigError), asking(TaxIds, patterns=[row]):
        pass
