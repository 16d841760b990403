"""The viewer's own assignments."""

from __future__ import annotations

from uuid import UUID

import strawberry

from domain.assignments import queries
from schema.assignments.filters import WhichAssignments, states_of
from schema.assignments.types import Assignment
from schema.auth import Auth
from schema.context import Info
from schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    connection,
    counter,
    instant_keys,
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
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Assignment] | None:
        context, states = info.context, states_of(where)
        at = window(context, "viewer.assignments:claimedAt.desc", first, after, last, before)
        records = await queries.assignments_of_worker(
            worker_id=self.key, states=states, page=at.page()
        )
        return connection(
            context,
            window=at,
            records=records,
            keys_of=lambda record: instant_keys(record.claimed_at, record.id),
            node_of=lambda record: Assignment.of(record, context),
            counted=counter(context, queries.count_assignments_of_worker, self.key, states=states),
        )
