"""The reading examples of `docs/operations`, run as they stand."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.providers import Providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.campaigns import rich_employer, running, submitted
from tests.make.members import add_worker
from tests.make.scene import NOBODY, made
from tests.schema.documents import FOLDER, example
from tests.schema.examples import reads

pytestmark = pytest.mark.asyncio

OVERSIGHT_READS = (
    "payoutDoubts",
    "financePapers",
    "financeDecisions",
    "financeProviders",
    "financeTaxNotices",
    "financeTaxes",
    "viewerSafety",
    "viewerTaxes",
    "viewerTickets",
    "viewerCampaignInvitations",
    "viewerEffectiveWages",
    "viewerSavedSearches",
    "featuredCampaigns",
    "ticketQueue",
    "payoutOversight",
    "payoutInstructions",
    "payoutMethods",
    "payoutQuote",
    "payoutRouteDryRun",
    "verificationQueue",
    "verificationRulesets",
)


async def test_anybody_reads_the_market(ask: Ask) -> None:
    """Without a token there is all but what depends on the viewer."""
    world = ask.world
    await running(world, await rich_employer(world))

    found = (await ask(example("campaigns"), first=5)).only()

    (newest, *_) = found["nodes"]
    assert newest["viewerCanClaim"] is newest["viewerClaimObstacles"] is None
    assert found["totalCount"] >= 1


async def test_anybody_reads_the_page_of_categories(ask: Ask) -> None:
    """P46: a branch with its names, its floors, and what the market has of it and below."""
    await running(ask.world, await rich_employer(ask.world))

    found = (await ask(example("categories"), within="labeling")).only()

    root, *below = found
    assert [each["parentSlug"] for each in below] == ["labeling"] * len(below)
    assert (root["name"], root["kind"], root["parentSlug"]) == ("Labeling", "LABELING", None)
    assert {"language": "de", "text": "Kennzeichnung"} in root["names"]
    assert root["openCampaignCount"] > sum(
        each["openCampaignCount"] for each in below if each["slug"].count(".") == 1
    )
    assert [each["amount"] for each in root["floors"]] == ["0.001"]


async def test_a_worker_sees_what_stands_in_the_way(ask: Ask) -> None:
    """The reasons are those that the claim itself would give."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = ask.id(Tag.CAMPAIGN, await running(world, employer, places=[1]))
    document = "query ($id: ID!) { campaign(id: $id) { viewerCanClaim viewerClaimObstacles } }"
    wish = {"campaignId": campaign}

    before = (await ask(document, viewer=worker, id=campaign)).only()
    own = (await ask(example("assignmentClaim"), viewer=employer, input=wish)).only()
    await ask(example("assignmentClaim"), viewer=worker, input=wish)
    after = (await ask(document, viewer=worker, id=campaign)).only()
    again = (await ask(example("assignmentClaim"), viewer=worker, input=wish)).only()

    assert before == {"viewerCanClaim": True, "viewerClaimObstacles": []}
    assert own["errors"][0]["reasons"] == ["OWN_CAMPAIGN"]
    assert after["viewerClaimObstacles"] == again["errors"][0]["reasons"]
    assert "LIVE_CLAIM" in after["viewerClaimObstacles"]


