"""Who must prove what in the demo marketplace, and somebody whose payout waits for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from domain.access import operations as access
from domain.access.operations import LoggedIn
from domain.access.provider import PasswordHasher
from domain.access.rules import StepUpClaim, StepUpPurpose, bound_hash
from domain.idempotency.rules import IdempotencyKey
from domain.money import Money
from domain.paging import Page
from domain.payouts import operations as payouts
from domain.payouts import queries as paid
from domain.payouts.rules import destination_content
from domain.verification import operations as verification
from domain.verification import queries as proven
from domain.verification.rules import RulesetState, read_ruleset
from gateway.demo.people import NEWCOMER
from gateway.given import clock, new_id, new_token
from gateway.parts import Parts

RULES: Final = """
[[verification]]
name = "everybody"
level.1 = [
    { check = "PHONE", by = ["sandbox-checks"] },
    { check = "SANCTIONS", by = ["sandbox-checks"], recheck_days = 30 },
]
level.2 = [{ check = "DOCUMENT", by = ["sandbox-checks"] }]

[[required]]
name = "from Kenya, whatever the amount"
level = 1
when.country = "KE"

[[required]]
name = "above 100 dollars"
level = 2
when.currency = "USD"
when.amount_from_micros = 100000000
"""
WANTED: Final = Money(1_000_000, "USD")
KIND: Final = "sandbox"
FIELDS: Final[Mapping[str, str]] = {"account": "Kito's wallet", "scenario": "ok"}
PAGE: Final = Page(limit=1)


async def ask_for_proofs(author_id: UUID, approver_id: UUID) -> None:
    """Written by one, approved by another, as everywhere; whoever withdraws them is left alone."""
    mine = [each for each in await proven.rulesets() if each.author_id == author_id]
    if not mine:
        rules, requirements = read_ruleset(RULES)
        version = await verification.draft_ruleset(
            author_id=author_id,
            rules=rules,
            requirements=requirements,
            effective_from=clock(),
            note="The demo's.",
            new_id=new_id,
            now=clock(),
        )
    elif mine[0].state is RulesetState.DRAFT:  # a start was killed here
        version = mine[0].version
    else:
        return
    await verification.approve_ruleset(version=version, approver_id=approver_id, now=clock())


async def leave_one_waiting(worker_id: UUID, *, parts: Parts, hasher: PasswordHasher) -> None:
    """A payout that is held until its member has proven a phone: `VERIFICATION_NEEDED`."""
    if await paid.payouts_of(worker_id=worker_id, page=PAGE):
        return
    session = await access.log_in(
        email=NEWCOMER.email,
        password=NEWCOMER.password,
        hasher=hasher,
        new_token=new_token,
        new_id=new_id,
        now=clock(),
    )
    known = await paid.destinations_of(member_id=worker_id, page=PAGE)
    destination_id = known[0].id if known else await _destination(session, parts, hasher)
    fingerprint = (await paid.destinations_by_id(ids=[destination_id]))[destination_id].fingerprint
    purpose = StepUpPurpose.PAYOUT_REQUEST
    requested = await payouts.request_payout(
        worker_id=worker_id,
        amount=WANTED,
        destination_id=destination_id,
        step_up=await _step_up(
            session,
            purpose,
            bound_hash(purpose=purpose, amount=WANTED, payee=fingerprint),
            hasher,
        ),
        key=IdempotencyKey(
            actor_id=worker_id,
            operation="demo",
            key="demo payout",
            digest=hashlib.sha256(b"demo payout").digest(),
        ),
        providers=parts.providers.payouts,
        new_id=new_id,
        now=clock(),
    )
    await payouts.route_payout(
        payout_id=requested.payout_id,
        providers=parts.providers.payouts,
        new_id=new_id,
        now=clock(),
    )


async def _destination(session: LoggedIn, parts: Parts, hasher: PasswordHasher) -> UUID:
    place = {"kind": KIND, "country": NEWCOMER.country, "currency": WANTED.currency}
    purpose = StepUpPurpose.DESTINATION_ADD
    content = destination_content(**place, fields=FIELDS)
    bound = bound_hash(purpose=purpose, amount=None, payee=parts.vault.fingerprint(content))
    return await payouts.add_destination(
        member_id=session.member_id,
        **place,
        fields=FIELDS,
        step_up=await _step_up(session, purpose, bound, hasher),
        providers=parts.providers.payouts,
        vault=parts.vault,
        new_id=new_id,
        now=clock(),
    )


async def _step_up(
    session: LoggedIn, purpose: StepUpPurpose, bound: bytes, hasher: PasswordHasher
) -> StepUpClaim:
    step_up_id = await access.begin_step_up(
        session_id=session.session_id, purpose=purpose, bound=bound, new_id=new_id, now=clock()
    )
    await access.complete_step_up(
        step_up_id=step_up_id,
        session_id=session.session_id,
        password=NEWCOMER.password,
        hasher=hasher,
        new_token=new_token,
        now=clock(),
    )
    return StepUpClaim(step_up_id, session.session_id)
