"""A3: what staff, friends, workers and verifiers are asked moves by its table alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from domain.database import execute, fetch_row, fetch_value, transaction
from domain.errors import InvalidTransition
from domain.invitations import operations as friends
from domain.invitations import rules as invitations
from domain.invitations.rules import AddressRefused, InvitationLetter
from domain.matching import operations as matching
from domain.matching import rules as campaign_invitations
from domain.matching.rules import InviteResult
from domain.members.rules import Role
from domain.referrals import operations as referral_operations
from domain.referrals import rules as referrals
from domain.tasks import operations as tasks
from domain.tickets import operations
from domain.tickets import rules as tickets
from domain.verification.operations.rows import save_check
from domain.verification.provider import CheckKind, CheckState
from domain.verification.queries import CheckRow
from domain.verification.rules import CHECK_MOVES
from tests.machines.tables import all_pairs_of
from tests.make.campaigns import approve, claim, rich_employer, running, submitted
from tests.make.invitations import invite
from tests.make.members import add_staff, add_worker
from tests.make.referrals import add_referee
from tests.make.tickets import ask_staff
from tests.make.world import World

pytestmark = pytest.mark.asyncio
TEXT: Final = "What is said here does not matter at all."


async def put(sql: str, *arguments: object) -> None:
    async with transaction():
        await execute(sql, *arguments)


@all_pairs_of(tickets.MOVES)
async def test_a_ticket_refuses_every_other_event(world: World) -> None:
    """All pairs, through the operations that its member and staff send."""
    member, staff = await add_worker(world), await add_staff(world, Role.STAFF)
    key = await ask_staff(world, member)
    senders = {
        tickets.TicketEvent.REPLY: (member,),
        tickets.TicketEvent.ANSWER: (staff,),
        tickets.TicketEvent.RESOLVE: (member, staff),
    }
    assert senders.keys() == set(tickets.TicketEvent)

    for state, event in product(tickets.TicketState, tickets.TicketEvent):
        target = tickets.MOVES.get((state, event))
        for sender in senders[event]:
            await _put_ticket(key, state, world)
            if target is None:
                with pytest.raises(InvalidTransition) as refusal:
                    await _said(event, key, sender, world)
                assert (refusal.value.state, refusal.value.event) == (state, event)
            else:
                await _said(event, key, sender, world)
            found = await fetch_value("select state from ticket where id = $1", key)
            assert found == (target or state)


async def _said(event: tickets.TicketEvent, key: UUID, sender: UUID, world: World) -> None:
    match event:
        case tickets.TicketEvent.REPLY:
            await operations.reply_to_ticket(
                member_id=sender, ticket_id=key, text=TEXT, now=world.now
            )
        case tickets.TicketEvent.ANSWER:
            await operations.answer_ticket(staff_id=sender, ticket_id=key, text=TEXT, now=world.now)
        case tickets.TicketEvent.RESOLVE:
            await operations.resolve_ticket(actor_id=sender, ticket_id=key, now=world.now)


async def _put_ticket(key: UUID, state: tickets.TicketState, world: World) -> None:
    is_over = state is tickets.TicketState.RESOLVED
    await put(
        "update ticket set state = $2, resolved_at = $3, resolved_side = $4 where id = $1",
        key,
        state.value,
        world.now if is_over else None,
        "staff" if is_over else None,
    )


class Inviting:
    """An employer, who has paid a worker for each state, and a campaign that runs."""

    workers: Mapping[campaign_invitations.CampaignInvitationState, UUID]
    employer: UUID
    campaign: UUID

    def __init__(self, world: World) -> None:
        self.world = world

    async def begin(self) -> None:
        self.employer = await rich_employer(self.world)
        before = await running(self.world, self.employer, places=(9,))
        self.campaign = await running(self.world, self.employer, places=(9,))
        self.workers = {
            state: await add_worker(self.world)
            for state in campaign_invitations.CampaignInvitationState
        }
        for state, worker in self.workers.items():
            done = await submitted(self.world, worker, before)
            await approve(self.world, self.employer, done)
            await put(
                "insert into campaign_invitation values ($1, $2, $3, $4, true)",
                self.campaign,
                worker,
                state.value,
                self.world.now,
            )

    async def require(self, event: campaign_invitations.CampaignInvitationEvent) -> None:
        """Each has moved as the table says, or stands where it was."""
        for state, worker in self.workers.items():
            found = await fetch_value(
                "select state from campaign_invitation where campaign_id = $1 and worker_id = $2",
                self.campaign,
                worker,
            )
            assert found == (campaign_invitations.MOVES.get((state, event)) or state), event


@all_pairs_of(campaign_invitations.MOVES)
async def test_an_invitation_to_a_campaign_moves_by_its_table_alone(world: World) -> None:
    """All pairs: a refusal is one; the employer reads who stands where he was."""
    events = campaign_invitations.CampaignInvitationEvent
    cases = {event: Inviting(world) for event in events}
    for case in cases.values():
        await case.begin()

    invited = cases[events.INVITE]
    results = await matching.invite_workers(
        employer_id=invited.employer,
        campaign_id=invited.campaign,
        worker_ids=list(invited.workers.values()),
        now=world.now,
    )
    for state, worker in invited.workers.items():
        is_listed = (state, events.INVITE) in campaign_invitations.MOVES
        wanted = InviteResult.INVITED if is_listed else InviteResult.ALREADY_INVITED
        assert results[worker] is wanted
    for worker in cases[events.CLAIM].workers.values():
        await claim(world, worker, cases[events.CLAIM].campaign)
    declined = cases[events.DECLINE]
    for state, worker in declined.workers.items():
        await _declined(declined.campaign, state, worker)
    ended = cases[events.END]
    await tasks.stop_campaign(
        employer_id=ended.employer,
        campaign_id=ended.campaign,
        key=world.key(ended.employer),
        new_id=world.new_id,
        now=world.now,
    )

    for event, case in cases.items():
        await case.require(event)


async def _declined(
    campaign: UUID, state: campaign_invitations.CampaignInvitationState, worker: UUID
) -> None:
    event = campaign_invitations.CampaignInvitationEvent.DECLINE
    if (state, event) in campaign_invitations.MOVES:
        await matching.decline_invitation(worker_id=worker, campaign_id=campaign)
        return
    with pytest.raises(InvalidTransition) as refusal:
        await matching.decline_invitation(worker_id=worker, campaign_id=campaign)
    assert (refusal.value.state, refusal.value.event) == (state, event)


class Post:
    """The mail server; `is_refused`: it takes no letters to this address."""

    is_refused = False

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:
        assert letter.to and invitation_id
        if self.is_refused:
            raise AddressRefused


_LIVES: Final = """
    update invitation set state = $2, created_at = $3, letter_count = $4, is_letter_due = $4 > 0,
        next_at = case when $4 = 3 then $3::timestamptz + interval '30 days'
                       else $3::timestamptz + interval '72 hours' * sign($4) end
    where id = $1
