"""Endpoints: made with consent, owned by one member, their secrets told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from domain.access.operations import StepUpRequired, TooManyAttempts
from domain.access.rules import StepUpClaim, StepUpPurpose
from domain.database import execute, fetch_value, transaction
from domain.errors import InvalidInput, InvalidTransition, NotFound, Refused
from domain.events.rules import EventKind
from domain.webhooks import operations, rules
from domain.webhooks.operations import EndpointTerms
from domain.webhooks.rules import DisabledReason, EndpointState
from tests.make.members import add_worker, tire_out
from tests.make.payouts import VAULT
from tests.make.webhooks import URL, Post, deliveries, endpoint, row_of
from tests.make.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def change(
    post: Post,
    owner_id: UUID,
    endpoint_id: UUID,
    *,
    url: str = URL,
    kinds: tuple[EventKind, ...] = (),
    document: str | None = None,
    state: EndpointState = EndpointState.ACTIVE,
    step_up: StepUpClaim | None = None,
) -> None:
    await operations.update_endpoint(
        member_id=owner_id,
        endpoint_id=endpoint_id,
        terms=EndpointTerms(url=url, kinds=kinds, document=document),
        state=state,
        step_up=step_up,
        private_hosts=(),
        vault=VAULT,
        now=post.world.now,
    )


async def test_a_secret_is_sealed(post: Post) -> None:
    """A copy of the database signs nothing; the blob opens in its own row only."""
    told = await post.endpoint(await add_worker(post.world))

    row = await row_of("webhook_endpoint", told.endpoint_id)

    assert told.secret.encode() not in row["secret"]
    context = rules.secret_context(told.endpoint_id)
    assert VAULT.unseal(row["secret"], context=context).decode() == told.secret
    with pytest.raises(ValueError, match="another"):
        VAULT.unseal(row["secret"], context=rules.secret_context(UUID(int=1)))
    assert told.secret not in repr(told)


async def test_a_member_has_ten_endpoints_at_most(post: Post) -> None:
    """Also when many are made at the same moment."""
    owner = await add_worker(post.world)
    for number in range(rules.ENDPOINTS_MAX - 1):
        await post.endpoint(owner, url=f"{URL}/{number}")
    content = rules.new_endpoint_content(URL)
    claims = [await post.consent(owner, StepUpPurpose.WEBHOOK_CREATE, content) for _ in range(8)]

    await asyncio.gather(*(fetch_value("select pg_sleep(0.1)") for _ in claims))  # connections

    made = await asyncio.gather(
        *(post.endpoint(owner, step_up=claim) for claim in claims), return_exceptions=True
    )

    kinds = sorted(type(each).__name__ for each in made)
    assert kinds == ["SecretTold", *["TooManyEndpoints"] * 7]


async def test_a_consent_is_for_one_address(post: Post) -> None:
    """A stolen session must not turn the consent into an endpoint of its own."""
    owner = await add_worker(post.world)
    content = rules.new_endpoint_content(URL)
    claim = await post.consent(owner, StepUpPurpose.WEBHOOK_CREATE, content)

    with pytest.raises(StepUpRequired):
        await post.endpoint(owner, url="https://thief.example.org/", step_up=claim)
    await post.endpoint(owner, step_up=claim)
    with pytest.raises(StepUpRequired):
        await post.endpoint(owner, step_up=claim)


async def test_another_address_needs_the_consent_for_it(post: Post) -> None:
    """A stolen session must not turn the owner's endpoint towards itself, nor spend a consent."""
    owner, there = await add_worker(post.world), "https://other.example.org/"
    id_ = (await post.endpoint(owner)).endpoint_id
    content = rules.new_endpoint_content(there)
    claim = await post.consent(owner, StepUpPurpose.WEBHOOK_CREATE, content)

    for url, step_up in ((there, None), ("https://thief.example.org/", claim)):
        with pytest.raises(StepUpRequired):
            await change(post, owner, id_, url=url, step_up=step_up)
    await change(post, owner, id_, kinds=(EventKind.PAYOUT_PAID,))
    assert (await endpoint(id_)).url == URL

    await change(post, owner, id_, url=there, step_up=claim)
    assert (await endpoint(id_)).url == there
    with pytest.raises(StepUpRequired):
        await post.endpoint(owner, url=there, step_up=claim)


async def test_a_document_that_no_database_takes_is_refused(post: Post) -> None:
    """GraphQL allows NUL in a comment, PostgreSQL nowhere."""
    owner = await add_worker(post.world)
    with pytest.raises(InvalidInput) as refusal:
        await post.endpoint(owner, document="{ viewer { id } } # \0")
    assert refusal.value.path == ("document",)

    id_ = (await post.endpoint(owner)).endpoint_id
    with pytest.raises(InvalidInput):
        await change(post, owner, id_, document="\0")


