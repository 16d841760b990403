"""Brings an offer of another marketplace over as a draft with its tasks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns import operations as campaigns
from domain.campaigns.rules import Category
from domain.database import one_transaction
from domain.errors import InvalidInput
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.imports.rules import Draft, Source, draft_of
from domain.tasks import operations as tasks
from domain.texts import require_text

TOKEN_LENGTH_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Imported:
    campaign_id: UUID
    draft: Draft
    replayed: bool


async def import_campaign(
    *,
    employer_id: UUID,
    source: Source,
    document: str,
    category: Category | None,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> Imported:
    """A draft with its tasks, all of it or nothing; nothing is set aside yet.

    A document with a token of its own is imported once, whatever key it comes with. Refuses with
    `NotAllowed`, `VatUndecided`, `IdempotencyMismatch`, or `InvalidInput` whose path begins with
    the document.
    """
    draft = draft_of(document, source=source, category=category)
    if draft.token is not None:
        require_text(draft.token, path="document", most=TOKEN_LENGTH_MAX, is_line=True)
        said = f"{category} {document}".encode()
        digest = hashlib.sha256(said).digest()
        key = replace(key, key=f"{source.value}:{draft.token}", digest=digest)
    try:
        return await _import(employer_id=employer_id, draft=draft, key=key, new_id=new_id, now=now)
    except InvalidInput as refusal:
        raise InvalidInput(str(refusal), path=("document", *refusal.path)) from refusal


@one_transaction
async def _import(
    *, employer_id: UUID, draft: Draft, key: IdempotencyKey, new_id: NewId, now: datetime
) -> Imported:
    earlier = await idempotency.claim(key=key, now=now)
    if earlier is not None:
        return Imported(UUID(earlier), draft, replayed=True)
    campaign_id = await campaigns.draft_campaign(
        employer_id=employer_id,
        terms=draft.terms,
        instructions=draft.instructions,
        clauses=(),
        checks=draft.checks,
        new_id=new_id,
        now=now,
    )
    await tasks.append_tasks(
        employer_id=employer_id, campaign_id=campaign_id, tasks=draft.tasks, new_id=new_id
    )
    await idempotency.answer(key=key, result=str(campaign_id))
    return Imported(campaign_id, draft, replayed=False)
