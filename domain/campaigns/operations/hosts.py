"""Where a campaign leads to: what its instructions and its tasks name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from domain.campaigns.queries import CampaignRecord
from domain.campaigns.rules import Checks, Clause
from domain.database import execute, fetch, fetch_row, in_transaction
from domain.hosts.operations import require_open
from domain.links import hosts_in

_NOTE: Final = """
    insert into campaign_host (campaign_id, host) select $1, unnest($2::text[])
    on conflict do nothing
"""
_NOTED: Final = "select host from campaign_host where campaign_id = $1"
_SAID: Final = """
    select text, clauses, proofs, questions, survey from instruction_version
    where campaign_id = $1 and version = $2
"""


async def note_hosts(*, campaign_id: UUID, texts: Iterable[str]) -> None:
    """What new tasks of a locked campaign name; held against the blocked hosts when it opens."""
    assert in_transaction()
    hosts = await asyncio.to_thread(hosts_in, tuple(texts))  # seconds, of the longest
    if hosts:
        await execute(_NOTE, campaign_id, sorted(hosts))


async def require_open_instructions(
    *, instructions: str, clauses: Sequence[Clause], checks: Checks
) -> None:
    """Refuses with `HostBlocked`."""
    texts = [instructions]
    for asked in (clauses, checks.proofs, checks.questions, checks.survey):
        texts += [each.text for each in asked]
    texts += [option for each in checks.survey for option in each.options]
    await require_open(hosts=hosts_in(texts), path="instructions")


async def require_open_hosts(*, campaign: CampaignRecord) -> None:
    """Of a locked campaign that is about to open. Refuses with `HostBlocked`."""
    assert in_transaction()
    said = await fetch_row(_SAID, campaign.id, campaign.instruction_version)
    assert said is not None
    named = {row["host"] for row in await fetch(_NOTED, campaign.id)}
    lists = [msgspec.json.decode(said[name]) for name in ("clauses", "proofs", "questions")]
    survey = msgspec.json.decode(said["survey"])
    texts = [each["text"] for found in (*lists, survey) for each in found]
    options = [option for each in survey for option in each["options"]]
    details = campaign.data_use.details or ""
    named |= hosts_in([campaign.title, details, said["text"], *texts, *options])
    await require_open(hosts=named, path="campaign_id")
