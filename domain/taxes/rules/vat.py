"""Which VAT a supply has. Pure: parties, day and law come in, and every answer names its rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from domain.errors import Refused
from domain.reference.rules import ReferenceRuleMissing, RuleBook

# What `decide_vat` and `decide_self_bill` look up; load a `rule_book` of these.
VAT_RULE_KINDS: Final = (
    "union_member",
    "vat_treated_as",
    "vat_rate",
    "vat_threshold",
    "exemption_text",
)
LOCATION_PROOFS_NEEDED: Final = 2  # of kinds that do not contradict (Reg. 282/2011, art. 24b)


class VatCategory(StrEnum):
    """EN 16931, code list 5305. No decision gives G: services are never exported goods."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    OUTSIDE = "O"


class VatReturn(StrEnum):
    DOMESTIC = "domestic"
    EC_SALES_LIST = "ec_sales_list"
    OSS = "oss"
    NONE = "none"


class ServiceKind(StrEnum):
    ELECTRONIC = "electronic"
    INTERMEDIATION = "intermediation"  # with people in it: other rules of place apply


class BusinessProof(StrEnum):
    VERIFIED_ID = "verified_id"  # the VAT id was valid when last asked, not long ago
    OTHER = "other"  # proven another way, checked by a person
    NONE = "none"


class UndecidedReason(StrEnum):
    SELLER_MISSING = "seller_missing"  # nobody said yet who sells
    SELLER_OUTSIDE_UNION = "seller_outside_union"
    PLACE_OF_INTERMEDIATION = "place_of_intermediation"
    OSS_REGISTRATION_MISSING = "oss_registration_missing"
    LOCATION_PROOF_MISSING = "location_proof_missing"
    VAT_ID_MISSING = "vat_id_missing"


_SAID: Final = {
    UndecidedReason.SELLER_MISSING: "no company is named that sells here",
    UndecidedReason.SELLER_OUTSIDE_UNION: "the company that sells is outside the Union",
    UndecidedReason.PLACE_OF_INTERMEDIATION: "a person must say where this service is taxed",
    UndecidedReason.OSS_REGISTRATION_MISSING: "the company that sells needs an OSS registration",
    UndecidedReason.LOCATION_PROOF_MISSING: "it is not proven which country the buyer is in",
    UndecidedReason.VAT_ID_MISSING: "a registered business has to give its VAT id",
}


class VatUndecided(Refused):
    """The rules do not reach this case: finance has to look at it."""

    code: ClassVar[str] = "VAT_UNDECIDED"

    def __init__(self, reason: UndecidedReason) -> None:
        super().__init__(f"the VAT is not decided: {_SAID[reason]}")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class VatTreatment:
    """What stands on a document. `basis_points` is None only outside the scope of VAT."""

    category: VatCategory
    basis_points: int | None
    exemption_code: str | None = None
    exemption_text: str | None = None

    def __post_init__(self) -> None:
        rate = self.basis_points
        if self.category is VatCategory.STANDARD:
            assert rate is not None and rate > 0
        elif self.category is VatCategory.OUTSIDE:
            assert rate is None
        else:
            assert rate == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSeller:
    """Whole EUR of sales to consumers of other members, with what this very sale adds."""

    code: str
    country: str
    is_small_business: bool = False
    has_oss: bool = False
    service: ServiceKind = ServiceKind.ELECTRONIC
    union_sales_this_year_eur: int = 0
    union_sales_last_year_eur: int = 0
    has_one_establishment: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VatBuyer:
    """`proof_ref` names the check of the VAT id; the id itself stays in the vault, at `form_id`."""

    country: str
    is_business: bool = False
    proof: BusinessProof = BusinessProof.NONE
    proof_ref: UUID | None = None
    proof_consultation: str | None = None
    proven_on: date | None = None
    form_id: UUID | None = None
    location_proofs: int = 0


class WorkerStatus(StrEnum):
    """Who sells, where the platform writes the document."""

    PRIVATE = "private"
    SMALL_BUSINESS = "small_business"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class VatDecision:
    """`rule` is the name of the line that decided; docs/finance/vat.md has one section each."""

    treatment: VatTreatment
    reported_in: VatReturn
    place: str
    rule: str


@dataclass(slots=True)
class VatLaw:
    """The questions that a decision asks of the book of rules."""

    book: RuleBook
    on: date
    countries: dict[str, str] = field(default_factory=dict)

    def territory(self, country: str) -> str:
        found = self.book.find("vat_treated_as", country, self.on)
        return country if found is None else str(found.value["country"])

    def is_in_union(self, country: str) -> bool:
        return self.book.find("union_member", country, self.on) is not None

    def limit(self, scope: str) -> int:
        return int(self.book.get("vat_threshold", scope, self.on)["amount"])

    def at_standard_rate(self, country: str, reported_in: VatReturn, rule: str) -> VatDecision:
        rate = int(self.book.get("vat_rate", country, self.on)["basis_points"])
        category = VatCategory.STANDARD if rate else VatCategory.ZERO_RATED
        treatment = VatTreatment(category=category, basis_points=rate)
        return VatDecision(treatment=treatment, reported_in=reported_in, place=country, rule=rule)

    def without_vat(
        self, category: VatCategory, reported_in: VatReturn, *, reason: str, seller: str, place: str
    ) -> VatDecision:
        """The sentence of the seller's country, else the one for all."""
        found = self.book.find("exemption_text", f"{reason}/{seller}", self.on)
        if found is None:
            found = self.book.find("exemption_text", f"{reason}/*", self.on)
        if found is None:
            raise ReferenceRuleMissing(
                rule_kind="exemption_text", scope=f"{reason}/{seller}", on=self.on
            )
        treatment = VatTreatment(
            category=category,
            basis_points=None if category is VatCategory.OUTSIDE else 0,
            exemption_code=found.value.get("code"),
            exemption_text=found.value["text"],
        )
        return VatDecision(treatment=treatment, reported_in=reported_in, place=place, rule=reason)


