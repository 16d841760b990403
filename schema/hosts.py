"""Hosts that no campaign may lead to; staff keep them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Self

import strawberry

from domain.errors import Refused
from domain.hosts import operations, queries
from domain.hosts.operations import HostBlocked
from domain.hosts.queries import LISTED_MAX, BlockedHostRecord
from domain.members.rules import Role
from schema.auth import Auth
from schema.context import Forbidden, Info
from schema.errors import NO_PATHS, Paths, UserError, code_of, path_of, user_error
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost

OVERSEE: Final = Auth(scopes=["campaigns:oversee"])


@strawberry.type(description="Staff have blocked a host that the campaign leads to.")
class HostBlockedError(UserError):
    host: str = strawberry.field(description="Which one; or it leads to one below it.")


@user_error.register(HostBlocked)
def host_blocked_error(refusal: HostBlocked, paths: Paths = NO_PATHS) -> HostBlockedError:
    return HostBlockedError(
        code=code_of(refusal),
        message=str(refusal),
        path=path_of(refusal, paths),
        host=refusal.host,
    )


@strawberry.type(description="What staff decided last about a host.")
class HostDecision:
    host: str = strawberry.field(
        description="In small letters, other scripts as `xn--`; all below it is meant too."
    )
    is_blocked: bool = strawberry.field(description="No campaign may lead there.")
    reason: str = strawberry.field(description="For the record.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, record: BlockedHostRecord) -> Self:
        return cls(
            host=record.host, is_blocked=record.is_blocked, reason=record.reason, at=record.at
        )


@strawberry.type(description="Reads.")
class HostQueries:
    @strawberry.field(
        description="Hosts that no campaign may lead to, those blocked last first, at most 100. "
        "Needs the role staff.",
        directives=[OVERSEE, Cost(weight=10, list_size=LISTED_MAX)],
    )
    async def blocked_hosts(
        self,
        info: Info,
        within: Annotated[
            str, strawberry.argument(description="Those alone whose names hold this.")
        ] = "",
    ) -> list[HostDecision] | None:
        viewer = info.context.viewer
        if viewer is None or Role.STAFF not in viewer.roles:
            raise Forbidden(Role.STAFF)
        return [HostDecision.of(each) for each in await queries.blocked_hosts(within=within)]


@strawberry.input(description="Blocks a host, or opens it again.")
class HostSetInput:
    host: str = strawberry.field(
        description="Such as `example.org`, or an address there; all below it is meant too."
    )
    is_blocked: bool = strawberry.field(description="Whether campaigns may not lead there.")
    reason: str = strawberry.field(description="1 to 500 characters, for the record.")


@strawberry.type(description="Outcome of `hostSet`.")
class HostSetPayload(Payload):
    decision: HostDecision | None = strawberry.field(default=None, description="Null on refusal.")


@strawberry.type(description="Changes.")
class HostMutations:
    @strawberry.mutation(
        description="Staff block a host: no campaign that leads there is published, or revised so. "
        "What is published stays. Needs campaigns:oversee.",
        directives=[OVERSEE, Cost(weight=10)],
    )
    async def host_set(self, info: Info, input: In[HostSetInput]) -> HostSetPayload | None:
        context = info.context
        try:
            host = await operations.set_blocked_host(
                staff_id=context.signed_in().member_id,
                host=input.host,
                is_blocked=input.is_blocked,
                reason=input.reason,
                now=context.now,
            )
        except Refused as refusal:
            return HostSetPayload(errors=[user_error(refusal)])
        decided = await queries.host_decision(host=host)
        return HostSetPayload(decision=None if decided is None else HostDecision.of(decided))
