"""Tasks as clients may read them; who may see them stands with the assignments."""

from __future__ import annotations

from typing import Final

from domain.reads import Choice, Entity, Items, Leaf, One, Paged, Part, columns
from domain.tasks.queries import OF_CAMPAIGN

PLACES: Final = ("total", "open", "held", "filled", "settled", "cancelled")
# By the campaign's id: as `exists` it may be answered by looking through all of the employer's.
OWN: Final = "(select c.employer_id from campaign c where c.id = t.campaign_id) = {viewer}"

# Else state and places would tell a worker which task's answer is known.
OPENLY: Final = f"""
    (coalesce({OWN}, false)
     or not exists (select from consensus_plan p where p.campaign_id = t.campaign_id))
"""

TASK: Final = Entity(
    name="Task",
    source="from task t",
    row="t",
    fields={
        **columns("position", "priority"),
        "state": Leaf(f"case when {OPENLY} then {{row}}.state else 'full' end"),
        "external_reference": Leaf("{row}.external_reference", shown=OWN),
        "content": Choice(
            "case when {row}.content_url is null then 'TextContent' else 'LinkContent' end",
            {
                "TextContent": Part({"text": Leaf("{row}.content_text")}),
                "LinkContent": Part(
                    {"text": Leaf("{row}.content_text"), "url": Leaf("{row}.content_url")}
                ),
            },
        ),
        "place_counts": Part(
            {each: Leaf(f"{{row}}.place_count_{each}") for each in PLACES}, present=OPENLY
        ),
        "variables": Items("{row}.variables"),
        "gold_label": Leaf("{row}.gold_label", shown=OWN),
        "consensus": One("TaskConsensus", key="{row}.id", to="k.task_id"),
        "campaign": One("Campaign", key="{row}.campaign_id"),
    },
)
CONSENSUS: Final = Entity(
    name="TaskConsensus",
    source="from task_consensus k",
    row="k",
    visible="""(select c.employer_id from task t join campaign c on c.id = t.campaign_id
                where t.id = {row}.task_id) = {viewer}""",
    fields=columns("label", "answer_count", "confidence_percent"),
)
_SUMS: Final = ", ".join(f"coalesce(sum(place_count_{each}), 0)::int as {each}" for each in PLACES)
PLACES_OF_CAMPAIGN: Final = Entity(
    name="PlacesOfCampaign",
    source=f"""
        from unnest({{keys}}) as campaign (id)
        cross join lateral (
            select campaign.id as campaign_id, {_SUMS} from task where campaign_id = campaign.id
        ) p
    """,  # noqa: S608  # our own columns
    row="p",
    fields=columns(*PLACES),
)
TASKS_OF_CAMPAIGN: Final = Paged("Task", OF_CAMPAIGN, by_viewer=True)
