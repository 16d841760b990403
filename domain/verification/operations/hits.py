"""Entries of lists that may be a member; what a person decided about one is not asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.database import execute, fetch
from domain.verification.operations.rows import Asking
from domain.verification.provider import CheckOutcome, Subject
from domain.verification.queries import CheckRow, VerificationRow, hit_context
from domain.verification.rules import HOLDING, HitState

_KEEP: Final = """
    insert into verification_hit
        (id, member_id, check_id, state, list_id, entry_id, entry_digest, subject_digest, score,
         entry_name, programmes, found_at)
    values ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (member_id, list_id, entry_id, entry_digest, subject_digest)
    do update set check_id = $3,
        state = case verification_hit.state when 'gone' then 'open' else verification_hit.state end,
        decided_at = case verification_hit.state when 'gone' then null
                     else verification_hit.decided_at end
    returning id, state
"""
_REVISED: Final = """
    update verification_hit set state = 'gone', decided_at = $3
    where member_id = $1 and state = 'open' and not id = any($2) and list_id = any($4)
"""
_DECIDE: Final = """
    update verification_hit set state = $2, decided_at = $3
    where check_id = $1 and state = 'open'
"""


async def keep_hits(
    verification: VerificationRow,
    check: CheckRow,
    outcome: CheckOutcome,
    *,
    subject: Subject,
    asking: Asking,
    now: datetime,
) -> bool:
    """Whether a person must look: one of them is not cleared for this member as it is now."""
    digest = subject_digest(subject, asking=asking)
    found: list[UUID] = []
    is_open = False
    for each in outcome.hits:
        hit_id = asking.new_id()
        row = await fetch(
            _KEEP,
            hit_id,
            verification.member_id,
            check.id,
            each.list_id,
            each.entry_id,
            each.entry_digest,
            digest,
            each.score,
            asking.vault.seal(each.name.encode(), context=hit_context(verification.member_id)),
            list(each.programmes),
            now,
        )
        found.append(row[0]["id"])
        is_open |= HitState(row[0]["state"]) in HOLDING
    # An entry that was changed or struck off is no hit any more; nobody needs to decide it.
    lists = [each.list_id for each in outcome.lists]
    await execute(_REVISED, verification.member_id, found, now, lists)
    return is_open


async def decide_hits(check_id: UUID, *, state: HitState, now: datetime) -> None:
    await execute(_DECIDE, check_id, state.value, now)


def subject_digest(subject: Subject, *, asking: Asking) -> bytes:
    """Equal as long as what the verifier is told stays the same."""
    return asking.vault.fingerprint(msgspec.json.encode(subject))
