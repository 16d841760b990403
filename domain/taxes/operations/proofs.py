"""Proofs that a decision about VAT leans on, and the agreement that lets us write documents."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from domain.database import execute, fetch_value, in_transaction, one_transaction
from domain.errors import InvalidTransition, NotAllowed, NotFound, Refused
from domain.given import NewId, Vault
from domain.members import queries as members
from domain.members.rules import Role
from domain.taxes.queries import forms as queries
from domain.taxes.queries.numbers import certified_vat_id
from domain.taxes.rules.forms import FormKind
from domain.texts import require_text

NOTE_LENGTH_MAX: Final = 500


class AgreementOutdated(Refused):
    """The text has changed since the member saw it."""

    code: ClassVar[str] = "AGREEMENT_OUTDATED"
    argument: ClassVar[str | None] = "text_version"


_PROOF: Final = """
    insert into vat_proof
        (id, form_id, outcome, check_id, consultation, note, recorded_by, proven_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def record_vat_check(
    *,
    member_id: UUID,
    vat_id: str | None,
    check_id: UUID,
    is_valid: bool,
    consultation: str | None,
    vault: Vault,
    new_id: NewId,
    now: datetime,
) -> UUID | None:
    """What a verifier found out about `vat_id`; None as the id: about whatever stands.

    `check_id` names the verifier's own record. None when the form that stands has no such id:
    while somebody was asked, the member has given another one, and that one is not proven.
    """
    assert in_transaction()
    found = await certified_vat_id(member_id=member_id, vault=vault)
    if found is None or vat_id not in (None, found.number.value):
        return None
    proof_id, outcome = new_id(), "valid" if is_valid else "invalid"
    await execute(_PROOF, proof_id, found.form_id, outcome, check_id, consultation, None, None, now)
    return proof_id


@one_transaction
async def record_business_proof(
    *, actor_id: UUID, member_id: UUID, note: str, new_id: NewId, now: datetime
) -> UUID:
    """Finance has seen another proof that the member is a business (Reg. 282/2011, art. 18).

    Refuses with `NotAllowed`, `InvalidInput` or `NotFound`.
    """
    actor = (await members.members_by_id(ids=[actor_id])).get(actor_id)
    if actor is None or Role.FINANCE not in actor.roles:
        raise NotAllowed("only finance accepts other proofs")
    require_text(note, path="note", most=NOTE_LENGTH_MAX)
    form = await queries.current_form(member_id=member_id, kind=FormKind.VAT)
    if form is None:
        raise NotFound("the member has said nothing about VAT")
    proof_id = new_id()
    await execute(_PROOF, proof_id, form.id, "other", None, None, note.strip(), actor_id, now)
    return proof_id


_LOCATION: Final = """
    insert into location_proof (member_id, proof_kind, country, seen_at) values ($1, $2, $3, $4)
    on conflict do nothing
"""


async def note_location(*, member_id: UUID, proof_kind: str, country: str, now: datetime) -> None:
    """Where a member seems to be: billing_address, network, bank, card, phone or other."""
    assert in_transaction()
    await execute(_LOCATION, member_id, proof_kind, country, now)


_LOCK_MEMBER: Final = "select true from member where id = $1 for no key update"
_STANDS: Final = """
    select text_version from self_billing_agreement where member_id = $1 and withdrawn_at is null
"""
_WITHDRAW: Final = """
    update self_billing_agreement set withdrawn_at = $2
    where member_id = $1 and withdrawn_at is null
"""
_ACCEPT: Final = """
    insert into self_billing_agreement (id, member_id, text_version, accepted_at)
    values ($1, $2, $3, $4)
"""


@one_transaction
async def accept_self_billing(
    *, member_id: UUID, text_version: str, new_id: NewId, now: datetime
) -> None:
    """From now on we may write the member's documents. The same again changes nothing.

    Refuses with `AgreementOutdated`.
    """
    text = await queries.agreement_text(on=now.date())
    if text.version != text_version:
        raise AgreementOutdated("the text has changed: read it again")
    await fetch_value(_LOCK_MEMBER, member_id)
    if await fetch_value(_STANDS, member_id) == text_version:
        return
    await execute(_WITHDRAW, member_id, now)
    await execute(_ACCEPT, new_id(), member_id, text_version, now)


@one_transaction
async def withdraw_self_billing(*, member_id: UUID, now: datetime) -> None:
    """From now on the member writes documents alone; what was issued stays.

    Refuses with `InvalidTransition` when nothing was agreed.
    """
    if not await execute(_WITHDRAW, member_id, now):
        raise InvalidTransition(subject="the agreement", state="missing", event="withdraw")
