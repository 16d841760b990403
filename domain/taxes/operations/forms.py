"""Takes tax forms, ends them, and shows a whole number to who may see it, with a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, Final
from uuid import UUID

import msgspec

from domain.access.operations import spend_step_up
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.database import execute, fetch, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound, Refused
from domain.given import NewId, Vault
from domain.jobs import JobRequest, enqueue
from domain.members import queries as members
from domain.members.rules import Role
from domain.reference import queries as reference
from domain.taxes.operations.b_notices import answer_by_w9
from domain.taxes.operations.proofs import note_location
from domain.taxes.queries import forms as queries
from domain.taxes.queries.forms import FORM_TABLE
from domain.taxes.rules.forms import (
    PERJURY_VERSION,
    FieldProblem,
    FormKind,
    Person,
    TaxForm,
    end_of_third_year,
)
from domain.taxes.rules.numbers import TaxNumber
from domain.taxes.rules.profile import EndReason
from domain.taxes.rules.union_forms import VatForm
from domain.taxes.rules.us_forms import W9
from domain.texts import require_text
from domain.vault import operations as vaulted
from domain.vault import queries as vault_queries
from domain.vault.rules import Place

REASON_LENGTH_MIN: Final = 10
REASON_LENGTH_MAX: Final = 500


class TaxFormInvalid(Refused):
    """Fields contradict the law or each other; every one is named, none is shown."""

    code: ClassVar[str] = "TAX_FORM_INVALID"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("the form has fields that are not right")
        self.problems = tuple(problems)


_LOCK_MEMBER: Final = "select true from member where id = $1 for no key update"
_INSERT: Final = """
    insert into tax_form
        (id, member_id, form_kind, version, country, vat_status, text_version, flags,
         is_backup_exempt, valid_until, submitted_at)
    select $1, $2, $3,
           1 + coalesce((select max(version) from tax_form where member_id = $2 and form_kind = $3),
                        0),
           $4, $5, $6, $7, $8, $9, $10
"""
_END: Final = """
    insert into tax_form_end (form_id, reason, ended_at)
    select f.id, $3, $4 from tax_form f
    where f.member_id = $1 and f.form_kind = any($2)
      and not exists (select from tax_form_end e where e.form_id = f.id)
"""
_INSERT_NUMBER: Final = """
    insert into tax_number
        (form_id, field, member_id, number_kind, country, last_four, blind_index)
    values ($1, $2, $3, $4, $5, $6, $7)
"""
# The same number sent by two members at once: the second sees the first.
_LOCK_NUMBER: Final = "select pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 28))"
_TWINS: Final = """
    insert into tax_number_twin (form_id, field, other_member_id, noticed_at)
    select distinct $1::uuid, $2, n.member_id, $5::timestamptz
    from tax_number n where n.blind_index = $3 and n.member_id <> $4
