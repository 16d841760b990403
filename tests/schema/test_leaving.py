"""Members leave: what is in the way, what goes, what stays, and what the receipt says."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from domain.database import execute, fetch, fetch_value, transaction
from domain.members import queries as members
from domain.members.rules import MemberState, Role
from domain.privacy import operations
from domain.privacy.rules import STORES
from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import claim, rich_employer, running
from tests.make.members import add_finance_member, add_staff, add_worker
from tests.make.payouts import lose_jobs, queued_jobs
from tests.make.scene import BORN_ON, Scene, found_in
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

WORKER: Final = "worker_ann"
EMPLOYER: Final = "employer_ann"
CONFIRM: Final = {"confirm": True}
OWN: Final = re.compile(
    r"canary-(?!password)[\w-]*worker-ann|canary-(work|message|rating|friend-name)-"
)
NOT_OWN: Final = re.compile(
    r"employer-ann|-(draft|funded)-ann|invited|password|canary-friend-(?!name)"
)
UNTOLD: Final = "canary-untold"
_REASONS: Final = "update verification set reasons = array[$2] where member_id = $1"
_VERIFIERS: Final = """
    update verification_check
    set reasons = array[$2], verifiers = array[$2], instance_id = $2, tried = array[$2]
    where verification_id in (select id from verification where member_id = $1)
