"""Staff end a campaign that should not have been: nobody who worked for it loses by that."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.campaigns import operations as campaigns
from domain.database import execute, one_transaction
from domain.given import NewId
from domain.idempotency import operations as idempotency
from domain.idempotency.rules import IdempotencyKey
from domain.tasks import operations as tasks

# A revoked claim may still be handed in by its deadline. What waits for a decision is due now, so
# that the next run of the clock pays it: there may be 100,000 of them.
_REVOKE: Final = """
    update assignment a
    set state = case a.state when 'claimed' then 'revoked' else 'submitted' end,
        approves_at = case a.state when 'claimed' then a.approves_at else $2 end
    from (select id from assignment
          where campaign_id = $1 and state in ('claimed', 'submitted', 'revision_requested')
          order by id for update) found
    where a.id = found.id
"""


@one_transaction
async def block_campaign(
    *,
    staff_id: UUID,
    campaign_id: UUID,
    text: str,
    key: IdempotencyKey,
    new_id: NewId,
    now: datetime,
) -> bool:
    """Open places are paid back (E10), live claims revoked, and what was handed in is approved
    from escrow (P4).

    True for a key that was used before. Refuses with `NotAllowed`, `InvalidInput`, `NotFound` or
    `InvalidTransition`.
    """
    if await idempotency.claim(key=key, now=now) is not None:
        return True
    campaign = await campaigns.begin_block(
        staff_id=staff_id, campaign_id=campaign_id, text=text, now=now
    )
    await execute(_REVOKE, campaign_id, now)
    await tasks.release_open_places(campaign=campaign, actor_id=staff_id, new_id=new_id, now=now)
    await idempotency.answer(key=key, result=str(campaign_id))
    return False
