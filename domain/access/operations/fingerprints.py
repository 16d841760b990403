"""Where sign-ins come from: written for risk cases, read by nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from domain.access.operations.sign_in import LoggedIn
from domain.access.rules import Origin, address_content, origin_context
from domain.database import execute, one_transaction
from domain.given import Vault

_NOTE: Final = """
    insert into login_fingerprint (id, member_id, content, address_mark, seen_at)
    values ($1, $2, $3, $4, $5)
"""


@one_transaction
async def note_fingerprint(
    *, signed_in: LoggedIn, origin: Origin, vault: Vault, now: datetime
) -> None:
    """Of a session that has just begun; nobody who sees the database alone can read it."""
    context = origin_context(signed_in.session_id)
    await execute(
        _NOTE,
        signed_in.session_id,
        signed_in.member_id,
        vault.seal(msgspec.json.encode(origin), context=context),
        vault.fingerprint(address_content(origin.address)),
        now,
    )
