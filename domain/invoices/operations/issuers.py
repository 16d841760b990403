"""Finance says who issues documents and how they are numbered; each change is kept for ever."""

from __future__ import annotations

import hashlib
from datetime import datetime
from re import fullmatch
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import NewId
from domain.invoices.operations.parties import refuse_bad_entity
from domain.invoices.rules import LANGUAGES, DocumentKind, LegalEntity
from domain.members import queries as members
from domain.members.rules import Role
from domain.taxes import operations as taxes

LOGO_BYTES_MAX: Final = 65_536
LOGO_TYPES: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/svg+xml": b"<"}
PREFIX_LENGTH_MAX: Final = 24
YEAR_MIN: Final = 2000  # what French rules allow a date to have
YEAR_MAX: Final = 2099

_SAVE: Final = """
    insert into legal_entity
        (id, code, name, street, postcode, city, country, vat_id, legal_id, tax_number, endpoint,
         footer, is_active)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (code) do update set
        name = excluded.name, street = excluded.street, postcode = excluded.postcode,
        city = excluded.city, vat_id = excluded.vat_id, legal_id = excluded.legal_id,
        tax_number = excluded.tax_number, endpoint = excluded.endpoint, footer = excluded.footer,
        is_active = excluded.is_active
    returning id
"""
_ENTITY: Final = """
    select code, name, street, postcode, city, country, vat_id, legal_id, tax_number, endpoint,
           footer, is_active
    from legal_entity where code = $1 for update
"""


@one_transaction
async def save_legal_entity(
    *, actor_id: UUID, entity: LegalEntity, new_id: NewId, now: datetime
) -> UUID:
    """A new company, or other data of one. Issued documents keep what they say.

    Its code and its country stay. Refuses with `NotAllowed` or `InvalidInput`.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    refuse_bad_entity(entity)
    row = await fetch_row(_ENTITY, entity.code)
    before = None if row is None else dict(row)
    if before is not None and before["country"] != entity.country:
        raise InvalidInput("a company stays in its country", path=("country",))
    after = msgspec.to_builtins(entity)
    entity_id: UUID = await fetch_value(
        _SAVE,
        new_id(),
        entity.code,
        entity.name,
        entity.street,
        entity.postcode,
        entity.city,
        entity.country,
        entity.vat_id,
        entity.legal_id,
        entity.tax_number,
        entity.endpoint,
        entity.footer,
        entity.is_active,
    )
    await taxes.ensure_vat_seller(code=entity.code, country=entity.country)
    await _record(actor_id, entity.code, before, after, new_id=new_id, now=now)
    return entity_id


@one_transaction
async def set_logo(
    *,
    actor_id: UUID,
    code: str,
    media_type: str,
    content: bytes,
    new_id: NewId,
    now: datetime,
) -> None:
    """A PNG or SVG on every page from now on.

    Refuses with `NotAllowed`, `NotFound` or `InvalidInput`.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    start = LOGO_TYPES.get(media_type)
    if start is None or not content.lstrip().startswith(start):
        raise InvalidInput("a logo is a PNG or an SVG", path=("media_type",))
    if len(content) > LOGO_BYTES_MAX:
        raise InvalidInput(f"a logo has at most {LOGO_BYTES_MAX} bytes", path=("content",))
    digest = hashlib.sha256(content).digest()
    await execute(
        "insert into issuer_logo (sha256, media_type, content) values ($1, $2, $3)"
        " on conflict do nothing",
        digest,
        media_type,
        content,
    )
    if not await execute("update legal_entity set logo_sha256 = $2 where code = $1", code, digest):
        raise NotFound("no such company")
    await _record(actor_id, code, None, {"logo": digest.hex()}, new_id=new_id, now=now)


_SET_PREFIX: Final = """
    insert into number_series (legal_entity_id, document_kind, fiscal_year, prefix)
    select id, $2, $3, $4 from legal_entity where code = $1
    on conflict (legal_entity_id, document_kind, fiscal_year)
    do update set prefix = excluded.prefix where number_series.next_number = 1
    returning true
"""
_PREFIX_TAKEN: Final = """
    select 1 from number_series s join legal_entity e on e.id = s.legal_entity_id
    where s.prefix = $4 and s.fiscal_year = $3 and not (e.code = $1 and s.document_kind = $2)
"""


@one_transaction
async def set_series_prefix(
    *,
    actor_id: UUID,
    code: str,
    kind: DocumentKind,
    year: int,
    prefix: str,
    new_id: NewId,
    now: datetime,
) -> None:
    """What stands before the year in every number of a series that has taken none yet.

    Refuses with `NotAllowed`, `NotFound` or `InvalidInput`.
    """
    await members.require_role(member_id=actor_id, role=Role.FINANCE)
    if not fullmatch(r"[A-Za-z0-9+/_-]+", prefix) or len(prefix) > PREFIX_LENGTH_MAX:
        raise InvalidInput("letters, digits and + - _ /, at most 24", path=("prefix",))
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise InvalidInput(f"a year from {YEAR_MIN} to {YEAR_MAX}", path=("year",))
    if not fullmatch("[A-Z0-9]{1,8}", code) or not await fetch_value(
        "select 1 from legal_entity where code = $1", code
    ):
        raise NotFound("no such company")
    if await fetch_value(_PREFIX_TAKEN, code, kind.value, year, prefix):
        raise InvalidInput("another series of that year has it", path=("prefix",))
    if not await fetch_value(_SET_PREFIX, code, kind.value, year, prefix):
        raise InvalidInput("the series has numbers already", path=("year",))
    after = {"kind": kind.value, "year": year, "prefix": prefix}
    await _record(actor_id, code, None, after, new_id=new_id, now=now)


@one_transaction
async def set_document_language(*, member_id: UUID, language: str) -> None:
    """Of documents from now on. Refuses with `InvalidInput`."""
    if language not in LANGUAGES:
        raise InvalidInput("documents are not written in this language", path=("language",))
    await execute(
        "insert into document_preference (member_id, language) values ($1, $2)"
        " on conflict (member_id) do update set language = excluded.language",
        member_id,
        language,
    )


async def _record(
    actor_id: UUID,
    subject: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    *,
    new_id: NewId,
    now: datetime,
) -> None:
    await execute(
        "insert into issuer_change (id, actor_id, subject, changed_at, before, after)"
        " values ($1, $2, $3, $4, $5, $6)",
        new_id(),
        actor_id,
        subject,
        now,
        None if before is None else msgspec.json.encode(before).decode(),
        msgspec.json.encode(after).decode(),
    )