"""
# Who gives one of the two says what they are, so the other no longer stands.
_US_FORMS: Final = (FormKind.W9, FormKind.W8BEN)


@one_transaction
async def submit_form(
    *, member_id: UUID, form: TaxForm, vault: Vault, new_id: NewId, now: datetime
) -> UUID:
    """A new version; the one before ends and stays. Numbers go into the vault.

    Refuses with `TaxFormInvalid` or `NotFound`.
    """
    today = now.date()
    problems = list(form.problems(today))
    if problems:
        raise TaxFormInvalid(problems)
    person = await _person(member_id)
    await fetch_value(_LOCK_MEMBER, member_id)
    form_id = new_id()
    await _end(member_id, form.kind, EndReason.SUPERSEDED, now)
    await execute(
        _INSERT,
        form_id,
        member_id,
        form.kind.value,
        form.country,
        form.status.value if isinstance(form, VatForm) else None,
        PERJURY_VERSION,
        [flag.value for flag in form.flags(person)],
        form.is_exempt_from_backup if isinstance(form, W9) else True,
        await _valid_until(form.kind, today),
        now,
    )
    numbers = form.numbers()
    await _note_numbers(form_id, member_id, numbers, vault, now)
    content = msgspec.json.encode(form.content())
    texts = {name: number.value.encode() for name, number in numbers.items()}
    values = {
        Place(FORM_TABLE, form_id, name): text
        for name, text in {**texts, "content": content}.items()
    }
    await vaulted.seal_values(subject_id=member_id, values=values, vault=vault, now=now)
    if form.kind is FormKind.W9:
        await answer_by_w9(member_id=member_id, now=now)
    else:
        await note_location(
            member_id=member_id, proof_kind="billing_address", country=form.country, now=now
        )
    await _tell(member_id)
    return form_id


@one_transaction
async def report_change(*, member_id: UUID, kind: FormKind, now: datetime) -> None:
    """Circumstances have changed, so the form no longer stands; a new one is asked for.

    Refuses with `InvalidTransition` when none stands.
    """
    await fetch_value(_LOCK_MEMBER, member_id)
    if not await _end(member_id, kind, EndReason.CHANGED, now, only=True):
        raise InvalidTransition(subject="the form", state="missing", event="report a change")
    await _tell(member_id)


@one_transaction
async def reveal_number(
    *,
    actor_id: UUID,
    form_id: UUID,
    field: str,
    reason: str,
    step_up: StepUpClaim,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> str:
    """A whole number, to staff, for a reason, after a fresh step-up bound to this very field.

    The trace and the number come together: what is shown was written down. Refuses with
    `NotAllowed`, `InvalidInput`, `StepUpRequired` or `NotFound`.
    """
    actor = (await members.members_by_id(ids=[actor_id])).get(actor_id)
    if actor is None or not {Role.STAFF, Role.FINANCE} & set(actor.roles):
        raise NotAllowed("only staff see whole numbers")
    require_text(reason, path="reason", least=REASON_LENGTH_MIN, most=REASON_LENGTH_MAX)
    form = (await queries.forms_by_id(ids=[form_id])).get(form_id)
    if form is None or field not in {number.field for number in form.numbers}:
        raise NotFound("no such number")
    bound = bound_hash(
        purpose=StepUpPurpose.TAX_REVEAL,
        amount=None,
        payee=vault.fingerprint(reveal_content(form_id, field)),
    )
    await spend_step_up(claim=step_up, purpose=StepUpPurpose.TAX_REVEAL, bound=bound, now=now)
    await execute(
        "insert into tax_reveal (id, actor_id, member_id, form_id, field, reason, revealed_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        actor_id,
        form.member_id,
        form_id,
        field,
        reason.strip(),
        now,
    )
    values = await vault_queries.open_values(owner_table=FORM_TABLE, row_ids=[form_id], vault=vault)
    value = values.get(Place(FORM_TABLE, form_id, field))
    if value is None:
        raise NotFound("no such number")  # its key was destroyed
    return value.decode()


def reveal_content(form_id: UUID, field: str) -> bytes:
    """What the step-up consents to."""
    return b"tax reveal " + form_id.bytes + field.encode()


async def _tell(member_id: UUID) -> None:
    """Whoever was asked about the numbers of before is to be asked about those of now."""
    await enqueue([JobRequest(name="tax_form_given", arguments={"member_id": str(member_id)})])


async def _end(
    member_id: UUID, kind: FormKind, reason: EndReason, now: datetime, *, only: bool = False
) -> int:
    assert in_transaction()
    kinds = [kind] if only or kind not in _US_FORMS else list(_US_FORMS)
    return await execute(_END, member_id, [each.value for each in kinds], reason.value, now)


async def _person(member_id: UUID) -> Person:
    member = (await members.members_by_id(ids=[member_id])).get(member_id)
    known = (await members.persons_by_id(ids=[member_id])).get(member_id)
    if member is None or known is None:
        raise NotFound("no such member")
    return Person(name=known.name, country=member.country, born_on=known.born_on)


async def _valid_until(kind: FormKind, today: date) -> date | None:
    if kind is not FormKind.W8BEN:
        return None
    book = await reference.rule_book(kinds=["us_form"])
    years = book.get("us_form", "w8ben", today)["calendar_years"]
    return end_of_third_year(today, years=years)


async def _note_numbers(
    form_id: UUID,
    member_id: UUID,
    numbers: Mapping[str, TaxNumber],
    vault: Vault,
    now: datetime,
) -> None:
    """Indexes in one order, so that two members with two numbers in common never wait crosswise."""
    indexed = [
        (vault.blind_index(number.index_field, number.value.encode()), name, number)
        for name, number in numbers.items()
    ]
    for index, name, number in sorted(indexed, key=lambda each: each[:2]):
        await fetch(_LOCK_NUMBER, index)
        await execute(_TWINS, form_id, name, index, member_id, now)
        await execute(
            _INSERT_NUMBER,
            form_id,
            name,
            member_id,
            number.kind.value,
            number.country,
            number.last_four,
            index,
        )
