"""What finance looks after: rows of law, decisions about VAT, numbers that two members gave."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Self

import msgspec
import strawberry

import schema.taxes.enums  # noqa: F401  # gives the enums their descriptions
from domain.errors import Refused
from domain.reference import operations, queries
from domain.reference.rules import ReferenceRule as Rule
from domain.reference.rules import ReferenceRuleMissing, RuleKey
from domain.taxes import queries as taxes
from domain.taxes.queries import Decided, TwinRecord
from domain.taxes.rules import (
    BusinessProof,
    ServiceKind,
    UndecidedReason,
    VatBuyer,
    VatCategory,
    VatReturn,
    VatSeller,
    VatUndecided,
)
from schema.auth import Auth
from schema.context import Context, Info
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.scalars import CountryCode
from schema.taxes.enums import TaxNumberField

USED_COUNT_MAX: Final = 20


@strawberry.type(description="A row of law. It never changes; a correction has a higher revision.")
class ReferenceRule:
    rule_kind: str = strawberry.field(description="Such as `vat_rate`.")
    scope: str = strawberry.field(description="A country, a form, or what the kind asks for.")
    valid_from: date = strawberry.field(description="Its first day.")
    revision: int = strawberry.field(description="Counts from 1; the highest one counts.")
    valid_to: date | None = strawberry.field(description="Its last day, if it has ended.")
    value: str = strawberry.field(description="What it says, as JSON.")
    source: str = strawberry.field(description="Law, publication, page.")
    verified_on: date | None = strawberry.field(description="When somebody checked the source.")
    is_unverified: bool = strawberry.field(
        description="Neither checked nor confirmed: what uses it carries this flag."
    )
    confirmed_by: strawberry.ID | None = strawberry.field(description="Who accepted it unverified.")
    confirmed_at: datetime | None = strawberry.field(description="When.")
    confirmed_note: str | None = strawberry.field(description="Why.")

    @classmethod
    def of(cls, rule: Rule, context: Context) -> Self:
        by = rule.confirmed_by
        return cls(
            rule_kind=rule.key.rule_kind,
            scope=rule.key.scope,
            valid_from=rule.key.valid_from,
            revision=rule.key.revision,
            valid_to=rule.valid_to,
            value=msgspec.json.encode(rule.value, order="sorted").decode(),
            source=rule.source,
            verified_on=rule.verified_on,
            is_unverified=rule.is_unverified,
            confirmed_by=None if by is None else context.ids.encode(Tag.MEMBER, by),
            confirmed_at=rule.confirmed_at,
            confirmed_note=rule.confirmed_note,
        )


@strawberry.type(description="A row of law that a decision leant on.")
class UsedRule:
    rule_kind: str = strawberry.field(description="Such as `vat_rate`.")
    scope: str = strawberry.field(description="A country, or what the kind asks for.")
    valid_from: date = strawberry.field(description="Its first day.")
    revision: int = strawberry.field(description="Which correction.")
    is_unverified: bool = strawberry.field(description="Nobody had vouched for it.")


@strawberry.type(description="Which VAT a sale has and why, or why a person must decide.")
class VatDecisionPreview:
    category: VatCategory | None = strawberry.field(description="Null when it is undecided.")
    basis_points: int | None = strawberry.field(
        description="The rate in hundredths of a percent; null outside the scope of VAT."
    )
    exemption_code: str | None = strawberry.field(description="Of the list VATEX, if any.")
    exemption_text: str | None = strawberry.field(description="What a document says.")
    reported_in: VatReturn | None = strawberry.field(description="Which return it stands in.")
    place: CountryCode | None = strawberry.field(description="The country whose VAT it is.")
    rule: str | None = strawberry.field(description="The line of the table that decided.")
    undecided: UndecidedReason | None = strawberry.field(description="Why a person must decide.")
    missing_rule: str | None = strawberry.field(
        description="The row of law that nobody entered, as kind and scope."
    )
    is_unverified: bool = strawberry.field(description="A row that was used is unverified.")
    rules_used: list[UsedRule] = strawberry.field(
        description="What it leant on; at most 20.", directives=[Cost(list_size=USED_COUNT_MAX)]
    )

    @classmethod
    def of(cls, decided: Decided) -> Self:
        treatment = decided.decision.treatment
        return cls(
            category=treatment.category,
            basis_points=treatment.basis_points,
            exemption_code=treatment.exemption_code,
            exemption_text=treatment.exemption_text,
            reported_in=decided.decision.reported_in,
            place=CountryCode(decided.decision.place),
            rule=decided.decision.rule,
            undecided=None,
            missing_rule=None,
            is_unverified=decided.is_unverified,
            rules_used=[
                UsedRule(
                    rule_kind=used.key.rule_kind,
                    scope=used.key.scope,
                    valid_from=used.key.valid_from,
                    revision=used.key.revision,
                    is_unverified=used.is_unverified,
                )
                for used in decided.rules_used[:USED_COUNT_MAX]
            ],
        )

    @classmethod
    def none(cls, refusal: VatUndecided | ReferenceRuleMissing) -> Self:
        undecided = refusal.reason if isinstance(refusal, VatUndecided) else None
        missing = (
            f"{refusal.rule_kind} {refusal.scope}"
            if isinstance(refusal, ReferenceRuleMissing)
            else None
        )
        return cls(
            category=None,
            basis_points=None,
            exemption_code=None,
            exemption_text=None,
            reported_in=None,
            place=None,
            rule=None,
            undecided=undecided,
            missing_rule=missing,
            is_unverified=False,
            rules_used=[],
        )


@strawberry.input(description="A sale to try out; nothing is stored.")
class VatDecisionPreviewInput:
    on: date = strawberry.field(description="The day whose law counts.")
    seller_country: CountryCode = strawberry.field(description="Of the company that sells.")
    seller_is_small_business: bool = strawberry.field(
        default=False, description="It charges no VAT."
    )
    seller_has_oss: bool = strawberry.field(
        default=False, description="It is registered for the one-stop shop."
    )
    seller_has_one_establishment: bool = strawberry.field(
        default=True, description="It has no establishment in another member state."
    )
    union_sales_this_year_eur: int = strawberry.field(
        default=0, description="Its sales to consumers of other members, in whole euro."
    )
    union_sales_last_year_eur: int = strawberry.field(default=0, description="The same, last year.")
    service: ServiceKind = strawberry.field(
        default=ServiceKind.ELECTRONIC, description="What is sold."
    )
    buyer_country: CountryCode = strawberry.field(description="Of the buyer.")
    buyer_is_business: bool = strawberry.field(default=False, description="It is a business.")
    buyer_proof: BusinessProof = strawberry.field(
        default=BusinessProof.NONE, description="How that is known."
    )
    location_proofs: int = strawberry.field(
        default=0, description="How many kinds of evidence name that country."
    )

    def seller(self) -> VatSeller:
        return VatSeller(
            code="",
            country=self.seller_country,
            is_small_business=self.seller_is_small_business,
            has_oss=self.seller_has_oss,
            service=self.service,
            union_sales_this_year_eur=self.union_sales_this_year_eur,
            union_sales_last_year_eur=self.union_sales_last_year_eur,
            has_one_establishment=self.seller_has_one_establishment,
        )

    def buyer(self) -> VatBuyer:
        return VatBuyer(
            country=self.buyer_country,
            is_business=self.buyer_is_business,
            proof=self.buyer_proof,
            location_proofs=self.location_proofs,
        )


@strawberry.type(description="Two members gave one number.")
class TaxNumberTwin:
    tax_form_id: strawberry.ID = strawberry.field(description="The form that was given later.")
    field: TaxNumberField = strawberry.field(description="Which number of it.")
    member_id: strawberry.ID = strawberry.field(description="Who gave it later.")
    other_member_id: strawberry.ID = strawberry.field(description="Who had given it before.")
    noticed_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: TwinRecord, context: Context) -> Self:
        return cls(
            tax_form_id=context.ids.encode(Tag.TAX_FORM, record.form_id),
            field=TaxNumberField(record.field),
            member_id=context.ids.encode(Tag.MEMBER, record.member_id),
            other_member_id=context.ids.encode(Tag.MEMBER, record.other_member_id),
            noticed_at=record.noticed_at,
        )


@strawberry.type(description="Law and taxes, as finance sees them.")
class FinanceTaxes:
    @strawberry.field(
        description="Rows of law, by kind, scope and day; the first 300.",
        directives=[Cost(weight=5, list_size=queries.RULE_COUNT_MAX)],
    )
    async def reference_rules(
        self,
        info: Info,
        *,
        rule_kind: Annotated[
            str | None, strawberry.argument(description="Of this kind; all by default.")
        ] = None,
        scope: Annotated[
            str | None, strawberry.argument(description="Of this scope; all by default.")
        ] = None,
        is_unverified: Annotated[
            bool, strawberry.argument(description="Only those that nobody vouched for.")
        ] = False,
    ) -> list[ReferenceRule] | None:
        rules = await queries.reference_rules(
            rule_kind=rule_kind, scope=scope, is_unverified=is_unverified
        )
        return [ReferenceRule.of(rule, info.context) for rule in rules]

    @strawberry.field(
        description="Try out which VAT a sale would have, and why.", directives=[Cost(weight=10)]
    )
    async def vat_decision_preview(
        self,
        info: Info,  # noqa: ARG002  # a resolver's signature
        sale: Annotated[VatDecisionPreviewInput, strawberry.argument(description="The sale.")],
    ) -> VatDecisionPreview | None:
        try:
            decided = await taxes.decided_for(seller=sale.seller(), buyer=sale.buyer(), on=sale.on)
        except (VatUndecided, ReferenceRuleMissing) as refusal:
            return VatDecisionPreview.none(refusal)
        return VatDecisionPreview.of(decided)

    @strawberry.field(
        description="Numbers that two members gave, newest first; the last 100.",
        directives=[Cost(weight=5, list_size=taxes.TWIN_COUNT_MAX)],
    )
    async def tax_number_twins(self, info: Info) -> list[TaxNumberTwin] | None:
        return [TaxNumberTwin.of(each, info.context) for each in await taxes.twins()]


@strawberry.input(description="Accepts an unverified row of law.")
class ReferenceRuleConfirmInput:
    rule_kind: str = strawberry.field(description="Its kind.")
    scope: str = strawberry.field(description="Its scope.")
    valid_from: date = strawberry.field(description="Its first day.")
    revision: int = strawberry.field(default=1, description="Which correction.")
    note: str = strawberry.field(description="Why it may be used; 1 to 500 characters.")


@strawberry.type(description="Outcome of `referenceRuleConfirm`.")
class ReferenceRuleConfirmPayload(Payload):
    reference_rule: ReferenceRule | None = strawberry.field(
        default=None, description="The row; null on refusal."
    )


@strawberry.type(description="Changes.")
class LawMutations:
    @strawberry.mutation(
        description="Accept an unverified row of law, once and with a reason; from then on the "
        "flag names the viewer. Needs finance:write.",
        directives=[Auth(scopes=["finance:write"]), Cost(weight=10)],
    )
    async def reference_rule_confirm(
        self, info: Info, input: In[ReferenceRuleConfirmInput]
    ) -> ReferenceRuleConfirmPayload | None:
        context = info.context
        key = RuleKey(
            rule_kind=input.rule_kind,
            scope=input.scope,
            valid_from=input.valid_from,
            revision=input.revision,
        )
        try:
            await operations.confirm_rule(
                actor_id=context.signed_in().member_id, key=key, note=input.note, now=context.now
            )
        except Refused as refusal:
            return ReferenceRuleConfirmPayload(errors=[user_error(refusal)])
        rule = (await queries.rules_by_key(keys=[key]))[key]
        return ReferenceRuleConfirmPayload(reference_rule=ReferenceRule.of(rule, context))
