"""Everything that changes a thread. A message is only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access.operations.limits import take
from domain.campaigns.queries import VISIBLE
from domain.contacts import masked
from domain.database import execute, fetch, fetch_row, fetch_value, one_transaction
from domain.errors import InvalidInput, NotFound
from domain.given import NewId
from domain.links import links_in
from domain.messages.rules import (
    NOTICE_COUNT_MAX,
    SUBJECT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    message_limits,
)
from domain.texts import require_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a thread is about, and whose it is."""

    campaign_id: UUID
    assignment_id: UUID | None
    worker_id: UUID
    employer_id: UUID


# Who works or has worked there, or looks at a campaign that is open to see: `$2` is the author.
_OF_ASSIGNMENT: Final = """
    select a.campaign_id, a.worker_id, c.employer_id
    from assignment a join campaign c on c.id = a.campaign_id
    where a.id = $1 and $2 in (a.worker_id, c.employer_id)
"""
_OF_CAMPAIGN: Final = f"""
    select employer_id from campaign
    where id = $1 and ({VISIBLE.format(viewer="$2::uuid", now="$3::timestamptz")})
"""  # noqa: S608  # our own condition
_IS_KNOWN: Final = """
    select exists (select from assignment where campaign_id = $1 and worker_id = $2)
        or exists (select from message_thread where campaign_id = $1 and worker_id = $2)
"""
_OF_THREAD: Final = """
    select campaign_id, assignment_id, worker_id, employer_id from message_thread
    where id = $1 and $2 in (worker_id, employer_id)
"""
_WORKED: Final = """
    select distinct worker_id from assignment where campaign_id = $1 and worker_id = any($2)
"""
_BEGIN: Final = """
    insert into message_thread (id, campaign_id, assignment_id, worker_id, employer_id,
                                last_position)
    values ($1, $2, $3, $4, $5, 0) on conflict do nothing
"""
_FIND: Final = """
    update message_thread set last_position = last_position + 1
    where campaign_id = $1 and worker_id = $2 and assignment_id is not distinct from $3
    returning id, last_position
"""
_PARTIES: Final = """
    insert into message_party (thread_id, member_id, last_at, read_position)
    select $1, member_id, $3, case when member_id = $4 then $5 else 0 end
    from unnest($2::uuid[]) as party (member_id)
    order by member_id
    on conflict (thread_id, member_id) do update
    set last_at = greatest(message_party.last_at, excluded.last_at),
        read_position = greatest(message_party.read_position, excluded.read_position)
"""
_INSERT: Final = """
    insert into message (id, thread_id, position, author_id, subject, text, masked, sent_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_LINKS: Final = """
    insert into message_link (message_id, position, url, host, is_external)
    select $1, position, url, host, is_external
    from unnest($2::text[], $3::text[], $4::boolean[])
        with ordinality as link (url, host, is_external, position)