"""
_OVER: Final = """
    update invitation set state = $2, address = null, address_key = null, token = null,
        is_letter_due = false, next_at = null, ended_at = $3
    where id = $1
"""
LIVE: Final = (
    invitations.InvitationState.CREATED,
    invitations.InvitationState.SENT,
    invitations.InvitationState.REMINDED_1,
    invitations.InvitationState.REMINDED_2,
)


@all_pairs_of(invitations.MOVES)
async def test_a_letter_to_a_friend_moves_by_its_table_alone(world: World, tmp_path: Path) -> None:
    """All pairs. There is nobody to be refused: who is written to holds a token, and no more."""
    states, events = invitations.InvitationState, invitations.InvitationEvent
    start = world.now
    for state, event in product(states, events):
        world.now = start
        inviter = await add_worker(world)
        key = await invite(world, inviter, tmp_path)
        row = await fetch_row("select * from invitation where id = $1", key)
        assert row is not None
        if state in LIVE:
            await put(_LIVES, key, state.value, world.now, LIVE.index(state))
        else:
            await put(_OVER, key, state.value, world.now)

        await _sent(event, key, row, world)

        found = await fetch_value("select state from invitation where id = $1", key)
        target = invitations.MOVES.get((state, event))
        if (state, event) == (states.CREATED, events.EXPIRE):
            target = states.SENT  # nobody has heard of it: the clock writes first
        if (state, event) == (states.CREATED, events.OPT_OUT):
            target = states.EXPIRED  # and no letter that was never sent is refused
        assert found == (target or state), (state, event)


async def _sent(
    event: invitations.InvitationEvent, key: UUID, row: Mapping[str, Any], world: World
) -> None:
    events, post = invitations.InvitationEvent, Post()
    match event:
        case events.WRITE:
            world.now += timedelta(hours=73)
            await friends.advance_invitations(now=world.now)
        case events.ACCEPT:
            await add_referee(world, row["inviter_id"], email=row["address"])
            await put(
                "update invitation set next_at = next_at + interval '1 hour' where id = $1", key
            )
            await friends.advance_invitations(now=world.now)
        case events.OPT_OUT:
            await friends.opt_out(token=row["token"], now=world.now)
        case events.BOUNCE:
            post.is_refused = True
            await friends.mail_invitation(invitation_id=key, mailer=post, now=world.now)
        case events.EXPIRE:
            world.now += timedelta(days=31)
            await friends.advance_invitations(now=world.now)


_REFERRAL: Final = """
    update referral set state = $2, rewarded_through = $3,
        reject_reason = case when $2 = 'rejected' then 'self' end,
        claw_back_text = case when $2 = 'clawed_back' then $4 end,
        clawed_back_by = case when $2 = 'clawed_back' then $5::uuid end,
        clawed_back_at = case when $2 = 'clawed_back' then $3::timestamptz end
    where id = $1
