"""Tasks: one unit of work each, with its places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from domain.assignments import queries as assignments
from domain.tasks import queries
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


@strawberry.type(description="One unit of work in a campaign.")
class Task(Node):
    campaign_key: strawberry.Private[UUID]
    position: int = strawberry.field(description="Place in the campaign's order, from 1.")
    state: TaskState = strawberry.field(description="Whether it can still be claimed.")
    content: TaskContent = strawberry.field(description="What there is to do.")
    external_reference: str | None = strawberry.field(
        description="The employer's own name for it; null for everybody else."
    )
    priority: int = strawberry.field(description="0 to 100; higher ones are handed out first.")
    place_counts: PlaceCounts = strawberry.field(description="How its places stand.")

    @classmethod
    def of(cls, record: TaskRecord, context: Context) -> Self:
        is_own = context.viewer_id == record.employer_id
        return cls(
            id=context.ids.encode(Tag.TASK, record.id),
            campaign_key=record.campaign_id,
            position=record.position,
            state=record.state,
            content=content_of(record),
            external_reference=record.external_reference if is_own else None,
            priority=record.priority,
            place_counts=PlaceCounts.of(record.places),
        )

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


async def tasks_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, TaskRecord]:
    """The employer's, and those the viewer ever claimed."""
    if context.viewer_id is None:
        return {}
    visible = await assignments.visible_task_ids(ids=keys, viewer_id=context.viewer_id)
    return await queries.tasks_by_id(ids=list(visible))


node_kind(Tag.TASK, load=tasks_seen, show=Task.of)
read_as("Task", Mapped(entity="Task", tag=Tag.TASK))
