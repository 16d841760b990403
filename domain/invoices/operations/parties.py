"""Who issues, and how members are called on a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from re import fullmatch
from typing import Any, Final
from uuid import UUID

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import NewId, Vault
from domain.invoices.rules import LegalEntity, Party, language_of
from domain.members import queries as members
from domain.taxes import operations as taxes
from domain.taxes import queries as taxes_read
from domain.texts import has_unprintable

TEXT_LENGTH_MAX: Final = 200
_TEXTS: Final = (
    "name",
    "street",
    "postcode",
    "city",
    "vat_id",
    "legal_id",
    "tax_number",
    "endpoint",
    "footer",
)


class LegalEntityMissing(LookupError):
    """Nobody may issue documents before `ensure_legal_entity` ran."""


_ENSURE_ENTITY: Final = """
    insert into legal_entity (id, code, name, street, postcode, city, country, vat_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (code) do nothing
"""


@one_transaction
async def ensure_legal_entity(*, entity: LegalEntity, new_id: NewId) -> UUID:
    """Who issues; the first one under a code stays as it is. Refuses with `InvalidInput`."""
    refuse_bad_entity(entity)
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


def refuse_bad_entity(entity: LegalEntity) -> None:
    if not fullmatch("[A-Z0-9]{1,8}", entity.code):
        raise InvalidInput("a code has 1 to 8 capital letters and digits", path=("code",))
    if not fullmatch("[A-Z]{2}", entity.country):
        raise InvalidInput("a country is two capital letters", path=("country",))
    if not entity.name.strip():
        raise InvalidInput("the legal entity has a name", path=("name",))
    for field in _TEXTS:
        text = getattr(entity, field) or ""
        if len(text) > TEXT_LENGTH_MAX or has_unprintable(text):
            raise InvalidInput(
                f"at most {TEXT_LENGTH_MAX} characters, none of them a control", path=(field,)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    id: UUID
    code: str
    party: Party
    footer: str
    logo: str | None


_ISSUER: Final = """
    select id, code, name, street, postcode, city, country, vat_id, legal_id, tax_number,
           endpoint, footer, encode(logo_sha256, 'hex') as logo
    from legal_entity
"""


async def current_issuer() -> Issuer:
    """The active one; with several, the first by code."""
    row = await fetch_row(f"{_ISSUER} where is_active order by code limit 1")
    if row is None:
        raise LegalEntityMissing("no legal entity issues documents here")
    return _issuer(row)


async def has_issuer() -> bool:
    return bool(await fetch_value("select 1 from legal_entity where is_active limit 1"))


async def issuer_of(entity_id: UUID) -> Issuer:
    """Whose number a credit note takes, also when it issues nothing new any more."""
    row = await fetch_row(f"{_ISSUER} where id = $1", entity_id)
    assert row is not None
    return _issuer(row)


def _issuer(row: Mapping[str, Any]) -> Issuer:
    party = Party(
        name=row["name"],
        street=row["street"],
        postcode=row["postcode"],
        city=row["city"],
        country=row["country"],
        vat_id=row["vat_id"],
        legal_id=row["legal_id"],
        tax_number=row["tax_number"],
        endpoint=row["endpoint"],
    )
    return Issuer(
        id=row["id"], code=row["code"], party=party, footer=row["footer"], logo=row["logo"]
    )


async def member_party(member_id: UUID) -> Party:
    """As members are called today; the document keeps it."""
    found = await members.members_by_id(ids=[member_id])
    if member_id not in found:
        raise NotFound("no such member")
    person = (await members.persons_by_id(ids=[member_id])).get(member_id)
    name = person.name if person else ""  # erased on request: the id stands for it
    return Party(name=name, country=found[member_id].country, member_id=member_id)


async def billed_party(member_id: UUID, *, vault: Vault, form_id: UUID | None = None) -> Party:
    """A business as its VAT form calls it: the one given, else the one that stands."""
    party = await member_party(member_id)
    if form_id is None:
        standing = await taxes_read.vat_standing(member_id=member_id, country=party.country)
        form_id = standing.form_id
    business = await taxes_read.vat_party(form_id=form_id, vault=vault)
    if business is None:
        return party
    return replace(
        party,
        name=business.name,
        street=business.street,
        postcode=business.postcode,
        city=" ".join(filter(None, (business.city, business.region))),
        country=business.country,
        vat_id=business.vat_id,
        tax_number=business.tax_number,
    )


async def language_for(member_id: UUID, country: str) -> str:
    """What the member said; else what people read in their country."""
    said = await fetch_value(
        "select language from document_preference where member_id = $1", member_id
    )
    return str(said or language_of(country))