async def test_an_employer_reads_a_campaign_with_its_work(ask: Ask) -> None:
    """Tasks and what was handed in, in one question."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    campaign = await running(world, employer)
    await submitted(world, worker, campaign)

    found = (
        await ask(example("campaign"), viewer=employer, id=ask.id(Tag.CAMPAIGN, campaign))
    ).only()

    (work,) = found["assignments"]["nodes"]
    assert work["submissions"][0]["items"] == [
        {"__typename": "TextItem", "text": "1", "proofId": None}
    ]
    assert found["tasks"]["nodes"][0]["placeCounts"] == {
        "total": 3,
        "open": 2,
        "settled": 0,
        "filled": 1,
    }


async def test_every_reading_example_runs_as_it_stands(ask: Ask, providers: Providers) -> None:
    """For whoever may read it, with all its fields, inside the limits."""
    scene = await made(ask, providers)
    ids = {"id": scene.ids["campaign_running_ann"], "memberId": scene.ids["member_worker_ann"]}
    known: dict[str, tuple[str, dict[str, Any]]] = {
        "campaign": ("employer_ann", {"id": ids["id"]}),
        "campaigns": (NOBODY, {"first": 5}),
        "categories": (NOBODY, {}),
        "blockedHosts": ("staff", {}),
        "finance": ("finance", {"memberId": ids["memberId"]}),
        "member": (NOBODY, {"id": ids["memberId"]}),
        "node": ("worker_ann", {"id": ids["id"]}),
        "nodes": ("worker_ann", {"ids": list(ids.values())}),
        "disputeQueue": ("staff", {}),
        "panelCases": ("worker_ann", {}),
        "suspensionQueue": ("staff", {}),
        "riskQueue": ("staff", {}),
        "riskCases": ("staff", {"memberId": ids["memberId"]}),
        "campaignQueue": ("staff", {}),
        "policies": (NOBODY, {}),
        "policyDrafts": ("staff", {}),
        "profileChangeQueue": ("staff", {}),
        "erasureQueue": ("staff", {}),
        "staffLooks": ("staff", {"memberId": ids["memberId"]}),
        "disclosures": ("staff", {"memberId": ids["memberId"]}),
        "retentionReport": ("staff", {}),
        "referralQueue": ("staff", {}),
        "rejectionQueue": ("staff", {}),
        **{name: reads(scene)[name] for name in OVERSIGHT_READS},
        "viewer": ("worker_ann", {}),
        "zones": (NOBODY, {}),
    }
    reading = {path.stem for path in FOLDER.glob("*.graphql") if "\nquery " in path.read_text()}

    assert known.keys() == reading
    for name, (person, variables) in known.items():
        answer = await ask(example(name), viewer=scene.people.get(person), **variables)
        assert answer.only() is not None, name


async def test_members_are_public(ask: Ask) -> None:
    """With nothing personal in them."""
    worker = await add_worker(ask.world)
    found = (await ask(example("member"), id=ask.id(Tag.MEMBER, worker))).only()

    assert found["country"] == "PH"
    assert found["ratingSummary"] == {"average": None, "count": 0, "starCounts": [0] * 5}
    assert (await ask(example("member"), id="rubbish")).only() is None


async def test_drafts_are_their_employers_alone(ask: Ask) -> None:
    """Hidden is null, as if there were nothing."""
    world = ask.world
    employer, worker = await rich_employer(world), await add_worker(world)
    wish = {
        "title": "Secret plans",
        "category": "SURVEY",
        "reward": {"amount": "0.10", "currency": "USD"},
        "instructions": {"text": "Say nothing."},
    }
    created = (await ask(example("campaignCreate"), viewer=employer, input=wish)).only()
    id_ = created["campaign"]["id"]
    document = "query ($id: ID!) { campaign(id: $id) { title } }"

    assert (await ask(document, viewer=employer, id=id_)).only() == {"title": "Secret plans"}
    assert (await ask(document, viewer=worker, id=id_)).only() is None
    pause = (await ask(example("campaignPause"), viewer=worker, input={"campaignId": id_})).only()
    assert [error["code"] for error in pause["errors"]] == ["INVALID_ID"]


async def test_a_wrong_task_is_named(ask: Ask) -> None:
    """The path leads to the very item, and nothing of the batch is kept."""
    world = ask.world
    employer = await rich_employer(world)
    created = (
        await ask(
            example("campaignCreate"),
            viewer=employer,
            input={
                "title": "Pictures",
                "category": "LABELING",
                "reward": {"amount": "0.10", "currency": "USD"},
                "instructions": {"text": "Look."},
            },
        )
    ).only()
    good = {"content": {"text": {"text": "Picture"}}}
    wish = {
        "campaignId": created["campaign"]["id"],
        "tasks": [good, {**good, "placeCount": 0}],
    }

    refused = (await ask(example("campaignAddTasks"), viewer=employer, input=wish)).only()
    many = {**wish, "tasks": [good] * 101}
    too_many = (await ask(example("campaignAddTasks"), viewer=employer, input=many)).only()

    assert refused["errors"][0]["path"] == ["tasks", "1", "placeCount"]
    assert too_many["errors"][0]["path"] == ["tasks"]
    assert refused["tasks"] is None
