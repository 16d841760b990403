"""The viewer's own assignments."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.assignments import queries
from schema.assignments.filters import (
    VIEWER_ASSIGNMENT_ORDERS,
    AssignmentsBy,
    WhichAssignments,
)
from schema.assignments.types import Assignment
from schema.auth import Auth
from schema.context import Info
from schema.filters import condition_of
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    chosen,
    counter,
    page_of,
    window,
)
from schema.prices import Cost


@strawberry.type(description="The viewer as worker.")
class ViewerAssignments:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="The viewer's claims, newest first. Needs assignments:read.",
        directives=[Auth(scopes=["assignments:read"]), Cost(weight=5)],
    )
    async def assignments(
        self,
        info: Info,
        *,
        where: WhichAssignments = None,
        order_by: AssignmentsBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Assignment] | None:
        context, condition = info.context, condition_of(info.context.ids, where)
        order = chosen(VIEWER_ASSIGNMENT_ORDERS, order_by)
        at = window(context, order, first, after, last, before)
        found: Connection[Assignment] = await page_of(
            context,
            target="Assignment",
            listing=queries.OF_WORKER,
            parent_id=self.key,
            window=at,
            where=condition,
            records=lambda: queries.assignments_of_worker(
                worker_id=self.key, page=at.page(), where=condition
            ),
            node_of=lambda record: Assignment.of(record, context),
            counted=counter(
                context, queries.count_assignments_of_worker, self.key, where=condition
            ),
        )
        return found
