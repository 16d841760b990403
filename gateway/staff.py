"""What an operator sets up by hand: who issues documents, and who works for the platform."""

from __future__ import annotations

from domain.access import queries as logins
from domain.errors import Refused
from domain.invoices.operations import ensure_legal_entity
from domain.invoices.rules import LegalEntity
from domain.members.operations import grant_role
from domain.members.rules import Role, email_key
from gateway.given import clock, new_id
from gateway.refused import CommandRefused


async def name_issuer(entity: LegalEntity) -> None:
    """The first one under a code stays as it is: issued documents name it."""
    try:
        await ensure_legal_entity(entity=entity, new_id=new_id)
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal


async def grant(*, email: str, role: Role) -> None:
    known = await logins.credentials_of(email_key=email_key(email))
    if known is None:
        raise CommandRefused("Nobody is registered with this address.")
    try:
        await grant_role(member_id=known.member_id, role=role, now=clock())
    except Refused as refusal:
        raise CommandRefused(str(refusal)) from refusal
