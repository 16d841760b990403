"""As `Wishes`: tax forms, agreements, and the law that finance confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final

from domain.database import transaction
from domain.reference.operations import add_rule
from domain.taxes import operations
from domain.taxes.rules.forms import FormKind
from tests.schema.wishes_of_money import REASON, WORKER, WishesOfMoney

ADDRESS: Final = {"street": "12 Elm St", "city": "Springfield", "region": "IL", "postcode": "62701"}
SIGNED: Final = {"signedName": "Wanda Worker"}
W9: Final[dict[str, Any]] = {
    "name": "Wanda Worker",
    "businessName": "",
    "classification": "INDIVIDUAL",
    "llcLetter": "",
    "otherClassification": "",
    "exemptPayeeCode": "",
    "fatcaCode": "",
    "address": {**ADDRESS, "country": "US"},
    "tinKind": "SSN",
    "tin": "536-90-4399",
    "isTinCorrect": True,
    "isExemptFromBackup": True,
    "isUsPerson": True,
    "isFatcaCodeCorrect": True,
    **SIGNED,
}
W8BEN: Final[dict[str, Any]] = {
    "name": "Wanda Worker",
    "citizenship": "DE",
    "residence": {"street": "Weg 1", "city": "Bonn", "postcode": "53113", "country": "DE"},
    "mailing": {"street": "Weg 2", "city": "Bonn", "postcode": "53113", "country": "DE"},
    "usTinKind": "ITIN",
    "usTin": "912-90-3456",
    "foreignTin": "86 095 742 719",
    "isForeignTinNotRequired": False,
    "bornOn": "1990-05-17",
    "treaty": {
        "country": "DE",
        "article": "14",
        "rate": "0",
        "income": "independent services",
        "conditions": "no fixed base",
    },
    "isBeneficialOwner": True,
    "isNotUsPerson": True,
    "worksOutsideUs": True,
    **SIGNED,
}
VAT: Final[dict[str, Any]] = {
    "country": "DE",
    "status": "BUSINESS",
    "businessName": "Atelier Wanda",
    "address": {"street": "Weg 1", "city": "Bonn", "postcode": "53113", "country": "DE"},
    "vatId": "DE 136 695 976",
    "taxNumber": "205/5123/4567",
    "isCorrect": True,
    **SIGNED,
}
SELLER: Final[dict[str, Any]] = {
    "isCompany": False,
    "name": "Wanda Worker",
    "address": {"street": "Weg 1", "city": "Bonn", "postcode": "53113", "country": "DE"},
    "tinCountry": "DE",
    "tin": "86 095 742 719",
    "hasNoTin": False,
    "bornOn": "1990-05-17",
    "birthCity": "Bonn",
    "birthCountry": "DE",
    "companyNumber": "",
    "isCorrect": True,
    **SIGNED,
}


class WishesOfTaxes(WishesOfMoney):
    def of_taxes(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            "taxFormSubmit w9": (WORKER, lambda: self.form(w9=W9)),
            "taxFormSubmit w8ben": (WORKER, lambda: self.form(w8ben=W8BEN)),
            "taxFormSubmit vat": (WORKER, lambda: self.form(vat=VAT)),
            "taxFormSubmit": (WORKER, lambda: self.form(seller=SELLER)),
            "taxFormReportChange": (WORKER, self.change),
            "selfBillingAccept": (WORKER, self.acceptance),
            "selfBillingWithdraw": (WORKER, self.withdrawal),
            "taxIdentityReveal": ("finance", self.reveal),
            "stepUpBegin reveal": ("finance", self.reveal_action),
            "referenceRuleConfirm": ("finance", self.rule),
            "vatTermsRecord": ("finance", self.terms),
            "taxNoticeRecord": ("finance", self.tax_notice),
            "taxNoticeSend": ("finance", self.tax_letter),
            "taxNoticeEnd": ("finance", self.tax_answer),
        }

    async def form(self, **form: Any) -> dict[str, Any]:
        return {"form": form}

    async def change(self) -> dict[str, Any]:
        await self.scene.do(WORKER, "taxFormSubmit", **await self.form(seller=SELLER))
        return {"kind": FormKind.SELLER.name}

    async def acceptance(self) -> dict[str, Any]:
        return {"textVersion": "1"}

    async def withdrawal(self) -> dict[str, Any]:
        world = self.scene.ask.world
        await operations.accept_self_billing(
            member_id=self.who(WORKER), text_version="1", new_id=world.new_id, now=world.now
        )
        return {"confirm": True}

    async def reveal_action(self) -> dict[str, Any]:
        id_ = self.scene.ids[f"tax_form_{WORKER}"]
        return {"action": {"taxIdentityReveal": {"taxFormId": id_, "field": "TIN"}}}

    async def reveal(self) -> dict[str, Any]:
        wish = (await self.reveal_action())["action"]["taxIdentityReveal"]
        return {**wish, "reason": REASON, "stepUpId": self.scene.ids[f"step_up_{WORKER}"]}

    async def terms(self) -> dict[str, Any]:
        """As the company of all tests is already, from a day that none of them reaches."""
        return {
            "code": "DE",
            "country": "DE",
            "validFrom": "2098-01-01",
            "isSmallBusiness": False,
            "hasOss": False,
            "hasOneEstablishment": True,
            "service": "ELECTRONIC",
            "unionSalesThisYearEur": 0,
            "unionSalesLastYearEur": 0,
        }

    async def tax_notice(self) -> dict[str, Any]:
        day = self.scene.ask.world.now.date()
        member_id = self.scene.ids[f"member_{WORKER}"]
        return {"memberId": member_id, "receivedOn": day.isoformat(), "taxYear": day.year - 1}

    async def tax_letter(self) -> dict[str, Any]:
        wish = await self.tax_notice()
        await self.scene.do("finance", "taxNoticeRecord", **wish)
        return {"memberId": wish["memberId"], "sentOn": wish["receivedOn"]}

    async def tax_answer(self) -> dict[str, Any]:
        wish = await self.tax_notice()
        await self.scene.do("finance", "taxNoticeRecord", **wish)
        return {"memberId": wish["memberId"], "note": REASON}

    async def rule(self) -> dict[str, Any]:
        """Of a kind that nothing reads."""
        scope = str(self.scene.ask.world.new_id())
        async with transaction():
            await add_rule(
                rule_kind="wish",
                scope=scope,
                valid_from=date(2026, 1, 1),
                value={},
                source="a test",
            )
        key = {"ruleKind": "wish", "scope": scope, "validFrom": "2026-01-01", "revision": 1}
        return {**key, "note": "Compared with the gazette"}
