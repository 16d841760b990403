"""Who issues, and how members are called on a document."""

from __future__ import annotations

from dataclasses import dataclass
from re import fullmatch
from typing import Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import NewId
from domain.invoices.rules import LegalEntity, Party
from domain.members import queries as members
from domain.taxes import operations as taxes


class LegalEntityMissing(LookupError):
    """Nobody may issue documents before `ensure_legal_entity` ran."""


_ENSURE_ENTITY: Final = """
    insert into legal_entity (id, code, name, street, postcode, city, country, vat_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (code) do nothing
"""


@one_transaction
async def ensure_legal_entity(*, entity: LegalEntity, new_id: NewId) -> UUID:
    """Who issues; the first one under a code stays as it is. Refuses with `InvalidInput`."""
    if not fullmatch("[A-Z0-9]{1,8}", entity.code):
        raise InvalidInput("a code has 1 to 8 capital letters and digits", path=("code",))
    if not fullmatch("[A-Z]{2}", entity.country):
        raise InvalidInput("a country is two capital letters", path=("country",))
    if not entity.name.strip():
        raise InvalidInput("the legal entity has a name", path=("name",))
    await execute(
        _ENSURE_ENTITY,
        new_id(),
        entity.code,
        entity.name,
        entity.street,
        entity.postcode,
        entity.city,
        entity.country,
        entity.vat_id,
    )
    await taxes.ensure_vat_seller(code=entity.code, country=entity.country)
    found = await fetch_value("select id from legal_entity where code = $1", entity.code)
    assert isinstance(found, UUID)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    id: UUID
    code: str
    party: Party


async def current_issuer() -> Issuer:
    row = await fetch_row(
        "select id, code, name, street, postcode, city, country, vat_id"
        " from legal_entity order by code limit 1"
    )
    if row is None:
        raise LegalEntityMissing("no legal entity issues documents here")
    party = Party(
        name=row["name"],
        street=row["street"],
        postcode=row["postcode"],
        city=row["city"],
        country=row["country"],
        vat_id=row["vat_id"],
    )
    return Issuer(id=row["id"], code=row["code"], party=party)


async def member_party(member_id: UUID) -> Party:
    """As members are called today; the document keeps it."""
    found = await members.members_by_id(ids=[member_id])
    if member_id not in found:
        raise NotFound("no such member")
    person = (await members.persons_by_id(ids=[member_id])).get(member_id)
    name = person.name if person else f"Member {member_id}"  # erased on request
    return Party(name=name, country=found[member_id].country, member_id=member_id)