def decide_vat(*, seller: VatSeller, buyer: VatBuyer, on: date, book: RuleBook) -> VatDecision:
    """Our fee. Raises `VatUndecided`, or `ReferenceRuleMissing` when the law is not entered."""
    law = VatLaw(book, on)
    home, away = law.territory(seller.country), law.territory(buyer.country)
    if seller.is_small_business:
        reason = "small_business" if away == home else "small_business_abroad"
        return law.without_vat(
            VatCategory.EXEMPT, VatReturn.DOMESTIC, reason=reason, seller=home, place=home
        )
    if away == home:
        return law.at_standard_rate(home, VatReturn.DOMESTIC, "same_country")
    if not law.is_in_union(home):
        raise VatUndecided(UndecidedReason.SELLER_OUTSIDE_UNION)
    is_consumer = not buyer.is_business
    if is_consumer and seller.service is ServiceKind.INTERMEDIATION:
        raise VatUndecided(UndecidedReason.PLACE_OF_INTERMEDIATION)
    if not law.is_in_union(away):
        return law.without_vat(
            VatCategory.OUTSIDE, VatReturn.NONE, reason="outside_union", seller=home, place=away
        )
    if buyer.is_business and buyer.proof is not BusinessProof.NONE:
        return law.without_vat(
            VatCategory.REVERSE_CHARGE,
            VatReturn.EC_SALES_LIST,
            reason="reverse_charge",
            seller=home,
            place=away,
        )
    return _union_consumer(seller, buyer, home=home, away=away, law=law)


def _union_consumer(
    seller: VatSeller, buyer: VatBuyer, *, home: str, away: str, law: VatLaw
) -> VatDecision:
    """Also who claims to be a business and cannot prove it."""
    if seller.service is ServiceKind.INTERMEDIATION:
        raise VatUndecided(UndecidedReason.PLACE_OF_INTERMEDIATION)
    sales = max(seller.union_sales_this_year_eur, seller.union_sales_last_year_eur)
    if seller.has_one_establishment and sales <= law.limit("union_consumer"):
        return law.at_standard_rate(home, VatReturn.DOMESTIC, "below_union_threshold")
    if not seller.has_oss:
        raise VatUndecided(UndecidedReason.OSS_REGISTRATION_MISSING)
    is_one_enough = seller.has_one_establishment and sales < law.limit("one_location_proof")
    if buyer.location_proofs < (1 if is_one_enough else LOCATION_PROOFS_NEEDED):
        raise VatUndecided(UndecidedReason.LOCATION_PROOF_MISSING)
    return law.at_standard_rate(away, VatReturn.OSS, "union_consumer")


def decide_self_bill(
    *,
    worker_country: str,
    status: WorkerStatus,
    has_vat_id: bool,
    platform: VatSeller,
    on: date,
    book: RuleBook,
) -> VatDecision:
    """A worker's supply to us, a business: what their document shows. `reported_in` is theirs.

    VAT that is shown wrongly is owed, so a private person and a small business show none.
    """
    law = VatLaw(book, on)
    home, ours = law.territory(worker_country), law.territory(platform.country)
    if status is WorkerStatus.PRIVATE:
        return law.without_vat(
            VatCategory.OUTSIDE, VatReturn.NONE, reason="private_person", seller=home, place=home
        )
    if status is WorkerStatus.SMALL_BUSINESS:
        reason = "small_business" if home == ours else "small_business_abroad"
        return law.without_vat(
            VatCategory.EXEMPT, VatReturn.DOMESTIC, reason=reason, seller=home, place=home
        )
    return _business_supply(home=home, ours=ours, has_vat_id=has_vat_id, law=law)


def _business_supply(*, home: str, ours: str, has_vat_id: bool, law: VatLaw) -> VatDecision:
    """Of a registered business to another; inside the Union both stand on it with their ids."""
    is_union = law.is_in_union(home)
    if is_union and not has_vat_id:
        raise VatUndecided(UndecidedReason.VAT_ID_MISSING)
    if home == ours:
        return law.at_standard_rate(home, VatReturn.DOMESTIC, "same_country")
    if not is_union or not law.is_in_union(ours):
        return law.without_vat(
            VatCategory.OUTSIDE, VatReturn.NONE, reason="outside_union", seller=home, place=ours
        )
    return law.without_vat(
        VatCategory.REVERSE_CHARGE,
        VatReturn.EC_SALES_LIST,
        reason="reverse_charge",
        seller=home,
        place=ours,
    )
