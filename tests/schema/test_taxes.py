"""Taxes in GraphQL: typed errors per field, four digits at most, and law that explains itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.make.ask import Ask
from tests.make.members import add_finance_member, add_worker
from tests.schema.documents import example
from tests.schema.wishes_of_taxes import SELLER, VAT, W8BEN, W9

pytestmark = pytest.mark.asyncio

PREVIEW = """
    query ($sale: VatDecisionPreviewInput!) { finance { vatDecisionPreview(sale: $sale) {
      category basisPoints exemptionCode reportedIn place rule undecided missingRule isUnverified
      rulesUsed { ruleKind scope isUnverified }
    } } }
"""


async def submit(ask: Ask, viewer: UUID, **form: Any) -> Any:
    answer = await ask(example("taxFormSubmit"), viewer=viewer, input={"form": form})
    return answer.only()


async def profile(ask: Ask, viewer: UUID) -> Any:
    return (await ask(example("viewerTaxes"), viewer=viewer)).only()["taxProfile"]


async def test_a_worker_sees_what_is_missing_and_gives_it(ask: Ask) -> None:
    """A worker of the Union: the reports about sellers ask for it, then nothing is missing."""
    worker = await add_worker(ask.world, country="DE")

    before = await profile(ask, worker)
    done = await submit(ask, worker, seller=SELLER)
    after = await profile(ask, worker)

    assert before["forms"] == []
    assert before["missing"] == [
        {"kind": "SELLER", "reason": "PLATFORM_REPORT", "isUnverified": True}
    ]
    assert done["errors"] == [] and done["taxProfile"]["missing"] == []
    (form,) = after["forms"]
    assert (form["state"], form["flags"], form["version"]) == ("VALID", [], 1)
    assert form["numbers"] == [
        {"field": "TIN", "kind": "FOREIGN", "country": "DE", "lastFour": "2719"}
    ]
    assert after["missing"] == []


async def test_every_form_is_taken(ask: Ask) -> None:
    """All four kinds; a W-9 ends the W-8BEN."""
    worker = await add_worker(ask.world, country="DE")

    for form in ({"w8ben": W8BEN}, {"vat": VAT}, {"seller": SELLER}, {"w9": W9}):
        assert (await submit(ask, worker, **form))["errors"] == []

    found = {each["kind"]: each["state"] for each in (await profile(ask, worker))["forms"]}
    assert found == {"W9": "VALID", "W8BEN": "ENDED", "VAT": "VALID", "SELLER": "VALID"}


async def test_each_wrong_field_has_its_own_error(ask: Ask) -> None:
    """The path leads into the input; no message repeats what was sent."""
    worker = await add_worker(ask.world)
    wrong = {
        **W8BEN,
        "citizenship": "US",
        "foreignTin": "secret-less",
        "residence": {**W8BEN["residence"], "street": "PO Box 7"},
        "isNotUsPerson": False,
    }

    done = await submit(ask, worker, w8ben=wrong)

    assert done["taxProfile"] is None
    assert {(".".join(each["path"]), each["problem"]) for each in done["errors"]} == {
        ("form.w8ben.citizenship", "US_PERSON"),
        ("form.w8ben.foreignTin", "MALFORMED"),
        ("form.w8ben.residence.street", "POST_OFFICE_BOX"),
        ("form.w8ben.isNotUsPerson", "NOT_CERTIFIED"),
    }
    assert {each["code"] for each in done["errors"]} == {"TAX_FORM_INVALID"}
    assert "secret-less" not in str(done)


async def test_exactly_one_form_at_a_time(ask: Ask) -> None:
    """Two would be two wishes."""
    worker = await add_worker(ask.world)

    both = await ask(
        example("taxFormSubmit"), viewer=worker, input={"form": {"w9": W9, "vat": VAT}}
    )

    assert both.data is None and both.errors


async def test_self_billing_is_agreed_and_ended(ask: Ask) -> None:
    """By the version that was read."""
    worker = await add_worker(ask.world)
    text = (await profile(ask, worker))["selfBilling"]

    async def accept(version: str) -> Any:
        wish = {"textVersion": version}
        return (await ask(example("selfBillingAccept"), viewer=worker, input=wish)).only()

    assert text["acceptedVersion"] is None
    assert (await accept("0"))["errors"][0]["code"] == "AGREEMENT_OUTDATED"
    assert (await accept(text["textVersion"]))["errors"] == []
    ended = (
        await ask(example("selfBillingWithdraw"), viewer=worker, input={"confirm": True})
    ).only()
    assert ended["taxProfile"]["selfBilling"]["withdrawnAt"] is not None


@pytest.mark.parametrize(
    ("sale", "expected"),
    [
        ({"buyerCountry": "DE"}, {"category": "STANDARD", "basisPoints": 1900}),
        (
            {"buyerCountry": "FR", "buyerIsBusiness": True, "buyerProof": "VERIFIED_ID"},
            {"category": "REVERSE_CHARGE", "exemptionCode": "VATEX-EU-AE", "place": "FR"},
        ),
        (
            {"buyerCountry": "DE", "sellerIsSmallBusiness": True},
            {"category": "EXEMPT", "isUnverified": True},
        ),
        (
            {"buyerCountry": "FR", "service": "INTERMEDIATION"},
            {"category": None, "undecided": "PLACE_OF_INTERMEDIATION"},
        ),
        (
            {"buyerCountry": "RS", "sellerCountry": "RS"},
            {"category": None, "missingRule": "vat_rate RS"},
        ),
    ],
)
async def test_a_decision_explains_itself(
    ask: Ask, sale: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Which line, which rows, and which of them nobody vouched for; or why it is refused."""
    finance = await add_finance_member(ask.world)
    asked = {"on": "2026-11-22", "sellerCountry": "DE", **sale}

    found = (await ask(PREVIEW, viewer=finance, sale=asked)).only()["vatDecisionPreview"]

    assert {name: found[name] for name in expected} == expected
    if found["category"] is not None:
        assert found["rule"] and found["rulesUsed"]
        flags = {used["isUnverified"] for used in found["rulesUsed"]}
        assert found["isUnverified"] == (True in flags)
