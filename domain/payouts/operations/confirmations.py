"""A changed destination is confirmed by a code that only the member's mailbox has (C12)."""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.database import execute, fetch, fetch_row, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import Vault
from domain.jobs import enqueue
from domain.payouts.operations.request_payout import route_job

CODE_FIELD: Final = "destination.confirmation"
CODE_BYTES: Final = 10  # 16 letters; more than anybody can try
_OWN: Final = """
    select confirmed_at from destination
    where id = $1 and member_id = $2 and state = 'active' for update
"""
_CONFIRM: Final = "update destination set confirmed_at = $2 where id = $1"
_WAITING: Final = """
    select id from payout
    where destination_id = $1 and state = 'held' and problem = 'destination_unconfirmed'
    order by id
"""


def confirmation_code(*, destination_id: UUID, vault: Vault) -> str:
    """The same whenever it is asked for: it stands in no table, and a letter can be sent again."""
    return b32encode(vault.blind_index(CODE_FIELD, destination_id.bytes)[:CODE_BYTES]).decode()


@one_transaction
async def confirm_destination(
    *, member_id: UUID, destination_id: UUID, code: str, vault: Vault, now: datetime
) -> None:
    """What waits for it goes on by itself; once is enough.

    Refuses with `NotFound`, or `InvalidInput` for another code.
    """
    row = await fetch_row(_OWN, destination_id, member_id)
    if row is None:
        raise NotFound("no such destination")
    given = "".join(code.split()).upper().encode()
    if not hmac.compare_digest(
        given, confirmation_code(destination_id=destination_id, vault=vault).encode()
    ):
        raise InvalidInput("this is not the code of the letter", path=("code",))
    if row["confirmed_at"] is not None:
        return
    await execute(_CONFIRM, destination_id, now)
    waiting = await fetch(_WAITING, destination_id)
    if waiting:
        await enqueue([route_job(each["id"]) for each in waiting])
