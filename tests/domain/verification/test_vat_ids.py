"""A VAT id from the form through the real VIES plugin to what a fee invoice makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from domain.database import fetch, transaction
from domain.money import Money
from domain.taxes import operations as taxes
from domain.taxes import queries
from domain.taxes.rules import BusinessProof
from domain.verification import operations
from domain.verification.operations import Asking
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    SubjectField,
)
from domain.verification.rules import DecisionAction
from gateway.providers import VERIFIERS, InstanceSettings, Providers, open_providers
from gateway.verification_jobs import ENQUEUED
from plugins.kyc.vies.simulator import ViesSimulator
from plugins.simulation import serve
from tests.make.members import add_employer
from tests.make.payouts import VAULT
from tests.make.taxes import FR_VAT_ID, VAT_FORM, submitted_form
from tests.make.verifications import ALL, Office, by, checks, states
from tests.make.verifiers import ToldVerifier
from tests.make.world import World

pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)
PLAIN = FR_VAT_ID.replace(" ", "")
OTHER = "FR23334175221"


class TaxOffice(Office):
    """The real plugins, opened by the real host; VIES is a simulator over HTTP."""

    providers: Providers
    vies: ViesSimulator

    @property
    def asking(self) -> Asking:
        return replace(super().asking, verifiers=self.providers.verifiers)

    async def hear_of_form(self, member_id: UUID) -> None:
        """What the job does that a form enqueues."""
        assert "tax_form_given" in {each.name for each in ENQUEUED}
        rows = await fetch(
            "select 1 from jobs.pgqueuer where entrypoint = 'tax_form_given'"
            " and position($1 in convert_from(payload, 'UTF8')) > 0",
            str(member_id),
        )
        assert rows, "the form told nobody"
        await operations.ask_numbers_again(member_id=member_id, asking=self.asking)
        await self.work(member_id)

    async def pass_by(self, member_id: UUID, span: timedelta) -> None:
        """As the schedules do: whatever has become due meanwhile is asked."""
        self.wait(span)
        await operations.step_due(verifiers=self.asking.verifiers, now=self.world.now)
        await self.work(member_id)

    async def proof(self, member_id: UUID) -> BusinessProof:
        on = self.world.now.date()
        return (await queries.vat_buyer(member_id=member_id, on=on)).proof

    async def rule(self, member_id: UUID) -> str:
        """Of our fee to this member, today, by a company in Germany."""
        decided = await queries.decided_vat(
            member_id=member_id,
            net=Money(1_000_000, "EUR"),
            on=self.world.now.date(),
            seller_code="DE",
        )
        return decided.decision.rule


@pytest_asyncio.fixture
async def tax_office(world: World) -> AsyncIterator[TaxOffice]:
    office = TaxOffice(world)
    await office.clear()
    office.vies = ViesSimulator()
    office.vies.active["FR", PLAIN.removeprefix("FR")] = VAT_FORM.business_name.upper()
    with serve(office.vies) as url:
        config = {"endpoint": url, "own_prefix": "DE", "own_number": "136695976"}
        office.providers = await open_providers(
            allow=["vies"],
            instances=[
                InstanceSettings(
                    instance_id="vies",
                    plugin="vies",
                    config={**config, "retry_delays": []},
                    ports=frozenset({VERIFIERS}),
                )
            ],
            clock=lambda: world.now,
        )
        try:
            yield office
        finally:
            await office.close()
            await office.providers.close()


async def business(office: TaxOffice, *, vat_id: str = FR_VAT_ID) -> UUID:
    """An employer in France whose id has been asked about once."""
    async with transaction():
        await taxes.ensure_vat_seller(code="DE", country="DE")
    await office.rules({1: [by(CheckKind.VAT_ACTIVE, "vies", recheck_days=7, outage_days=23)]})
    employer = await add_employer(office.world, country="FR")
    await submitted_form(office.world, employer, replace(VAT_FORM, vat_id=vat_id))
    await office.start(employer)
    await office.work(employer)
    return employer


async def test_an_active_id_brings_reverse_charge_with_its_proof(tax_office: TaxOffice) -> None:
    """The consultation number of VIES is what the decision keeps, and nobody typed the id twice."""
    employer = await business(tax_office)

    buyer = await queries.vat_buyer(member_id=employer, on=tax_office.world.now.date())

    assert await states(employer) == ("verified", ["verified"])
    assert buyer.proof is BusinessProof.VERIFIED_ID
    assert buyer.proof_consultation == tax_office.vies.consultations[0]
    assert buyer.proof_ref == (await checks(employer))[0].id
    assert tax_office.vies.asked[0]["vatNumber"] == PLAIN.removeprefix("FR")
    assert await tax_office.rule(employer) == "reverse_charge"


async def test_an_id_that_is_not_active_is_a_consumers(tax_office: TaxOffice) -> None:
    """A number with right digits that nobody has: no reverse charge, and the member sees why."""
    employer = await business(tax_office, vat_id=OTHER)

    assert await states(employer) == ("declined", ["mismatch"])
    assert (await checks(employer))[0].reasons == ("vat_number_not_active",)
    assert await tax_office.proof(employer) is BusinessProof.NONE
    assert await tax_office.rule(employer) == "below_union_threshold"


async def test_an_outage_at_the_first_question_proves_nothing(tax_office: TaxOffice) -> None:
    """Nor does it refuse: the check waits, and the answer that comes later counts."""
    tax_office.vies.down.add("FR")
    employer = await business(tax_office)
    waiting = await states(employer), await tax_office.proof(employer)

    tax_office.vies.down.clear()
    await tax_office.pass_by(employer, timedelta(hours=1))

    assert waiting == (("pending", ["unavailable"]), BusinessProof.NONE)
    assert await states(employer) == ("verified", ["verified"])
    assert await tax_office.rule(employer) == "reverse_charge"


async def test_in_an_outage_the_last_proof_counts_thirty_days(tax_office: TaxOffice) -> None:
    """Flagged while it does; then the id proves nothing, until VIES answers again."""
    employer = await business(tax_office)
    tax_office.vies.down.add("FR")
    seen = []
    for days in (7, 22, 1, 1):  # day 7, 29, 30, 31
        await tax_office.pass_by(employer, days * DAY)
        (check,) = await checks(employer)
        seen.append((check.is_stale, check.state, await tax_office.rule(employer)))

    verified, expired = CheckState.VERIFIED, CheckState.EXPIRED
    assert seen == [
        (True, verified, "reverse_charge"),
        (True, verified, "reverse_charge"),
        (True, expired, "reverse_charge"),
        (True, expired, "below_union_threshold"),
    ]
    assert (await states(employer))[0] == "expired"
    tax_office.vies.down.clear()
    await tax_office.start(employer)
    await tax_office.work(employer)
    assert await tax_office.rule(employer) == "reverse_charge"


async def test_an_id_that_was_taken_back_proves_nothing_at_once(tax_office: TaxOffice) -> None:
    """The weekly question finds it; level and reverse charge are gone the same day."""
    employer = await business(tax_office)
    tax_office.vies.active.pop(("FR", PLAIN.removeprefix("FR")))

    await tax_office.pass_by(employer, 7 * DAY)

    assert await states(employer) == ("revoked", ["revoked"])
    assert await tax_office.rule(employer) == "below_union_threshold"


async def test_another_id_is_asked_about_at_once(tax_office: TaxOffice) -> None:
    """A good id that makes way for a bad one takes its proof along."""
    employer = await business(tax_office)
    tax_office.wait(DAY)
    await submitted_form(tax_office.world, employer, replace(VAT_FORM, vat_id=OTHER))
    between = await tax_office.proof(employer)

    await tax_office.hear_of_form(employer)

    assert between is BusinessProof.NONE
    assert await states(employer) == ("revoked", ["revoked"])
    assert len(tax_office.vies.asked) == 2


async def test_an_answer_about_the_id_of_before_proves_nothing_of_the_new_one(
    office: Office,
) -> None:
    """The form changes while somebody is asked: only the answer about the new id counts."""
    world = office.world
    employer = await add_employer(world, country="FR")

    async def slow(request: CheckRequest) -> CheckOutcome:
        number = request.subject.tax_number
        assert number is not None
        if number.number == OTHER:
            return CheckOutcome(state=CheckState.MISMATCH)
        await submitted_form(world, employer, replace(VAT_FORM, vat_id=OTHER))
        return CheckOutcome(state=CheckState.VERIFIED)

    needs = CheckNeeds(fields=frozenset({SubjectField.TAX_NUMBER}))
    manifest = replace(ALL, kinds={CheckKind.VAT_ACTIVE: needs})
    office.add("slow", ToldVerifier(slow, manifest=manifest))
    await office.rules({1: [by(CheckKind.VAT_ACTIVE, "slow")]})
    await submitted_form(world, employer, VAT_FORM)
    await office.start(employer)
    await office.work(employer)
    between = (await queries.vat_buyer(member_id=employer, on=world.now.date())).proof

    await operations.ask_numbers_again(member_id=employer, asking=office.asking)
    await office.work(employer)

    assert between is BusinessProof.NONE
    assert await states(employer) == ("revoked", ["revoked"])
    proofs = await fetch(
        "select p.outcome, f.version from vat_proof p join tax_form f on f.id = p.form_id"
        " where f.member_id = $1",
        employer,
    )
    assert [tuple(each) for each in proofs] == [("invalid", 2)]


async def test_a_person_who_accepts_another_name_accepts_the_id(tax_office: TaxOffice) -> None:
    """VIES knows the business by another name: nobody but a person proves it is the same."""
    tax_office.vies.active["FR", PLAIN.removeprefix("FR")] = "MARROWICK TRADING"
    employer = await business(tax_office)
    before = await states(employer), await tax_office.proof(employer)
    (check,) = await checks(employer)

    await operations.decide_check(
        check_id=check.id,
        member_id=await tax_office.clerk(),
        action=DecisionAction.ACCEPT,
        reason="confirmed_otherwise",
        note="",
        vault=VAULT,
        new_id=tax_office.world.new_id,
        now=tax_office.world.now,
    )

    await tax_office.pass_by(employer, 7 * DAY)
    assert await states(employer) == ("verified", ["verified"])
    assert not (await checks(employer))[0].is_stale
    assert before == (("pending", ["pending"]), BusinessProof.NONE)
    buyer = await queries.vat_buyer(member_id=employer, on=tax_office.world.now.date())
    assert buyer.proof is BusinessProof.VERIFIED_ID
    assert buyer.proof_consultation == tax_office.vies.consultations[-1]