@pytest.mark.parametrize("url", ["http://example.org/", "https://10.0.0.1/", "https://localhost/"])
async def test_a_bad_address_is_refused(post: Post, url: str) -> None:
    """At its creation and at every change, with the path to it."""
    owner = await add_worker(post.world)
    with pytest.raises(InvalidInput) as refusal:
        await post.endpoint(owner, url=url)
    assert refusal.value.path == ("url",)

    told = await post.endpoint(owner)
    with pytest.raises(InvalidInput):
        await change(post, owner, told.endpoint_id, url=url)
    assert (await endpoint(told.endpoint_id)).url == URL


async def test_a_kind_is_named_once(post: Post) -> None:
    """Twice is a mistake of the caller, who should know."""
    owner = await add_worker(post.world)
    with pytest.raises(InvalidInput):
        await post.endpoint(owner, EventKind.PAYOUT_PAID, EventKind.PAYOUT_PAID)


async def test_rotation_keeps_the_old_secret_for_a_day(post: Post) -> None:
    """Receivers need time to learn the new one; both sign meanwhile, the new one first."""
    owner = await add_worker(post.world)
    first = await post.endpoint(owner)
    second = await post.rotate(owner, first.endpoint_id)
    assert first.secret != second.secret

    await post.send(await post.test_event(owner, first.endpoint_id))
    post.wait(timedelta(hours=24))
    await post.send(await post.test_event(owner, first.endpoint_id))
    third = await post.rotate(owner, first.endpoint_id)
    await post.send(await post.test_event(owner, first.endpoint_id))

    assert [secrets for _, _, secrets in post.obedient.sent] == [
        [second.secret, first.secret],
        [second.secret],
        [third.secret, second.secret],
    ]


async def test_a_strangers_endpoint_is_not_found(post: Post) -> None:
    """Whatever one tries with it, and nothing changes."""
    owner, stranger = await add_worker(post.world), await add_worker(post.world)
    id_ = (await post.endpoint(owner)).endpoint_id
    test = await post.test_event(owner, id_)
    before = [await row_of("webhook_endpoint", id_), await row_of("webhook_delivery", test)]

    with pytest.raises(NotFound):
        await change(post, stranger, id_)
    with pytest.raises(NotFound):
        await operations.remove_endpoint(member_id=stranger, endpoint_id=id_)
    with pytest.raises(NotFound):
        await post.rotate(stranger, id_)
    with pytest.raises(NotFound):
        await post.test_event(stranger, id_)
    with pytest.raises(NotFound):
        await operations.deliver_again(member_id=stranger, delivery_id=test, now=post.world.now)

    after = [await row_of("webhook_endpoint", id_), await row_of("webhook_delivery", test)]
    assert before == after


async def test_switched_off_nothing_waits_and_nothing_is_asked_for(post: Post) -> None:
    """The owner's word counts at once; tests and repeats say why they are refused."""
    owner = await add_worker(post.world)
    id_ = (await post.endpoint(owner)).endpoint_id
    test = await post.test_event(owner, id_)

    await change(post, owner, id_, state=EndpointState.DISABLED)

    record = await endpoint(id_)
    assert (record.state, record.disabled_reason) == (
        EndpointState.DISABLED,
        DisabledReason.OWNER,
    )
    await post.send(test)
    assert post.obedient.sent == []
    with pytest.raises(InvalidTransition):
        await post.test_event(owner, id_)
    with pytest.raises(InvalidTransition):
        await operations.deliver_again(member_id=owner, delivery_id=test, now=post.world.now)

    await change(post, owner, id_)
    assert (await endpoint(id_)).disabled_reason is None


async def test_removed_with_all_its_deliveries(post: Post) -> None:
    """Nothing of it stays, not even sealed."""
    owner = await add_worker(post.world)
    id_ = (await post.endpoint(owner)).endpoint_id
    await post.test_event(owner, id_)

    await operations.remove_endpoint(member_id=owner, endpoint_id=id_)

    assert await row_of("webhook_endpoint", id_) is None
    assert await deliveries(id_) == []


async def test_an_endpoint_can_be_removed_while_events_are_handed_out(post: Post) -> None:
    """Neither side fails: one of them waits for the other."""
    owner = await add_worker(post.world)
    for _ in range(5):
        id_ = (await post.endpoint(owner)).endpoint_id
        async with transaction():
            await execute(
                "insert into event (kind, subject_id, member_id) values ('payout_paid', $1, $2)",
                post.world.new_id(),
                owner,
            )
        await asyncio.gather(
            post.fan_out(), operations.remove_endpoint(member_id=owner, endpoint_id=id_)
        )
        assert await row_of("webhook_endpoint", id_) is None
    await post.caught_up()


async def test_nobody_makes_us_hammer_a_server(post: Post) -> None:
    """Tests and repeats have a limit per member."""
    owner = await add_worker(post.world)
    id_ = (await post.endpoint(owner)).endpoint_id

    refusal = await tire_out(lambda: post.test_event(owner, id_))

    assert isinstance(refusal, TooManyAttempts) and isinstance(refusal, Refused)
    count = await fetch_value("select count(*) from webhook_delivery where endpoint_id = $1", id_)
    assert 0 < count <= 70