"""
_READ: Final = """
    update message_party p set read_position = greatest(p.read_position, m.position)
    from message m
    where m.id = $1 and p.thread_id = m.thread_id and p.member_id = $2
    returning p.thread_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said, and from which deployment: links to it lead nowhere else."""

    text: str
    subject: str | None = None
    own_host: str


async def send_message(
    *,
    author_id: UUID,
    words: Words,
    assignment_id: UUID | None = None,
    campaign_id: UUID | None = None,
    worker_id: UUID | None = None,
    thread_id: UUID | None = None,
    new_id: NewId,
    now: datetime,
) -> UUID:
    """To the other party of an assignment, a thread, or a campaign; in it, an employer says to
    which worker. Refuses with `InvalidInput`, `NotFound` or `TooManyAttempts`.
    """
    _require_words(words)
    await take(message_limits(author_id.hex))
    return await _send(
        author_id=author_id,
        words=words,
        assignment_id=assignment_id,
        campaign_id=campaign_id,
        worker_id=worker_id,
        thread_id=thread_id,
        new_id=new_id,
        now=now,
    )


@one_transaction
async def _send(
    *,
    author_id: UUID,
    words: Words,
    assignment_id: UUID | None,
    campaign_id: UUID | None,
    worker_id: UUID | None,
    thread_id: UUID | None,
    new_id: NewId,
    now: datetime,
) -> UUID:
    if thread_id is not None:
        topic = await _topic_of_thread(thread_id, author_id)
    elif assignment_id is not None:
        topic = await _topic_of_assignment(assignment_id, author_id)
    elif campaign_id is not None:
        topic = await _topic_of_campaign(campaign_id, author_id, worker_id, now)
    else:
        raise InvalidInput("a message is about an assignment, a campaign or a thread")
    return await _add(topic, author_id=author_id, words=words, new_id=new_id, now=now)


@one_transaction
async def send_notice(
    *,
    employer_id: UUID,
    campaign_id: UUID,
    worker_ids: Sequence[UUID],
    words: Words,
    new_id: NewId,
    now: datetime,
) -> int:
    """The same to many who have worked in the campaign (R28); how many they were.

    Refuses with `InvalidInput` or `NotFound`.
    """
    _require_words(words)
    wanted = sorted(set(worker_ids))
    if not 1 <= len(wanted) <= NOTICE_COUNT_MAX:
        raise InvalidInput(
            f"a notice goes to 1 to {NOTICE_COUNT_MAX} workers", path=("worker_ids",)
        )
    is_own = "select exists (select from campaign where id = $1 and employer_id = $2)"
    if not await fetch_value(is_own, campaign_id, employer_id):
        raise NotFound("no such campaign")
    if len(await fetch(_WORKED, campaign_id, wanted)) < len(wanted):
        raise InvalidInput("somebody of them has not worked there", path=("worker_ids",))
    for worker_id in wanted:
        topic = Topic(
            campaign_id=campaign_id,
            assignment_id=None,
            worker_id=worker_id,
            employer_id=employer_id,
        )
        await _add(topic, author_id=employer_id, words=words, new_id=new_id, now=now)
    return len(wanted)


@one_transaction
async def mark_read(*, member_id: UUID, message_id: UUID) -> UUID:
    """The message and all before it; gives the thread. Refuses with `NotFound`."""
    thread_id: UUID | None = await fetch_value(_READ, message_id, member_id)
    if thread_id is None:
        raise NotFound("no such message")
    return thread_id


async def _topic_of_thread(thread_id: UUID, author_id: UUID) -> Topic:
    row = await fetch_row(_OF_THREAD, thread_id, author_id)
    if row is None:
        raise NotFound("no such thread")
    return Topic(**row)


async def _topic_of_assignment(assignment_id: UUID, author_id: UUID) -> Topic:
    row = await fetch_row(_OF_ASSIGNMENT, assignment_id, author_id)
    if row is None:
        raise NotFound("no such assignment")
    return Topic(**row, assignment_id=assignment_id)


async def _topic_of_campaign(
    campaign_id: UUID, author_id: UUID, worker_id: UUID | None, now: datetime
) -> Topic:
    employer_id: UUID | None = await fetch_value(_OF_CAMPAIGN, campaign_id, author_id, now)
    if employer_id is None:
        raise NotFound("no such campaign")
    if employer_id != author_id:
        worker_id = author_id
    elif worker_id is None or not await fetch_value(_IS_KNOWN, campaign_id, worker_id):
        raise InvalidInput("name a worker who has worked there or has written", path=("worker_id",))
    return Topic(
        campaign_id=campaign_id, assignment_id=None, worker_id=worker_id, employer_id=employer_id
    )


async def _add(
    topic: Topic, *, author_id: UUID, words: Words, new_id: NewId, now: datetime
) -> UUID:
    """The thread's row stays locked until the end, so positions have no gap."""
    about = (topic.campaign_id, topic.worker_id, topic.assignment_id)
    found = await fetch_row(_FIND, *about)
    if found is None:
        campaign_id, worker_id, assignment_id = about
        await execute(_BEGIN, new_id(), campaign_id, assignment_id, worker_id, topic.employer_id)
        found = await fetch_row(_FIND, *about)
    assert found is not None
    thread_id, position, message_id = found["id"], found["last_position"], new_id()
    parties = [topic.worker_id, topic.employer_id]
    await execute(_PARTIES, thread_id, parties, now, author_id, position)
    text = masked(words.text.strip())
    subject = None if words.subject is None else masked(words.subject.strip())
    kinds = {*text.kinds, *(subject.kinds if subject else ())}
    await execute(
        _INSERT,
        message_id,
        thread_id,
        position,
        author_id,
        None if subject is None else subject.text,
        text.text,
        sorted(kinds),
        now,
    )
    links = links_in(text.text, own_host=words.own_host)
    await execute(
        _LINKS,
        message_id,
        [link.url for link in links],
        [link.host for link in links],
        [link.is_external for link in links],
    )
    return message_id


def _require_words(words: Words) -> None:
    require_text(words.text, path="text", most=TEXT_LENGTH_MAX)
    if words.subject is not None:
        require_text(words.subject, path="subject", most=SUBJECT_LENGTH_MAX, is_line=True)