"""


@all_pairs_of(referrals.MOVES)
async def test_a_referral_moves_by_its_table_alone(world: World) -> None:
    """Staff are refused where it cannot be taken back; time ends what lives, and nothing else."""
    staff = await add_staff(world, Role.STAFF)
    referrer = await add_worker(world)
    referee = await add_referee(world, referrer)
    key = await fetch_value("select id from referral where referee_id = $1", referee)
    states = referrals.ReferralState

    for state in states:
        allowed = referrals.MOVES[state]
        await put(_REFERRAL, key, state.value, world.now, TEXT, staff)
        if states.CLAWED_BACK in allowed:
            await _claw_back(world, staff, key)
        else:
            with pytest.raises(InvalidTransition) as refusal:
                await _claw_back(world, staff, key)
            assert refusal.value.state == state
        assert await _state(key) == (states.CLAWED_BACK if states.CLAWED_BACK in allowed else state)

        await put(_REFERRAL, key, state.value, world.now, TEXT, staff)
        later = world.now + timedelta(days=400)
        while await referral_operations.reward_referrals(now=later, new_id=world.new_id):
            pass
        assert await _state(key) == (states.ENDED if states.ENDED in allowed else state)


async def _claw_back(world: World, staff: UUID, key: UUID) -> None:
    await referral_operations.claw_back_referral(
        staff_id=staff,
        referral_id=key,
        text=TEXT,
        key=world.key(staff),
        new_id=world.new_id,
        now=world.now,
    )


async def _state(key: UUID) -> object:
    return await fetch_value("select state from referral where id = $1", key)


@all_pairs_of(CHECK_MOVES)
async def test_a_check_is_saved_where_its_table_leads_and_nowhere_else(world: World) -> None:
    """All pairs: what a verifier answers is looked up before; this is the last door."""
    for source, target in product(CheckState, CheckState):
        before, after = _check(world, source), _check(world, target)
        if source is target or target in CHECK_MOVES[source]:
            await _save(world, before, after)
        else:
            with pytest.raises(AssertionError):
                await _save(world, before, after)


async def _save(world: World, before: CheckRow, after: CheckRow) -> None:
    """Of a check that is not there: nothing is written."""
    async with transaction():
        await save_check(before, after, now=world.now)


def _check(world: World, state: CheckState) -> CheckRow:
    return CheckRow(
        id=UUID(int=1),
        verification_id=UUID(int=1),
        attempt_no=1,
        kind=CheckKind.AGE,
        state=state,
        check_ref="check",
        verifiers=(),
        recheck_days=None,
        outage_days=1,
        tried=(),
        instance_id=None,
        provider_ref=None,
        redirect_url=None,
        given=None,
        facts=None,
        reasons=(),
        ask_count=0,
        look_up_count=0,
        away_count=0,
        is_for_people=False,
        is_stale=False,
        due_at=None,
        recheck_at=None,
        valid_until=None,
        changed_at=world.now,
        redact_at=None,
    )
