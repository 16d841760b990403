"""Tax forms: versions that stay, numbers in the vault, twins noted, whole numbers with a trace."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.access.operations import StepUpRequired, begin_step_up
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition, NotAllowed, NotFound
from domain.members import operations as members
from domain.members.rules import Role
from domain.reference.queries import rule_book
from domain.taxes import operations, queries
from domain.taxes.operations import TaxFormInvalid
from domain.taxes.rules import BusinessProof, WorkerStatus
from domain.taxes.rules.forms import FormKind, TaxFlag, TaxProblem
from domain.taxes.rules.profile import (
    NEED_RULE_KINDS,
    EndReason,
    FormState,
    NeedReason,
    missing,
    needs_of,
)
from domain.vault.operations import shred_subject
from tests.make.members import add_employer, add_finance_member, add_worker, session_of
from tests.make.payouts import VAULT
from tests.make.step_up import complete_step_up
from tests.make.taxes import (
    SELLER_FORM,
    SSN,
    VAT_FORM,
    W8BEN_FORM,
    W9_FORM,
    changed,
    submitted_form,
)
from tests.make.world import World

pytestmark = pytest.mark.asyncio

WHY = "A payee wrote that the 1099 is wrong."


async def consent(world: World, actor: UUID, form_id: UUID, field: str) -> StepUpClaim:
    """A step-up passed for exactly this field."""
    session = await session_of(world, actor)
    content = operations.reveal_content(form_id, field)
    step_up_id = await begin_step_up(
        session_id=session.session_id,
        purpose=StepUpPurpose.TAX_REVEAL,
        bound=bound_hash(
            purpose=StepUpPurpose.TAX_REVEAL, amount=None, payee=VAULT.fingerprint(content)
        ),
        new_id=world.new_id,
        now=world.now,
    )
    await complete_step_up(world, step_up_id, session.session_id)
    return StepUpClaim(step_up_id, session.session_id)


async def reveal(
    world: World, actor: UUID, form_id: UUID, claim: StepUpClaim, *, field: str = "tin"
) -> str:
    return await operations.reveal_number(
        actor_id=actor,
        form_id=form_id,
        field=field,
        reason=WHY,
        step_up=claim,
        vault=VAULT,
        new_id=world.new_id,
        now=world.now,
    )


async def test_a_form_is_kept_and_shows_four_digits(world: World) -> None:
    """The vault opens the rest for reports; the record has nothing else."""
    worker = await add_worker(world)
    form_id = await submitted_form(world, worker, W8BEN_FORM)

    (form,) = await queries.forms_of(member_id=worker)

    assert (form.id, form.kind, form.version, form.country) == (form_id, FormKind.W8BEN, 1, "PH")
    assert form.valid_until == date(2029, 12, 31)
    assert [(each.field, each.last_four) for each in form.numbers] == [("tin", "9000")]
    assert form.state(today=world.now.date(), country="PH") is FormState.VALID
    opened = (await queries.open_forms(ids=[form_id], vault=VAULT))[form_id]
    assert opened.numbers == {"tin": "123456789000"}
    assert opened.content["residence"]["city"] == "Manila"
    assert "123456789000" not in repr(opened)


async def test_versions_are_never_overwritten(world: World) -> None:
    """The one before ends and stays; a W-9 ends a W-8BEN, for one says who one is."""
    worker = await add_worker(world, country="PH")
    await submitted_form(world, worker, W8BEN_FORM)
    world.now += timedelta(days=1)
    second = await submitted_form(world, worker, changed(W8BEN_FORM, "foreign_tin", "987654321"))
    world.now += timedelta(days=1)
    await submitted_form(world, worker, W9_FORM)

    forms = await queries.forms_of(member_id=worker)

    assert [(f.kind, f.version, f.ended) for f in forms] == [
        (FormKind.W9, 1, None),
        (FormKind.W8BEN, 2, EndReason.SUPERSEDED),
        (FormKind.W8BEN, 1, EndReason.SUPERSEDED),
    ]
    opened = (await queries.open_forms(ids=[second], vault=VAULT))[second]
    assert opened.numbers["tin"] == "987654321"
    for sql in ("update tax_form set country = 'FR'", "delete from tax_form"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(f"{sql} where id = $1", second)


async def test_two_at_once_are_two_versions(world: World) -> None:
    """One of them stands."""
    worker = await add_worker(world)

    await asyncio.gather(*(submitted_form(world, worker, W8BEN_FORM) for _ in range(5)))

    forms = await queries.forms_of(member_id=worker)
    assert sorted(form.version for form in forms) == [1, 2, 3, 4, 5]
    assert [form.ended for form in forms].count(None) == 1


async def test_every_wrong_field_is_named_and_nothing_is_kept(world: World) -> None:
    """The refusal has paths and kinds, and no value."""
    worker = await add_worker(world)
    form = changed(changed(W8BEN_FORM, "citizenship", "US"), "foreign_tin", "no such number")

    with pytest.raises(TaxFormInvalid) as refusal:
        await submitted_form(world, worker, form)

    assert {(each.path[0], each.problem) for each in refusal.value.problems} == {
        ("citizenship", TaxProblem.US_PERSON),
        ("foreign_tin", TaxProblem.MALFORMED),
    }
    assert "no such number" not in str(refusal.value)
    assert await queries.forms_of(member_id=worker) == []


async def test_a_change_of_circumstances_ends_a_form(world: World) -> None:
    """It no longer stands, so it is asked for again; without one there is nothing to end."""
    worker = await add_worker(world)
    await submitted_form(world, worker, W8BEN_FORM)

    await operations.report_change(member_id=worker, kind=FormKind.W8BEN, now=world.now)

    (form,) = await queries.forms_of(member_id=worker)
    assert form.ended is EndReason.CHANGED
    with pytest.raises(InvalidTransition):
        await operations.report_change(member_id=worker, kind=FormKind.W8BEN, now=world.now)


async def test_a_form_expires_and_a_move_contradicts_it(world: World) -> None:
    """By the calendar, and by the country the member lives in now."""
    worker = await add_worker(world)
    await submitted_form(world, worker, W8BEN_FORM)
    (form,) = await queries.forms_of(member_id=worker)

    assert form.state(today=date(2029, 12, 31), country="PH") is FormState.VALID
    assert form.state(today=date(2030, 1, 1), country="PH") is FormState.EXPIRED
    assert form.state(today=date(2029, 1, 1), country="FR") is FormState.CONTRADICTED
    assert form.all_flags("FR") == (TaxFlag.COUNTRY_DIFFERS,)


@pytest.mark.parametrize(
    ("country", "seller", "needed"),
    [
        ("US", "US", {(FormKind.W9, NeedReason.US_PERSON)}),
        ("US", "DE", set()),
        ("PH", "DE", set()),
        ("PH", "US", {(FormKind.W8BEN, NeedReason.FOREIGN_PERSON)}),
        ("FR", "DE", {(FormKind.SELLER, NeedReason.PLATFORM_REPORT)}),
        ("GB", "DE", {(FormKind.SELLER, NeedReason.PLATFORM_REPORT)}),
    ],
)
async def test_what_a_country_needs(
    world: World, country: str, seller: str, needed: set[tuple[FormKind, NeedReason]]
) -> None:
    """By rows of law, and only what a company of ours can use; what stands is not missing."""
    book = await rule_book(kinds=NEED_RULE_KINDS)
    found = needs_of(country=country, sellers={seller}, on=world.now.date(), book=book)

    assert {(need.kind, need.reason) for need in found} == needed


async def test_what_stands_is_not_missing(world: World) -> None:
    """A worker of the Union gives what DAC7 asks for, once."""
    worker = await add_worker(world, country="FR")
    today = world.now.date()
    needs = await queries.needs_of_country(country="FR", on=today)

    before = missing(needs=needs, forms=[], today=today, country="FR")
    await submitted_form(world, worker, SELLER_FORM)
    forms = await queries.forms_of(member_id=worker)

    assert [need.kind for need in before] == [FormKind.SELLER]
    assert missing(needs=needs, forms=forms, today=today, country="FR") == []


async def test_one_number_of_two_members_is_noted_for_staff(world: World) -> None:
    """However it is written, and at once; nobody is refused, and the same member has no twin."""
    ann, ben = await add_worker(world), await add_worker(world)
    number = str(world.new_id().int)[:12]
    spelled = f"{number[:3]}-{number[3:6]} {number[6:]}"

    await asyncio.gather(
        submitted_form(world, ann, changed(W8BEN_FORM, "foreign_tin", number)),
        submitted_form(world, ben, changed(W8BEN_FORM, "foreign_tin", spelled)),
    )
    await submitted_form(world, ann, changed(W8BEN_FORM, "foreign_tin", spelled))

    found = await queries.twins(member_id=ann)
    assert {frozenset((each.member_id, each.other_member_id)) for each in found} == {
        frozenset((ann, ben))
    }
    (form, *_) = await queries.forms_of(member_id=ben)
    assert form.flags == ()


async def test_staff_see_a_whole_number_once_with_a_trace(world: World) -> None:
    """The step-up is for this field of this form, and is used up."""
    worker, finance = await add_worker(world), await add_finance_member(world)
    form_id = await submitted_form(world, worker, W9_FORM)
    claim = await consent(world, finance, form_id, "tin")

    assert await reveal(world, finance, form_id, claim) == SSN.replace("-", "")
    with pytest.raises(StepUpRequired):
        await reveal(world, finance, form_id, claim)

    (trace,) = await fetch(
        "select actor_id, member_id, field, reason from tax_reveal where form_id = $1", form_id
    )
    assert tuple(trace) == (finance, worker, "tin", WHY)


async def test_who_may_not_see_a_whole_number(world: World) -> None:
    """The member too, without a reason, for another form, and of a field that is none."""
    worker, finance = await add_worker(world), await add_finance_member(world)
    form_id = await submitted_form(world, worker, W9_FORM)
    other = await submitted_form(world, await add_worker(world), W8BEN_FORM)
    claim = await consent(world, finance, form_id, "tin")

    with pytest.raises(NotAllowed):
        await reveal(world, worker, form_id, claim)
    with pytest.raises(StepUpRequired):
        await reveal(world, finance, other, claim)
    with pytest.raises(NotFound):
        await reveal(world, finance, form_id, claim, field="content")
    with pytest.raises(InvalidInput):
        await operations.reveal_number(
            actor_id=finance,
            form_id=form_id,
            field="tin",
            reason="because",
            step_up=claim,
            vault=VAULT,
            new_id=world.new_id,
            now=world.now,
        )

    assert await fetch_value("select count(*) from tax_reveal where form_id = $1", form_id) == 0
    assert await reveal(world, finance, form_id, claim)


async def test_staff_who_are_not_finance_may_see_it_too(world: World) -> None:
    """Support corrects what a payee got wrong; the trace says who it was."""
    staff = await add_worker(world)
    await members.grant_role(member_id=staff, role=Role.STAFF, now=world.now)
    form_id = await submitted_form(world, await add_worker(world), W9_FORM)

    assert await reveal(world, staff, form_id, await consent(world, staff, form_id, "tin"))


async def test_a_forgotten_member_has_forms_that_open_no_more(world: World) -> None:
    """The rows stay for the books; content and numbers are gone with the key."""
    worker, finance = await add_worker(world), await add_finance_member(world)
    form_id = await submitted_form(world, worker, W9_FORM)

    async with transaction():
        await shred_subject(subject_id=worker)

    assert await queries.open_forms(ids=[form_id], vault=VAULT) == {}
    with pytest.raises(NotFound):
        await reveal(world, finance, form_id, await consent(world, finance, form_id, "tin"))


async def test_a_proven_vat_id_makes_a_business_until_it_is_old_or_taken_back(
    world: World,
) -> None:
    """30 days by the row of law; the newest answer counts."""
    employer = await add_employer(world, country="FR")
    today = world.now.date()

    async def proof(days: int = 0) -> BusinessProof:
        buyer = await queries.vat_buyer(member_id=employer, on=today + timedelta(days=days))
        return buyer.proof

    async def check(*, is_valid: bool, days: int, vat_id: str = "FR40303265045") -> UUID | None:
        async with transaction():
            return await operations.record_vat_check(
                member_id=employer,
                vat_id=vat_id,
                check_id=world.new_id(),
                is_valid=is_valid,
                consultation="WAPIAAAAYeR",
                vault=VAULT,
                new_id=world.new_id,
                now=world.later(timedelta(days=days)),
            )

    assert await check(is_valid=True, days=0) is None
    await submitted_form(world, employer, VAT_FORM)
    assert await proof() is BusinessProof.NONE
    assert await check(is_valid=True, days=1, vat_id="FR23334175221") is None
    assert await check(is_valid=True, days=1)
    assert [await proof(days) for days in (0, 1, 31, 32)] == [
        BusinessProof.NONE,
        BusinessProof.VERIFIED_ID,
        BusinessProof.VERIFIED_ID,
        BusinessProof.NONE,
    ]
    assert await check(is_valid=False, days=2)
    assert await proof(3) is BusinessProof.NONE
    await operations.record_business_proof(
        actor_id=await add_finance_member(world),
        member_id=employer,
        note="Extract of the register of companies.",
        new_id=world.new_id,
        now=world.later(timedelta(days=4)),
    )
    assert await proof(400) is BusinessProof.OTHER
    buyer = await queries.vat_buyer(member_id=employer, on=today + timedelta(days=1))
    assert buyer.is_business and buyer.proof_consultation == "WAPIAAAAYeR"
    assert buyer.location_proofs == 1


async def test_proofs_of_the_place_count_by_kind_and_country(world: World) -> None:
    """Two letters to one address are one proof; the newest of a kind counts."""
    employer = await add_employer(world, country="FR")

    async def seen(kind: str, country: str, days: int) -> int:
        async with transaction():
            await operations.note_location(
                member_id=employer,
                proof_kind=kind,
                country=country,
                now=world.later(timedelta(days=days)),
            )
        on = world.now.date() + timedelta(days=days)
        return (await queries.vat_buyer(member_id=employer, on=on)).location_proofs

    assert await seen("card", "FR", 0) == 1
    assert await seen("card", "FR", 1) == 1
    assert await seen("network", "DE", 2) == 1
    assert await seen("bank", "FR", 3) == 2
    assert await seen("card", "DE", 4) == 1


async def test_self_billing_is_agreed_by_version_and_withdrawn(world: World) -> None:
    """A text that changed has to be read again; what was agreed before stays for its time."""
    worker = await add_worker(world)
    text = await queries.agreement_text(on=world.now.date())

    async def accept(version: str) -> None:
        await operations.accept_self_billing(
            member_id=worker, text_version=version, new_id=world.new_id, now=world.now
        )

    with pytest.raises(operations.AgreementOutdated):
        await accept("0")
    assert not await queries.may_self_bill(member_id=worker, at=world.now)
    await accept(text.version)
    await accept(text.version)
    assert await queries.may_self_bill(member_id=worker, at=world.now)
    before = world.now
    world.now += timedelta(days=1)
    await operations.withdraw_self_billing(member_id=worker, now=world.now)

    assert await queries.may_self_bill(member_id=worker, at=before)
    assert not await queries.may_self_bill(member_id=worker, at=world.now)
    with pytest.raises(InvalidTransition):
        await operations.withdraw_self_billing(member_id=worker, now=world.now)
    count = await fetch_value(
        "select count(*) from self_billing_agreement where member_id = $1", worker
    )
    assert count == 1


async def test_documents_name_a_business_and_never_a_private_person(world: World) -> None:
    """By the form that stands, of the country the member lives in; forgotten people by nothing."""
    worker = await add_worker(world, country="FR")

    async def standing(country: str = "FR") -> queries.VatStanding:
        return await queries.vat_standing(member_id=worker, country=country)

    before = await standing()
    await submitted_form(world, worker, changed(VAT_FORM, "tax_number", "30 23 217 600 053"))
    after = await standing()

    assert (before.status, before.has_vat_id) == (WorkerStatus.PRIVATE, False)
    assert await queries.vat_party(form_id=before.form_id, vault=VAULT) is None
    assert (after.status, after.has_vat_id) == (WorkerStatus.BUSINESS, True)
    assert (await standing("DE")).status is WorkerStatus.PRIVATE
    party = await queries.vat_party(form_id=after.form_id, vault=VAULT)
    assert party is not None
    assert (party.name, party.city, party.vat_id) == ("Atelier Wanda", "Paris", "FR40303265045")
    assert party.tax_number == "3023217600053"
    async with transaction():
        await shred_subject(subject_id=worker)
    assert await queries.vat_party(form_id=after.form_id, vault=VAULT) is None
