"""What data is for, from the draft over the claim to what the employer reads (C10)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from domain.database import execute, fetch_value, transaction
from domain.privacy.rules.stores import STORES
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer
from tests.make.members import add_worker
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio

TRAINING: Final = {
    "purpose": "MODEL_TRAINING",
    "details": "A model that finds cats, ask me@example.org",
    "licence": "CC_BY_4_0",
}
MASKED: Final = {**TRAINING, "details": "A model that finds cats, ask •••"}
OWN_SERVICE: Final = {"purpose": "SERVICE", "details": None, "licence": None}
DRAFT: Final = {
    "title": "Is there a cat?",
    "category": "LABELING",
    "reward": {"amount": "0.05", "currency": "USD"},
    "instructions": {"text": "Say whether there is a cat."},
}
TASK: Final = {"content": {"text": {"text": "Picture 1"}}}
USE: Final = "{ purpose details licence }"
READ: Final = (
    "query Read($id: ID!, $purpose: DataPurpose) { campaign(id: $id, purpose: $purpose) {"
    f" dataUse {USE} assignments {{ nodes {{ agreedDataUse {USE} submissions {{ id }} }} }} }} }}"
)

OWN: Final = (
    f"query Own($id: ID!) {{ node(id: $id) {{ ... on Assignment {{ agreedDataUse {USE} }} }} }}"
)


async def change(ask: Ask, name: str, viewer: Any, **wish: Any) -> Any:
    return (await ask(example(name), viewer=viewer, input=wish)).only()


async def stays(table: str, change_of: str, key: UUID) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        async with transaction():
            await execute(f"update {table} set {change_of} where id = $1", key)  # ours
    assert refusal.value.constraint_name == f"{table}_data_use_fixed"


async def test_what_goes_beyond_the_own_service_is_explained_before_it_is_funded(ask: Ask) -> None:
    """Without a word it is the employer's own service. After the funding neither the API nor the
    database takes another purpose, and before it a stranger hears of none.
    """
    employer, stranger = await rich_employer(ask.world), await add_worker(ask.world)
    made = await change(ask, "campaignCreate", employer, **DRAFT)
    campaign = made["campaign"]["id"]
    plain = (await ask(READ, viewer=employer, id=campaign)).only()
    hidden = await ask(READ, viewer=stranger, id=campaign, purpose="RESEARCH")
    use = {"purpose": "RESEARCH", "details": None}
    unexplained = await change(ask, "campaignUpdate", employer, campaignId=campaign, dataUse=use)
    told = await change(ask, "campaignUpdate", employer, campaignId=campaign, dataUse=TRAINING)
    await change(ask, "campaignAddTasks", employer, campaignId=campaign, tasks=[TASK])
    await change(ask, "campaignFund", employer, campaignId=campaign, idempotencyKey="fund")
    late = await change(
        ask, "campaignUpdate", employer, campaignId=campaign, dataUse={"purpose": "SERVICE"}
    )

    assert plain["dataUse"] == OWN_SERVICE
    assert hidden.errors == [] and hidden.data == {"campaign": None}
    assert unexplained["errors"][0]["path"] == ["dataUse", "details"]
    assert told["errors"] == []
    assert late["errors"][0]["code"] == "INVALID_TRANSITION"
    await stays(
        "campaign", "data_purpose = 'service'", ask.services.ids.decode(Tag.CAMPAIGN, campaign)
    )


async def test_a_query_for_another_purpose_is_denied(ask: Ask) -> None:
    """A worker reads before the claim what data is for. The claim keeps it for ever, it is in
    the worker's archive, and who names another purpose gets nothing of it.
    """
    employer, worker = await rich_employer(ask.world), await add_worker(ask.world)
    made = await change(ask, "campaignCreate", employer, **DRAFT, dataUse=TRAINING)
    campaign = made["campaign"]["id"]
    await change(ask, "campaignAddTasks", employer, campaignId=campaign, tasks=[TASK])
    await change(ask, "campaignFund", employer, campaignId=campaign, idempotencyKey="fund")
    await change(ask, "campaignPublish", employer, campaignId=campaign)
    before = (await ask(READ, viewer=worker, id=campaign)).only()
    claimed = await change(ask, "assignmentClaim", worker, campaignId=campaign)
    key = ask.services.ids.decode(Tag.ASSIGNMENT, claimed["assignment"]["id"])
    denied = await ask(READ, viewer=employer, id=campaign, purpose="SERVICE")
    given = (await ask(READ, viewer=employer, id=campaign, purpose="MODEL_TRAINING")).only()
    own = (await ask(OWN, viewer=worker, id=claimed["assignment"]["id"])).only()

    assert before == {"dataUse": MASKED, "assignments": None}
    assert denied.code == "PURPOSE_DIFFERS" and denied.data == {"campaign": None}
    assert given["assignments"]["nodes"] == [{"agreedDataUse": MASKED, "submissions": []}]
    assert own == {"agreedDataUse": MASKED}
    await stays("assignment", "agreed_purpose = 'service'", key)
    await stays("assignment", "claimed_at = claimed_at - interval '1 day'", key)
    store = STORES["assignment"]
    assert not {"agreed_purpose", "agreed_details", "agreed_licence"} & set(store.left_out)
    agreed = await fetch_value(
        f"select agreed_details from assignment t where id = $2 and {store.whose}", worker, key
    )
    assert agreed == MASKED["details"]
