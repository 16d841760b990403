"""Who is written to, how often, and that a no is final and leaves no address (P11-P13, R32)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.errors import InvalidInput
from domain.invitations import operations, queries
from domain.invitations.operations import AlreadyInvited
from domain.invitations.rules import (
    LIFETIME,
    REMINDER_PAUSE,
    AddressRefused,
    InvitationLetter,
    InvitationState,
)
from domain.paging import Page
from tests.make.members import add_worker, email_of
from tests.make.referrals import add_referee
from tests.make.vault import vault_with_file
from tests.make.world import World

pytestmark = pytest.mark.asyncio
_S = InvitationState


class Case:
    """A member who invites, and the letters that went out."""

    def __init__(self, world: World, folder: Path, inviter: UUID) -> None:
        self.world, self.inviter, self.vault = world, inviter, vault_with_file(folder)
        self.letters: list[InvitationLetter] = []
        self.is_refused = False

    async def invite(self, letter: InvitationLetter, *, invitation_id: UUID) -> None:
        assert invitation_id
        if self.is_refused:
            raise AddressRefused
        self.letters.append(letter)

    async def create(self, email: str, inviter: UUID | None = None) -> UUID:
        return await operations.create_invitation(
            inviter_id=inviter or self.inviter,
            email=email,
            label="Tom",
            vault=self.vault,
            new_token=self.world.new_token,
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def tick(self, invitation: UUID, **later: float) -> InvitationState:
        """Time passes, the clock runs, and its jobs run, twice."""
        self.world.now += timedelta(**later)
        for _ in range(2):
            await operations.advance_invitations(now=self.world.now)
            await operations.mail_invitation(
                invitation_id=invitation, mailer=self, now=self.world.now
            )
        return (await self.record(invitation)).state

    async def record(self, invitation: UUID) -> queries.InvitationRecord:
        found = await queries.invitations_by_id(ids=[invitation], inviter_id=self.inviter)
        return found[invitation]


async def case_of(world: World, folder: Path) -> Case:
    return Case(world, folder, await add_worker(world, name="Ann Worker"))


def address(world: World) -> str:
    return f"Friend.{world.new_id().hex}@Example.org"


async def plaintext_of(email: str) -> list[str]:
    """Tables in which the address, or its part before the sign, still stands."""
    names = await fetch(
        "select relname::text as name from pg_class"
        " where relnamespace in ('public'::regnamespace, 'jobs'::regnamespace) and relkind = 'r'"
        " and relname like any(array['invitation%', 'event', 'referral%'])"
    )
    part = email.partition("@")[0].lower()
    holds = "select exists (select from {} t where lower(t::text) like '%' || $1 || '%')"
    return [row["name"] for row in names if await fetch_value(holds.format(row["name"]), part)]


async def test_two_reminders_and_never_a_third(world: World, tmp_path: Path) -> None:
    """P11: 72 hours apart; the clock never sends another one, and in the end the address goes."""
    case, email = await case_of(world, tmp_path), address(world)
    invitation = await case.create(email)
    assert await case.tick(invitation) is InvitationState.SENT
    pause = REMINDER_PAUSE.total_seconds()
    assert await case.tick(invitation, seconds=pause - 1) is InvitationState.SENT
    assert await case.tick(invitation, seconds=1) is InvitationState.REMINDED_1
    assert await case.tick(invitation, seconds=pause) is InvitationState.REMINDED_2
    assert await case.tick(invitation, seconds=pause * 3) is InvitationState.REMINDED_2
    assert [letter.number for letter in case.letters] == [1, 2, 3]
    assert {letter.inviter for letter in case.letters} == {"Ann Worker"}
    assert await plaintext_of(email) == ["invitation"]

    assert await case.tick(invitation, seconds=LIFETIME.total_seconds()) is InvitationState.EXPIRED
    assert len(case.letters) == 3
    assert await plaintext_of(email) == []


async def test_after_an_opt_out_nobody_can_invite(world: World, tmp_path: Path) -> None:
    """P13: in any spelling, by anybody; no plaintext remains, and the no cannot be deleted."""
    case, email = await case_of(world, tmp_path), address(world)
    invitation, other = await case.create(email), await add_worker(world)
    await case.tick(invitation)
    of_other = await case.create(email, other)
    token = next(letter.token for letter in case.letters)
    await operations.opt_out(token="guessed", now=world.now)  # noqa: S106  # nobody's
    assert (await case.record(invitation)).state is InvitationState.SENT
    for _ in range(2):
        await operations.opt_out(token=token, now=world.now)

    assert (await case.record(invitation)).state is InvitationState.OPTED_OUT
    assert await plaintext_of(email) == []
    case.inviter = other
    assert (await case.record(of_other)).state is InvitationState.CREATED
    for spelling in (email, email.upper(), email.lower()):
        case.inviter = await add_worker(world)
        again = await case.create(spelling)
        states = [await case.tick(again, days=day) for day in (0, 4, 4, 30)]
        assert states == [_S.SENT, _S.REMINDED_1, _S.REMINDED_2, _S.EXPIRED]
        assert await plaintext_of(email) == []
    assert len(case.letters) == 1
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction():
            await execute("delete from invitation_suppression")


async def test_who_joins_by_the_link_has_accepted_once(world: World, tmp_path: Path) -> None:
    """P12: one referral; who joins otherwise gets no more letters either."""
    case, email, elsewhere = await case_of(world, tmp_path), address(world), address(world)
    accepted, expired = await case.create(email), await case.create(elsewhere)
    for invitation in (accepted, expired):
        await case.tick(invitation)
    await add_referee(world, case.inviter, email=email.lower())
    await add_referee(world, await add_worker(world), email=elsewhere)

    assert await case.tick(accepted, days=4) is InvitationState.ACCEPTED
    assert (await case.record(expired)).state is InvitationState.REMINDED_1
    assert len(case.letters) == 2 and await plaintext_of(email) == []
    found = await queries.state_counts(inviter_id=case.inviter)
    assert found == {InvitationState.ACCEPTED: 1, InvitationState.REMINDED_1: 1}
    own = "select count(*) from referral where referrer_id = $1"
    assert await fetch_value(own, case.inviter) == 1


async def test_one_answer_hides_who_is_here(world: World, tmp_path: Path) -> None:
    """A member's address looks like a stranger's, now, later, and when it is invited again."""
    case, told = await case_of(world, tmp_path), []
    for email in (email_of(await add_worker(world)), address(world)):
        invitation = await case.create(email)
        for wrong in (email, email.upper()):
            with pytest.raises(AlreadyInvited):
                await case.create(wrong)
        seen = []
        for day in (0, 4, 4, 30):
            await case.tick(invitation, days=day)
            record = await case.record(invitation)
            seen.append((record.state, record.letter_count, record.label, record.ended_at is None))
        told.append(seen)

    assert told[0] == told[1] and len(case.letters) == 3
    with pytest.raises(InvalidInput):
        await case.create("no address")


async def test_an_address_that_takes_no_letters_is_left_alone(world: World, tmp_path: Path) -> None:
    """Bounced: no reminder, no address."""
    case, email = await case_of(world, tmp_path), address(world)
    invitation = await case.create(email)
    case.is_refused = True
    assert await case.tick(invitation) is InvitationState.BOUNCED
    assert await plaintext_of(email) == []
    assert await case.tick(invitation, days=4) is InvitationState.BOUNCED


async def test_invitations_are_their_members_alone(world: World, tmp_path: Path) -> None:
    """An id is not enough."""
    case = await case_of(world, tmp_path)
    invitation, stranger = await case.create(address(world)), await add_worker(world)
    assert await queries.invitations_by_id(ids=[invitation], inviter_id=stranger) == {}
    found = await queries.invitations_of(inviter_id=case.inviter, page=Page(limit=5))
    assert [each.id for each in found] == [invitation]
