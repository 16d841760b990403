"""What our own companies are to the tax office, from which day on."""

from __future__ import annotations

from datetime import date
from typing import Final, Self

import strawberry

import schema.taxes.enums  # noqa: F401  # gives the enums their descriptions
from domain.errors import Refused
from domain.taxes import operations, queries
from domain.taxes.rules import ServiceKind, VatSeller
from schema.auth import Auth
from schema.context import Info
from schema.errors import user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.scalars import CountryCode

COMPANY_COUNT_MAX: Final = queries.SELLER_COUNT_MAX


@strawberry.type(description="A company of ours, as VAT sees it today.")
class VatTerms:
    code: str = strawberry.field(description="Of the company, as on its documents.")
    country: CountryCode = strawberry.field(description="Where it is.")
    is_small_business: bool = strawberry.field(description="It charges no VAT.")
    has_oss: bool = strawberry.field(description="It is registered for the one-stop shop.")
    has_one_establishment: bool = strawberry.field(
        description="It has no establishment in another member state."
    )
    service: ServiceKind = strawberry.field(description="What its fee is for.")
    union_sales_this_year_eur: int = strawberry.field(
        description="Sales to consumers of other members in whole euro: what was declared, and "
        "what was decided here."
    )
    union_sales_last_year_eur: int = strawberry.field(description="The same, last year.")

    @classmethod
    def of(cls, seller: VatSeller) -> Self:
        return cls(
            code=seller.code,
            country=CountryCode(seller.country),
            is_small_business=seller.is_small_business,
            has_oss=seller.has_oss,
            has_one_establishment=seller.has_one_establishment,
            service=seller.service,
            union_sales_this_year_eur=seller.union_sales_this_year_eur,
            union_sales_last_year_eur=seller.union_sales_last_year_eur,
        )


@strawberry.type(description="Our companies, as finance sees them.")
class FinanceVatTerms:
    @strawberry.field(
        description="Our companies as VAT sees them today; the first 20 by code.",
        directives=[Cost(weight=5, list_size=COMPANY_COUNT_MAX)],
    )
    async def vat_terms(self, info: Info) -> list[VatTerms] | None:
        found = await queries.vat_sellers(on=info.context.now.date())
        return [VatTerms.of(seller) for seller in found]


@strawberry.input(description="Says what a company of ours is to the tax office.")
class VatTermsRecordInput:
    code: str = strawberry.field(description="Of the company.")
    country: CountryCode = strawberry.field(description="Where it is; this never changes.")
    valid_from: date = strawberry.field(description="The first day of this.")
    is_small_business: bool = strawberry.field(description="It charges no VAT.")
    has_oss: bool = strawberry.field(description="It is registered for the one-stop shop.")
    has_one_establishment: bool = strawberry.field(
        description="It has no establishment in another member state."
    )
    service: ServiceKind = strawberry.field(description="What its fee is for.")
    union_sales_this_year_eur: int = strawberry.field(
        default=0,
        description="Sales to consumers of other members in whole euro that were not made here, "
        "or in another currency.",
    )
    union_sales_last_year_eur: int = strawberry.field(default=0, description="The same, last year.")

    def terms(self) -> VatSeller:
        return VatSeller(
            code=self.code,
            country=self.country,
            is_small_business=self.is_small_business,
            has_oss=self.has_oss,
            has_one_establishment=self.has_one_establishment,
            service=self.service,
            union_sales_this_year_eur=self.union_sales_this_year_eur,
            union_sales_last_year_eur=self.union_sales_last_year_eur,
        )


@strawberry.type(description="Outcome of `vatTermsRecord`.")
class VatTermsRecordPayload(Payload):
    vat_terms: list[VatTerms] | None = strawberry.field(
        default=None,
        description="Our companies as they are today; null on refusal.",
        directives=[Cost(list_size=COMPANY_COUNT_MAX)],
    )


@strawberry.type(description="Changes.")
class VatTermsMutations:
    @strawberry.mutation(
        description="Say what a company is to the tax office from a day on; decisions that were "
        "made stay. Needs finance:write.",
        directives=[Auth(scopes=["finance:write"]), Cost(weight=10)],
    )
    async def vat_terms_record(
        self, info: Info, input: In[VatTermsRecordInput]
    ) -> VatTermsRecordPayload | None:
        context = info.context
        try:
            await operations.record_terms(
                actor_id=context.signed_in().member_id,
                terms=input.terms(),
                valid_from=input.valid_from,
                now=context.now,
            )
        except Refused as refusal:
            return VatTermsRecordPayload(errors=[user_error(refusal)])
        found = await queries.vat_sellers(on=context.now.date())
        return VatTermsRecordPayload(vat_terms=[VatTerms.of(seller) for seller in found])
