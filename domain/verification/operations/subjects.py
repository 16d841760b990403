"""What is known of a member, for a verifier that may know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from domain.database import fetch
from domain.given import Vault
from domain.members import queries as members
from domain.taxes import queries as taxes
from domain.taxes.rules.numbers import NumberKind
from domain.taxes.rules.numbers import TaxNumber as Certified
from domain.verification import queries
from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    CheckRequest,
    EvidenceFile,
    Subject,
    TaxNumber,
)
from domain.verification.queries import CheckRow

OF_TAX_NUMBERS: Final = frozenset(
    {CheckKind.TAX_ID_FORMAT, CheckKind.TAX_ID_ISSUED, CheckKind.VAT_ACTIVE}
)
_UPLOADS: Final = """
    select id, name, media_type, digest, content from verification_upload
    where check_id = $1 and content is not null order by name
"""


async def subject_of(member_id: UUID, kind: CheckKind, *, vault: Vault) -> Subject:
    """All of it; the guard tells a verifier only what its manifest declares.

    A check of a number is about who signed the form with it: a business has another name.
    """
    subject = (await subjects_of([member_id], vault=vault))[member_id]
    certified = await _certified(member_id, kind, vault)
    if certified is None:
        return subject
    return replace(subject, name=certified.holder_name, tax_number=_told(certified.number))


async def subjects_of(member_ids: Sequence[UUID], *, vault: Vault) -> dict[UUID, Subject]:
    """As above, without numbers."""
    found = await members.members_by_id(ids=member_ids)
    persons = await members.persons_by_id(ids=member_ids)
    profiles = await queries.profiles(member_ids=member_ids, vault=vault)
    return {
        each: _subject(member, persons.get(each), profiles[each]) for each, member in found.items()
    }


def _subject(
    member: members.MemberRecord, person: members.PersonRecord | None, profile: queries.Profile
) -> Subject:
    return Subject(
        entity=profile.entity,
        name=None if person is None else person.name,
        born_on=None if person is None else person.born_on,
        country=member.country,
        email=None if person is None else person.email,
        phone=profile.phone,
    )


async def _certified(
    member_id: UUID, kind: CheckKind, vault: Vault
) -> taxes.CertifiedNumber | None:
    """Nothing is opened for a check that asks for no number."""
    if kind is CheckKind.VAT_ACTIVE:
        return await taxes.certified_vat_id(member_id=member_id, vault=vault)
    if kind in OF_TAX_NUMBERS:
        return await taxes.certified_tax_number(member_id=member_id, vault=vault)
    return None


def _told(number: Certified) -> TaxNumber:
    """What a form calls foreign has a word of its own country, which nobody asked for."""
    word = "" if number.kind is NumberKind.FOREIGN else number.kind.value
    return TaxNumber(country=number.country, kind=word, number=number.value)


def country_of(kind: CheckKind, subject: Subject) -> str:
    """Whose verifiers are asked: for a tax number those of its country."""
    if kind in OF_TAX_NUMBERS and subject.tax_number is not None:
        return subject.tax_number.country
    assert subject.country is not None, "members have a country"
    return subject.country


async def request_of(
    check: CheckRow, subject: Subject, *, vault: Vault, as_of: date, return_url: str = ""
) -> CheckRequest:
    return CheckRequest(
        check_ref=check.check_ref,
        kind=check.kind,
        subject=subject,
        as_of=as_of,
        given=queries.given_of(check, vault=vault),
        files=await _files(check, vault=vault),
        return_url=return_url,
        provider_ref=check.provider_ref,
    )


def lacking(needs: CheckNeeds, request: CheckRequest) -> tuple[str, ...]:
    """Codes of what the member is asked for before anybody else is."""
    names = {each.name for each in request.files}
    fields = sorted(each.value for each in needs.lacking(request.subject))
    return (
        *(f"needs_{each}" for each in fields),
        *(f"needs_file_{each}" for each in needs.files if each not in names),
    )


async def _files(check: CheckRow, *, vault: Vault) -> tuple[EvidenceFile, ...]:
    return tuple(
        EvidenceFile(
            name=row["name"],
            media_type=row["media_type"],
            digest=row["digest"],
            content=vault.unseal(row["content"], context=upload_context(row["id"])),
        )
        for row in await fetch(_UPLOADS, check.id)
    )


def upload_context(upload_id: UUID) -> bytes:
    return f"verification_upload:{upload_id}:content".encode()
