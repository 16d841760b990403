"""The log of what was told of members to somebody outside (P21). Nothing of it ever changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from domain.database import execute, one_transaction
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.given import NewId
from domain.members.queries import require_role
from domain.members.rules import Role
from domain.privacy.rules.disclosures import (
    BASIS_LENGTH_MAX,
    RECIPIENT_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    day_problem,
    fields_problem,
)
from domain.texts import require_text

_INSERT: Final = """
    insert into disclosure (id, member_id, recipient, legal_basis, reference, fields,
                            disclosed_on, may_be_told, recorded_by, recorded_at)
    select $1, m.id, $3, $4, $5, $6, $7, $8, $9, $10 from member m where m.id = $2
"""


@one_transaction
async def record_disclosure(
    *,
    staff_id: UUID,
    member_id: UUID,
    recipient: str,
    legal_basis: str,
    reference: str,
    fields: Sequence[str],
    disclosed_on: date,
    may_be_told: bool,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """What was told of a member, to whom and by which law: names of fields, never their values.

    The member finds it among their data where the law lets them be told. Refuses with
    `NotAllowed` (no staff, or about oneself), `InvalidInput` or `NotFound`.
    """
    await require_role(member_id=staff_id, role=Role.STAFF)
    if staff_id == member_id:
        raise NotAllowed("somebody else writes down what was told of you")
    require_text(recipient, path="recipient", most=RECIPIENT_LENGTH_MAX, is_line=True)
    require_text(legal_basis, path="legal_basis", most=BASIS_LENGTH_MAX, is_line=True)
    require_text(reference, path="reference", most=REFERENCE_LENGTH_MAX, is_line=True)
    problem = fields_problem(fields)
    if problem is not None:
        raise InvalidInput(problem, path=("fields",))
    problem = day_problem(disclosed_on=disclosed_on, today=now.date())
    if problem is not None:
        raise InvalidInput(problem, path=("disclosed_on",))
    disclosure_id = new_id()
    added = await execute(
        _INSERT,
        disclosure_id,
        member_id,
        recipient.strip(),
        legal_basis.strip(),
        reference.strip(),
        list(fields),
        disclosed_on,
        may_be_told,
        staff_id,
        now,
    )
    if added == 0:
        raise NotFound("no such member")
    return disclosure_id
