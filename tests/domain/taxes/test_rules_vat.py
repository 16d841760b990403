"""The VAT decision: every line of the table by date, and what holds for every pair of countries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.members.rules import COUNTRIES
from domain.reference.rules import ReferenceRuleMissing, RuleBook
from domain.taxes.rules import (
    BusinessProof,
    ServiceKind,
    UndecidedReason,
    VatBuyer,
    VatCategory,
    VatDecision,
    VatReturn,
    VatSeller,
    VatUndecided,
    WorkerStatus,
    decide_self_bill,
    decide_vat,
)
from tests.make.law import seed_book

TODAY = date(2026, 11, 22)
GERMAN = VatSeller(code="DE", country="DE")
SMALL = replace(GERMAN, is_small_business=True)
BROKER = replace(GERMAN, service=ServiceKind.INTERMEDIATION)
BIG = replace(GERMAN, union_sales_this_year_eur=10_001)
BIG_OSS = replace(BIG, has_oss=True)
HUGE_OSS = replace(BIG_OSS, union_sales_last_year_eur=100_000)
PROVEN = VatBuyer(
    country="FR",
    is_business=True,
    proof=BusinessProof.VERIFIED_ID,
    proof_ref=UUID(int=7),
    proof_consultation="WAPIAAAAX",
    proven_on=TODAY,
)
CLAIMED = VatBuyer(country="FR", is_business=True)
SELLERS = (GERMAN, SMALL, BROKER, BIG, BIG_OSS, HUGE_OSS)

# seller, buyer, day -> category, basis points, return, place, line
CASES = {
    "small business at home": (SMALL, VatBuyer(country="DE"), TODAY, "E", 0, "domestic", "DE"),
    "small business abroad": (SMALL, PROVEN, TODAY, "E", 0, "domestic", "DE"),
    "same country": (GERMAN, VatBuyer(country="DE"), TODAY, "S", 1900, "domestic", "DE"),
    "same country, business": (
        GERMAN,
        replace(PROVEN, country="DE"),
        TODAY,
        "S",
        1900,
        "domestic",
        "DE",
    ),
    "same country, the lower rate of 2020": (
        GERMAN,
        VatBuyer(country="DE"),
        date(2020, 12, 31),
        "S",
        1600,
        "domestic",
        "DE",
    ),
    "same country, the day after": (
        GERMAN,
        VatBuyer(country="DE"),
        date(2021, 1, 1),
        "S",
        1900,
        "domestic",
        "DE",
    ),
    "business of another member": (GERMAN, PROVEN, TODAY, "AE", 0, "ec_sales_list", "FR"),
    "business, proven another way": (
        GERMAN,
        replace(CLAIMED, proof=BusinessProof.OTHER),
        TODAY,
        "AE",
        0,
        "ec_sales_list",
        "FR",
    ),
    "claimed business, nothing proven": (GERMAN, CLAIMED, TODAY, "S", 1900, "domestic", "DE"),
    "claimed business above the limit": (
        BIG_OSS,
        replace(CLAIMED, location_proofs=1),
        TODAY,
        "S",
        2000,
        "oss",
        "FR",
    ),
    "consumer at the limit": (
        replace(GERMAN, union_sales_this_year_eur=10_000),
        VatBuyer(country="FR"),
        TODAY,
        "S",
        1900,
        "domestic",
        "DE",
    ),
    "consumer above the limit": (
        BIG_OSS,
        VatBuyer(country="FR", location_proofs=1),
        TODAY,
        "S",
        2000,
        "oss",
        "FR",
    ),
    "consumer, limit passed last year": (
        replace(GERMAN, union_sales_last_year_eur=10_001, has_oss=True),
        VatBuyer(country="EE", location_proofs=2),
        date(2025, 6, 30),
        "S",
        2200,
        "oss",
        "EE",
    ),
    "consumer, a rate that has risen": (
        BIG_OSS,
        VatBuyer(country="EE", location_proofs=2),
        date(2025, 7, 1),
        "S",
        2400,
        "oss",
        "EE",
    ),
    "consumer, a rate with half a percent": (
        BIG_OSS,
        VatBuyer(country="FI", location_proofs=2),
        TODAY,
        "S",
        2550,
        "oss",
        "FI",
    ),
    "consumer, two proofs from 100,000": (
        HUGE_OSS,
        VatBuyer(country="FR", location_proofs=2),
        TODAY,
        "S",
        2000,
        "oss",
        "FR",
    ),
    "several establishments know no limit": (
        replace(GERMAN, has_one_establishment=False, has_oss=True),
        VatBuyer(country="FR", location_proofs=2),
        TODAY,
        "S",
        2000,
        "oss",
        "FR",
    ),
    "business of the United Kingdom": (
        GERMAN,
        VatBuyer(country="GB", is_business=True),
        TODAY,
        "O",
        None,
        "none",
        "GB",
    ),
    "United Kingdom, last day inside": (
        GERMAN,
        replace(PROVEN, country="GB"),
        date(2020, 12, 31),
        "AE",
        0,
        "ec_sales_list",
        "GB",
    ),
    "United States": (GERMAN, VatBuyer(country="US"), TODAY, "O", None, "none", "US"),
    "Monaco counts as France": (
        BIG_OSS,
        VatBuyer(country="MC", location_proofs=2),
        TODAY,
        "S",
        2000,
        "oss",
        "FR",
    ),
    "Åland lies outside": (GERMAN, VatBuyer(country="AX"), TODAY, "O", None, "none", "AX"),
    "business, intermediation": (BROKER, PROVEN, TODAY, "AE", 0, "ec_sales_list", "FR"),
    "company outside the Union, at home": (
        replace(GERMAN, country="CH"),
        VatBuyer(country="CH"),
        TODAY,
        "S",
        810,
        "domestic",
        "CH",
    ),
}

UNDECIDED = {
    "consumer abroad, intermediation": (
        BROKER,
        VatBuyer(country="FR"),
        UndecidedReason.PLACE_OF_INTERMEDIATION,
    ),
    "claimed business abroad, intermediation": (
        BROKER,
        CLAIMED,
        UndecidedReason.PLACE_OF_INTERMEDIATION,
    ),
    "consumer outside the Union, intermediation": (
        BROKER,
        VatBuyer(country="US"),
        UndecidedReason.PLACE_OF_INTERMEDIATION,
    ),
    "above the limit without OSS": (
        BIG,
        VatBuyer(country="FR", location_proofs=2),
        UndecidedReason.OSS_REGISTRATION_MISSING,
    ),
    "above the limit without a proof": (
        BIG_OSS,
        VatBuyer(country="FR"),
        UndecidedReason.LOCATION_PROOF_MISSING,
    ),
    "from 100,000 one proof is too little": (
        HUGE_OSS,
        VatBuyer(country="FR", location_proofs=1),
        UndecidedReason.LOCATION_PROOF_MISSING,
    ),
    "seller outside the Union": (
        replace(GERMAN, country="US"),
        VatBuyer(country="DE"),
        UndecidedReason.SELLER_OUTSIDE_UNION,
    ),
}


def decide(seller: VatSeller, buyer: VatBuyer, on: date = TODAY) -> VatDecision:
    return decide_vat(seller=seller, buyer=buyer, on=on, book=seed_book())


@pytest.mark.parametrize("case", CASES)
def test_each_line_of_the_table(case: str) -> None:
    """FINANCE 3: category, rate, return and place of every case on its day."""
    seller, buyer, on, category, basis_points, reported_in, place = CASES[case]

    found = decide(seller, buyer, on)

    assert (found.treatment.category, found.treatment.basis_points) == (category, basis_points)
    assert (found.reported_in, found.place) == (reported_in, place)
    assert found.rule
    assert bool(found.treatment.exemption_text) == (category != "S")


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_a_person_must_decide_is_refused(case: str) -> None:
    """A guess would stand on a document for ever."""
    seller, buyer, reason = UNDECIDED[case]

    with pytest.raises(VatUndecided) as refusal:
        decide(seller, buyer)

    assert refusal.value.reason is reason


def test_a_missing_row_of_law_is_a_refusal_and_never_a_default() -> None:
    """No sentence for small businesses of Spain is known, no rate of Serbia, none of 1960."""
    with pytest.raises(ReferenceRuleMissing) as text:
        decide(replace(SMALL, country="ES"), VatBuyer(country="ES"))
    with pytest.raises(ReferenceRuleMissing) as rate:
        decide(replace(GERMAN, country="RS"), VatBuyer(country="RS"))
    with pytest.raises(ReferenceRuleMissing):
        decide(GERMAN, VatBuyer(country="DE"), date(1960, 1, 1))

    assert (text.value.rule_kind, text.value.scope) == ("exemption_text", "small_business/ES")
    assert (rate.value.rule_kind, rate.value.scope) == ("vat_rate", "RS")


def test_what_was_used_is_told_and_keeps_its_flag() -> None:
    """The German sentence for small businesses is not verified; the German rate is."""
    unverified, verified = seed_book(), seed_book()

    decide_vat(seller=SMALL, buyer=VatBuyer(country="DE"), on=TODAY, book=unverified)
    decide_vat(seller=GERMAN, buyer=VatBuyer(country="DE"), on=TODAY, book=verified)

    assert [rule.key.scope for rule in unverified.unverified()] == ["small_business/DE"]
    assert "DE" in {rule.key.scope for rule in verified.used}
    assert verified.unverified() == ()


any_country = st.sampled_from(sorted(COUNTRIES))
any_day = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))
any_seller = st.builds(
    VatSeller,
    code=st.just("X"),
    country=any_country,
    is_small_business=st.booleans(),
    has_oss=st.booleans(),
    service=st.sampled_from(ServiceKind),
    union_sales_this_year_eur=st.sampled_from((0, 10_000, 10_001, 99_999, 100_000)),
    has_one_establishment=st.booleans(),
)
any_buyer = st.builds(
    VatBuyer,
    country=any_country,
    is_business=st.booleans(),
    proof=st.sampled_from(BusinessProof),
    location_proofs=st.integers(0, 3),
)
BOOK = seed_book()


def outcome(
    seller: VatSeller, buyer: VatBuyer, on: date, book: RuleBook
) -> VatDecision | type[Exception]:
    try:
        return decide_vat(seller=seller, buyer=buyer, on=on, book=book)
    except (VatUndecided, ReferenceRuleMissing) as refusal:
        return type(refusal)


@given(any_seller, any_buyer, any_day)
def test_a_decision_holds_together(seller: VatSeller, buyer: VatBuyer, on: date) -> None:
    """Decided or refused, never both; the same again; S has a rate, O none, AE a proof."""
    found = outcome(seller, buyer, on, BOOK)

    assert found == outcome(seller, buyer, on, seed_book())
    if not isinstance(found, VatDecision):
        return
    category, points = found.treatment.category, found.treatment.basis_points
    assert category is not VatCategory.STANDARD or (points is not None and points > 0)
    assert (category is VatCategory.OUTSIDE) == (points is None)
    if category is VatCategory.REVERSE_CHARGE:
        assert buyer.is_business and buyer.proof is not BusinessProof.NONE
        assert found.reported_in is VatReturn.EC_SALES_LIST
    if found.reported_in is VatReturn.OSS:
        assert seller.has_oss and found.place != seller.country


@given(any_seller, any_buyer, any_day, st.integers(1, 10_000), st.integers(1, 3_000))
def test_a_new_rate_changes_nothing_before_its_day(
    seller: VatSeller, buyer: VatBuyer, on: date, points: int, days: int
) -> None:
    """A row from a later day leaves every earlier decision as it was."""
    later = date.fromordinal(on.toordinal() + days)
    changed = seed_book(vat_rate=[(country, later, points) for country in ("DE", buyer.country)])

    assert outcome(seller, buyer, on, changed) == outcome(seller, buyer, on, BOOK)


SELF_BILLS = {
    "private person": ("PH", WorkerStatus.PRIVATE, False, "O", None, "none"),
    "private person at home": ("DE", WorkerStatus.PRIVATE, False, "O", None, "none"),
    "small business": ("DE", WorkerStatus.SMALL_BUSINESS, False, "E", 0, "domestic"),
    "registered at home": ("DE", WorkerStatus.BUSINESS, True, "S", 1900, "domestic"),
    "registered in another member": ("FR", WorkerStatus.BUSINESS, True, "AE", 0, "ec_sales_list"),
    "registered outside the Union": ("US", WorkerStatus.BUSINESS, False, "O", None, "none"),
}


@pytest.mark.parametrize("case", SELF_BILLS)
def test_a_self_bill_shows_the_workers_own_vat(case: str) -> None:
    """VAT that is shown wrongly is owed: only a registered business of the country shows any."""
    country, status, has_vat_id, category, points, reported_in = SELF_BILLS[case]

    found = decide_self_bill(
        worker_country=country,
        status=status,
        has_vat_id=has_vat_id,
        platform=GERMAN,
        on=TODAY,
        book=seed_book(),
    )

    assert (found.treatment.category, found.treatment.basis_points) == (category, points)
    assert found.reported_in == reported_in


def test_a_registered_business_of_the_union_gives_its_vat_id() -> None:
    """Without it no document may show VAT, nor leave it to us."""
    with pytest.raises(VatUndecided) as refusal:
        decide_self_bill(
            worker_country="DE",
            status=WorkerStatus.BUSINESS,
            has_vat_id=False,
            platform=GERMAN,
            on=TODAY,
            book=seed_book(),
        )

    assert refusal.value.reason is UndecidedReason.VAT_ID_MISSING
