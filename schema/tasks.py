"""Tasks: one unit of work each, with its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.tasks import queries, rules
from domain.tasks.queries import TaskRecord
from domain.tasks.rules import PlaceCounts as Places
from domain.tasks.rules import TaskState
from schema.context import Context, Info
from schema.enums import show_enum
from schema.filters import (
    Filter,
    IntFilter,
    StringFilter,
    every_field,
    not_field,
    some_field,
)
from schema.ids import Tag
from schema.node import Node, node_kind, object_of
from schema.paging import Order, OrderDirection
from schema.read_model import Mapped, read_as
from schema.scalars import URL

if TYPE_CHECKING:
    from schema.campaigns.types import Campaign

show_enum(
    TaskState,
    description="State of a task.",
    values={
        TaskState.OPEN: "Some place may still be taken.",
        TaskState.FULL: "No place is left for the moment.",
        TaskState.AGREED: "The answers agree; no more are needed.",
        TaskState.CLOSED: "No more answers are taken.",
    },
)


@strawberry.type(description="How places stand: `total` is the sum of the others.")
class PlaceCounts:
    total: int = strawberry.field(description="All places there ever were.")
    open: int = strawberry.field(description="Free to be claimed.")
    held: int = strawberry.field(description="Claimed, nothing handed in yet.")
    filled: int = strawberry.field(description="Handed in, not finally decided.")
    settled: int = strawberry.field(description="Approved and paid.")
    cancelled: int = strawberry.field(description="Given up; their money went back.")

    @classmethod
    def of(cls, places: Places) -> Self:
        return cls(
            total=places.total,
            open=places.open,
            held=places.held,
            filled=places.filled,
            settled=places.settled,
            cancelled=places.cancelled,
        )


@strawberry.type(description="Work that is a text alone.")
class TextContent:
    text: str = strawberry.field(description="What there is to do.")


@strawberry.type(description="Work on something at an address.")
class LinkContent:
    text: str = strawberry.field(description="What there is to do there.")
    url: URL = strawberry.field(description="Where it is.")


TaskContent: TypeAlias = Annotated[
    TextContent | LinkContent,
    strawberry.union("TaskContent", description="What a worker gets to see. New kinds may appear."),
]


@strawberry.type(description="What the answers to a task most likely mean. It rejects nobody.")
class TaskConsensus:
    label: str = strawberry.field(description="The answer.")
    answer_count: int = strawberry.field(description="From how many answers.")
    confidence_percent: int | None = strawberry.field(
        description="How many of a hundred known answers of like confidence came out right; null "
        "where there were none."
    )

    @classmethod
    def of(cls, found: rules.TaskConsensus) -> Self:
        return cls(
            label=found.label,
            answer_count=found.answer_count,
            confidence_percent=found.confidence_percent,
        )


@strawberry.type(description="What the instructions leave open, and a task says.")
class TaskVariable:
    name: str = strawberry.field(description="In the instructions it stands in double braces.")
    value: str = strawberry.field(description="What is put in its place, as it is.")


@strawberry.type(description="One unit of work in a campaign.")
class Task(Node):
    campaign_key: strawberry.Private[UUID]
    position: int = strawberry.field(description="Place in the campaign's order, from 1.")
    state: TaskState = strawberry.field(
        description="Whether it can still be claimed. Where answers are weighed, everybody but its "
        "employer reads FULL: they have done it."
    )
    content: TaskContent = strawberry.field(description="What there is to do.")
    external_reference: str | None = strawberry.field(
        description="The employer's own name for it; null for everybody else."
    )
    priority: int = strawberry.field(description="0 to 100; higher ones are handed out first.")
    place_counts: PlaceCounts | None = strawberry.field(
        description="How its places stand; null for others than its employer where answers are "
        "weighed: by its places they could tell a task whose answer is known."
    )
    gold_label: str | None = strawberry.field(
        description="The answer, where the employer knows it; null for everybody else."
    )
    variables: list[TaskVariable] = strawberry.field(
        description="Its values for what the instructions leave open, at most 20; see "
        "`Assignment.filledInstructions`."
    )
    employer_key: strawberry.Private[UUID]
    key: strawberry.Private[UUID]

    @classmethod
    def of(cls, record: TaskRecord, context: Context) -> Self:
        is_own = context.viewer_id == record.employer_id
        openly = is_own or not record.is_weighed
        return cls(
            id=context.ids.encode(Tag.TASK, record.id),
            campaign_key=record.campaign_id,
            position=record.position,
            state=record.state if openly else TaskState.FULL,
            content=content_of(record),
            external_reference=record.external_reference if is_own else None,
            priority=record.priority,
            place_counts=PlaceCounts.of(record.places) if openly else None,
            gold_label=record.gold_label if is_own else None,
            variables=[
                TaskVariable(name=name, value=value) for name, value in record.variables.items()
            ],
            employer_key=record.employer_id,
            key=record.id,
        )

    @strawberry.field(
        description="What its answers most likely mean; null where none are weighed yet, and for "
        "others than its employer."
    )
    async def consensus(self, info: Info) -> TaskConsensus | None:
        if self.employer_key != info.context.viewer_id:
            return None
        found = await info.context.load(consensus_of, self.key)
        return None if found is None else TaskConsensus.of(found)

    @strawberry.field(description="The campaign it belongs to.")
    async def campaign(
        self, info: Info
    ) -> Annotated[Campaign, strawberry.lazy("schema.campaigns.types")] | None:
        found: Campaign | None = await object_of(info.context, Tag.CAMPAIGN, self.campaign_key)
        return found


@strawberry.input(description="Which tasks; all conditions must hold.")
class TaskWhere:
    state: Filter[TaskState] | None = strawberry.field(default=None, description="In which state.")
    text: StringFilter | None = strawberry.field(default=None, description="What there is to do.")
    external_reference: StringFilter | None = strawberry.field(
        default=None, description="The employer's own name for it."
    )
    priority: IntFilter | None = strawberry.field(default=None, description="0 to 100.")
    position: IntFilter | None = strawberry.field(
        default=None, description="Place in the campaign's order, from 1."
    )
    and_: list[TaskWhere] | None = every_field()
    or_: list[TaskWhere] | None = some_field()
    not_: TaskWhere | None = not_field()


class TaskOrderField(StrEnum):
    POSITION = "position"


show_enum(
    TaskOrderField,
    description="What tasks are ordered by.",
    values={TaskOrderField.POSITION: "Their place in the campaign, from 1."},
)


@strawberry.input(description="How tasks are ordered.")
class TaskOrder:
    field: TaskOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which way."
    )


WhichTasks: TypeAlias = Annotated[
    TaskWhere | None, strawberry.argument(description="Which ones; all by default.")
]
TasksBy: TypeAlias = Annotated[
    list[TaskOrder] | None,
    strawberry.argument(description="At most one entry; position 1 first by default."),
]
TASK_ORDERS: Final[dict[TaskOrderField, Order[TaskRecord]]] = {
    TaskOrderField.POSITION: Order(
        name="tasks:position",
        keys_of=lambda record: (record.position,),
        kinds=(int,),
        ascending=True,
    ),
}


def content_of(record: TaskRecord) -> TextContent | LinkContent:
    if record.url is None:
        return TextContent(text=record.text)
    return LinkContent(text=record.text, url=URL(record.url))


async def consensus_of(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, rules.TaskConsensus]:
    return await queries.consensus_of(task_ids=keys)


async def tasks_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, TaskRecord]:
    """The employer's, and those the viewer ever claimed."""
    if context.viewer_id is None:
        return {}
    visible = await assignments.visible_task_ids(ids=keys, viewer_id=context.viewer_id)
    return await queries.tasks_by_id(ids=list(visible))


node_kind(Tag.TASK, load=tasks_seen, show=Task.of)
read_as("Task", Mapped(entity="Task", tag=Tag.TASK))