"""


async def dump() -> dict[str, str]:
    """All that a backup would hold, in plain text, by table."""
    tables = await fetch(
        "select schemaname || '.' || tablename as name from pg_tables"
        " where schemaname in ('public', 'jobs')"
    )
    each = "select '{0}' as name, coalesce(string_agg(t::text, ''), '') as text from {0} t"
    whole = " union all ".join(each.format(row["name"]) for row in tables)
    return {row["name"]: row["text"] for row in await fetch(whole)}


def word(scene: Scene) -> str:
    """A canary of letters alone, where nothing else is taken."""
    letters = scene.ask.world.new_token().translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"Canary {letters[:12]}"


async def leaving(ask: Ask, providers: Providers) -> tuple[Scene, list[str]]:
    """A worker with something in every place that a member writes to, all of it settled."""
    scene = Scene(ask, providers)
    await scene.join(EMPLOYER)
    await scene.join(WORKER)
    await scene.pay_in(EMPLOYER)
    await scene.draft_and_run("ann")
    await scene.work("ann")
    await scene.do(WORKER, "assignmentReturn", assignmentId=await claimed(scene))
    await scene.listen(WORKER)
    await scene.invite(WORKER)
    words = [word(scene) for _ in range(4)]
    await scene.do(WORKER, "profileSet", city=words[0], interests=[words[1]])
    await scene.do(WORKER, "profileChangeAsk", field="NAME", value=words[2], reason=words[3])
    await scene.certify(WORKER)
    fields = {"account": scene.canary(f"account_{WORKER}"), "scenario": "ok"}
    form = {
        "kind": "sandbox",
        "fields": [{"name": name, "value": fields[name]} for name in fields],
    }
    place = {"country": "PH", "currency": "EUR", "destination": {"form": form}}
    step_up_id = await scene.step_up(WORKER, destinationAdd=place)
    await scene.do(WORKER, "destinationAdd", **place, stepUpId=step_up_id)
    return scene, words


async def claimed(scene: Scene) -> str:
    wish = {"campaignId": scene.ids["campaign_running_ann"]}
    claim = await scene.do(WORKER, "assignmentClaim", **wish)
    id_: str = claim["assignment"]["id"]
    return id_


@asynccontextmanager
async def settled(scene: Scene) -> AsyncIterator[None]:
    """As weeks and a payout would have left it. Put back at the end: others audit these books."""
    person = scene.people[WORKER]
    balances = await fetch("select id, balance from ledger_account where owner_id = $1", person)
    rejected = "select id from assignment where worker_id = $1 and state = 'rejected'"
    ids = [row["id"] for row in await fetch(rejected, person)]
    async with transaction():
        await execute("update assignment set state = 'closed_rejected' where id = any($1)", ids)
        await execute("update ledger_account set balance = 0 where owner_id = $1", person)
    try:
        yield
    finally:
        async with transaction():
            await execute("set local session_replication_role = replica")
            await execute("update assignment set state = 'rejected' where id = any($1)", ids)
            for id_, balance in balances:
                await execute("update ledger_account set balance = $2 where id = $1", id_, balance)


async def close(scene: Scene, name: str) -> dict[str, Any]:
    step_up_id = await scene.step_up(name, memberClose=CONFIRM)
    answer = await scene.ask(
        example("memberClose"), viewer=scene.people[name], input={"stepUpId": step_up_id}
    )
    payload: dict[str, Any] = answer.only()
    return payload


async def suspected(scene: Scene) -> None:
    """What staff and rules know of the worker, and the API tells nobody but staff."""
    scene.people[Role.FINANCE.value] = await add_finance_member(scene.ask.world)
    await scene.verify(WORKER)
    async with transaction():
        person = scene.people[WORKER]
        await execute(_REASONS, person, UNTOLD)
        await execute(_VERIFIERS, person, UNTOLD)


async def taken_along(scene: Scene) -> tuple[dict[str, str], dict[str, Any]]:
    """The files of the archive, and what a second wish is told meanwhile."""
    world = scene.ask.world
    step_ups = [await scene.step_up(WORKER, dataExportAsk=CONFIRM) for _ in range(2)]
    answers = [
        (await scene.ask(example("dataExportAsk"), viewer=scene.people[WORKER], input=wish)).only()
        for wish in ({"stepUpId": each} for each in step_ups)
    ]
    assert answers[0]["errors"] == [] and answers[0]["dataExport"]["url"] is None
    export_id = await fetch_value(
        "select id from data_export where member_id = $1", scene.people[WORKER]
    )
    vault = scene.ask.services.vault
    assert await operations.write_export(export_id=export_id, vault=vault, now=world.now)
    assert not await operations.write_export(export_id=export_id, vault=vault, now=world.now)
    found = await scene.ask("{ viewer { dataExports { url } } }", viewer=scene.people[WORKER])
    url = found.only()["dataExports"][0]["url"]
    packed = (await scene.ask.client.get(url)).content
    unsigned = await scene.ask.client.get(url.partition("?")[0])
    assert unsigned.status_code == 404
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        return {name: files.read(name).decode() for name in files.namelist()}, answers[1]


async def test_a_member_takes_along_what_is_theirs(ask: Ask, providers: Providers) -> None:
    """All that they wrote and was written about them, in one archive; no secret, and nothing of
    anybody else. It is there for a week.
    """
    scene, words = await leaving(ask, providers)
    await suspected(scene)
    files, second = await taken_along(scene)
    text = "".join(files.values())
    own = [*words, BORN_ON[WORKER], *(each for each in scene.readers if OWN.search(each))]
    others = [secret for secret in scene.readers if NOT_OWN.search(secret)]
    gone_at = scene.ask.world.now + timedelta(days=7)
    left = []
    for now in (gone_at - timedelta(seconds=1), gone_at):
        await operations.purge_ended(now=now)
        left.append(await exports_of(scene.people[WORKER]))

    assert second["errors"][0]["code"] == "EXPORT_WAITING"
    assert len(own) > 10 and len(others) > 5
    assert found_in(text, own) == sorted(own)
    assert found_in(text, [*others, scene.passwords[WORKER], *scene.tokens]) == []
    assert left == [1, 0]
    hushed = f"is_held|is_for_people|failed_check_count|is_silent|{UNTOLD}"
    assert "login_fingerprint_contents.json" in files
    assert "verification_check.json" in files and "submission.json" in files
    assert re.findall(hushed, text) == []


async def exports_of(member_id: UUID) -> int:
    count: int = await fetch_value(
        "select count(*) from data_export where member_id = $1", member_id
    )
    return count


async def erasure_id_of(member_id: UUID) -> UUID:
    id_: UUID = await fetch_value("select id from erasure where member_id = $1", member_id)
    return id_


async def test_nothing_is_left_of_who_left(ask: Ask, providers: Providers) -> None:
    """P25, P26: closed when nothing is open, erased when no money can come back; what others
    need is kept under a deleted member, and a receipt tells each store and the last backup.
    """
    scene, words = await leaving(ask, providers)
    world, person = ask.world, scene.people[WORKER]
    hindered = await close(scene, WORKER)
    async with settled(scene):
        secrets = [text for text in scene.readers if "worker-ann" in text or "friend" in text]
        secrets += [*words, scene.passwords[WORKER]]
        before = found_in("".join((await dump()).values()), secrets)
        closed = await close(scene, WORKER)
        again = await ask.with_token("{ viewer { id } }", scene.tokens[-1])
        erasure_id = await erasure_id_of(person)
        early = await operations.erase_member(erasure_id=erasure_id, now=world.now)
        world.now += timedelta(days=31)
        await operations.recover_erasures(now=world.now)
        waiting = await queued_jobs("member_erase", str(erasure_id))
        done = await operations.erase_member(erasure_id=erasure_id, now=world.now)
        left = {table: found_in(text, secrets) for table, text in (await dump()).items()}
        receipt = (await ask.client.get(closed["erasure"]["receiptUrl"])).json()
        forged = await ask.client.get(closed["erasure"]["receiptUrl"] + "x")
    id_ = scene.ids[f"member_{WORKER}"]
    seen = (await ask("query ($id: ID!) { member(id: $id) { isErased } }", id=id_)).only()
    stars = await fetch_value("select stars from rating where author_id = $1", person)

    assert {each["code"] for each in hindered["errors"]} == {"CLOSING_HINDERED"}
    assert "BALANCE" in hindered["errors"][0]["obstacles"]
    assert (closed["errors"], again.code) == ([], "UNAUTHENTICATED")
    assert (early, waiting, done) == (False, 1, True)
    assert set(words) <= set(before)
    assert {table: texts for table, texts in left.items() if texts} == {}
    assert (seen, stars) == ({"isErased": True}, 4)
    fates = {each["store"]: each["fate"] for each in receipt["stores"]}
    assert fates == {table: store.fate for table, store in STORES.items()}
    assert receipt["backups_until"] > receipt["erased_at"] > receipt["asked_at"]
    assert forged.status_code == 404


async def test_who_is_under_age_goes_at_once(ask: Ask, world: World) -> None:
    """P16: acts no more and is erased at once; a legal hold is the one thing that keeps the data,
    and staff see it.
    """
    member_id, staff_id = await add_worker(world), await add_staff(world, Role.STAFF)
    about = {"memberId": ask.id(Tag.MEMBER, member_id)}
    held = await ask(
        example("legalHoldPlace"), viewer=staff_id, input={**about, "reason": "A court asks."}
    )
    twice = await ask(
        example("legalHoldPlace"), viewer=staff_id, input={**about, "reason": "A court asks."}
    )
    alien = await ask(example("memberFreeze"), viewer=member_id, input=about)
    frozen = await ask(example("memberFreeze"), viewer=staff_id, input=about)
    erasure_id = await erasure_id_of(member_id)
    waits = await operations.erase_member(erasure_id=erasure_id, now=world.now)
    queue = (await ask(example("erasureQueue"), viewer=staff_id)).only()
    report = (await ask(example("retentionReport"), viewer=staff_id)).only()
    hidden = await ask(example("retentionReport"), viewer=await add_worker(world))
    lifted = await ask(example("legalHoldLift"), viewer=staff_id, input=about)
    done = await operations.erase_member(erasure_id=erasure_id, now=world.now)
    state = (await members.members_by_id(ids=[member_id]))[member_id].state

    assert [answer.only()["errors"] for answer in (held, frozen, lifted)] == [[], [], []]
    assert twice.only()["errors"][0]["code"] == "HELD_ALREADY"
    assert alien.only()["errors"][0]["code"] == "NOT_ALLOWED"
    assert [case["isHeld"] for case in queue if case["memberId"] == about["memberId"]] == [True]
    assert [each["reason"] for each in report["holds"] if each["memberId"] == about["memberId"]]
    assert hidden.code == "FORBIDDEN"
    assert (waits, done, state) == (False, True, MemberState.ERASED)
    assert await members.persons_by_id(ids=[member_id]) == {}


async def test_a_day_of_birth_that_staff_learn_of_leads_to_the_erasure(world: World) -> None:
    """P16: whoever freezes a member by another decision need not think of it."""
    member_id = await add_worker(world)
    async with transaction():
        await execute("update member set state = 'frozen' where id = $1", member_id)
    erasure_id = await operations.hear_of_frozen(
        member_id=member_id, new_id=world.new_id, now=world.now
    )
    again = await operations.hear_of_frozen(member_id=member_id, new_id=world.new_id, now=world.now)

    assert again == erasure_id
    assert await operations.erase_member(erasure_id=erasure_id, now=world.now)
    assert not await operations.erase_member(erasure_id=erasure_id, now=world.now)


async def test_who_cannot_go_keeps_nobody_waiting(world: World) -> None:
    """Whoever is held or has work under way is passed over; all that is free behind them goes."""
    staff_id, employer_id = await add_staff(world, Role.STAFF), await rich_employer(world)
    held, busy, free = [await add_worker(world) for _ in range(3)]
    await claim(world, busy, await running(world, employer_id))
    await operations.place_hold(
        staff_id=staff_id,
        member_id=held,
        reason="A court asks.",
        new_id=world.new_id,
        now=world.now,
    )
    queued = []
    for member_id in (held, busy, free):
        erasure_id = await operations.hear_of_frozen(
            member_id=member_id, new_id=world.new_id, now=world.now
        )
        await lose_jobs("member_erase", str(erasure_id))
        queued.append(str(erasure_id))
    await operations.recover_erasures(now=world.now, page_count=1)

    assert [await queued_jobs("member_erase", each) for each in queued] == [0, 0, 1]
