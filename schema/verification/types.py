"""A verification and its checks, as the member and the deciding people see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

import strawberry

from domain.members import queries as members
from domain.members.rules import Role
from domain.verification import queries
from domain.verification.provider import CheckKind, CheckState, Entity
from domain.verification.queries import CheckRow, VerificationRow
from domain.verification.rules import OPEN, VerificationState, deciding, may_start
from schema.auth import Auth
from schema.context import Context, Info
from schema.enums import show_enum
from schema.ids import Tag
from schema.node import Node, node_kind
from schema.prices import Cost

show_enum(
    VerificationState,
    description="State of one level of verification.",
    values={
        VerificationState.NOT_STARTED: "Nobody has begun.",
        VerificationState.STARTED: "Begun; nobody was asked yet.",
        VerificationState.PENDING: "Verifiers or people are at it.",
        VerificationState.NEEDS_INPUT: "The member is asked for something; the checks say what.",
        VerificationState.VERIFIED: "It holds, until `validUntil` if that is set.",
        VerificationState.DECLINED: "It did not succeed; `reasons` say why.",
        VerificationState.EXPIRED: "Its proof has grown too old; it may be begun again.",
        VerificationState.REVOKED: "It holds no more; `reasons` say why.",
    },
)
show_enum(
    CheckKind,
    name="VerificationCheckKind",
    description="What is asked about a member.",
    values={
        CheckKind.EMAIL: "Whether letters to the address are read.",
        CheckKind.PHONE: "Whether somebody answers at the number.",
        CheckKind.AGE: "Whether the member is grown up.",
        CheckKind.DOCUMENT: "Whether a document of identity is genuine and the member's.",
        CheckKind.SELFIE: "Whether the member looks like the document.",
        CheckKind.TAX_ID_FORMAT: "Whether the tax number is well-formed.",
        CheckKind.TAX_ID_ISSUED: "Whether the tax number was issued to this name.",
        CheckKind.VAT_ACTIVE: "Whether the VAT id is active.",
        CheckKind.SANCTIONS: "Whether the law forbids to pay the member.",
        CheckKind.HOLDER_NAME: "Whether the account that is paid is the member's.",
    },
)
show_enum(
    Entity,
    name="VerificationEntity",
    description="What somebody works as.",
    values={Entity.PERSON: "A person.", Entity.BUSINESS: "A business."},
)


class CheckStatus(StrEnum):
    """A member is not told that a list has an entry like them: it is a check under way."""

    WAITING = "waiting"
    NEEDS_INPUT = "needs_input"
    PASSED = "passed"
    FAILED = "failed"


class Action(StrEnum):
    NONE = "none"
    WAIT = "wait"
    START = "start"
    GIVE_INPUT = "give_input"
    FOLLOW_LINK = "follow_link"
    RETRY_LATER = "retry_later"
    ASK_SUPPORT = "ask_support"


show_enum(
    CheckStatus,
    name="VerificationCheckStatus",
    description="Where one check stands.",
    values={
        CheckStatus.WAITING: "Somebody is at it, or will be; a level that is `VERIFIED` holds "
        "meanwhile.",
        CheckStatus.NEEDS_INPUT: "The member is asked for what `reasons` say.",
        CheckStatus.PASSED: "It holds.",
        CheckStatus.FAILED: "It does not hold; `reasons` say why.",
    },
)
show_enum(
    Action,
    name="VerificationAction",
    description="What the member can do next.",
    values={
        Action.NONE: "Nothing is to be done.",
        Action.WAIT: "Wait; it goes on by itself.",
        Action.START: "Begin it: `verificationStart`.",
        Action.GIVE_INPUT: "Give what is asked for: `verificationProfileSet`, then "
        "`verificationInputGive`.",
        Action.FOLLOW_LINK: "Go to `redirectUrl`.",
        Action.RETRY_LATER: "Begin again from `retryAt` on.",
        Action.ASK_SUPPORT: "Ask the support; no further attempt is possible.",
    },
)

_STATUS: Final[Mapping[CheckState, CheckStatus]] = {
    CheckState.NEEDS_INPUT: CheckStatus.NEEDS_INPUT,
    CheckState.VERIFIED: CheckStatus.PASSED,
    CheckState.FORMAT_OK: CheckStatus.PASSED,
    CheckState.MISMATCH: CheckStatus.FAILED,
    CheckState.EXPIRED: CheckStatus.FAILED,
    CheckState.REVOKED: CheckStatus.FAILED,
}
UNTOLD: Final = frozenset({"on_list"})
# Why it takes longer, where the member may know it: of a likeness to a list they hear nothing.
TOLD_WHILE_WAITING: Final = frozenset({"nobody_answers", "tax_number_rule_unknown"})


def told(reasons: Sequence[str]) -> list[str]:
    """What the law does not let us tell is said in other words."""
    return ["not_possible" if each in UNTOLD else each for each in reasons]


@strawberry.type(description="One question about a member.")
class VerificationCheck(Node):
    row: strawberry.Private[CheckRow]
    kind: CheckKind = strawberry.field(description="What is asked.")
    status: CheckStatus = strawberry.field(description="Where it stands.")
    reasons: list[str] = strawberry.field(
        description="Codes of what is missing or wrong, such as `needs_phone`, or of why it "
        "takes longer; at most 20."
    )

    @classmethod
    def of(cls, row: CheckRow, context: Context) -> Self:
        status = _STATUS.get(row.state, CheckStatus.WAITING)
        if queries.waits_for_people(row):  # told as a likeness to a list would be
            status = CheckStatus.WAITING
        reasons = told(row.reasons)
        if status is CheckStatus.WAITING:
            reasons = [each for each in reasons if each in TOLD_WHILE_WAITING]
        return cls(
            id=context.ids.encode(Tag.VERIFICATION_CHECK, row.id),
            row=row,
            kind=row.kind,
            status=status,
            reasons=reasons,
        )

    @strawberry.field(description="What the member can do next.")
    def action(self) -> Action:
        is_open = self.status in (CheckStatus.WAITING, CheckStatus.NEEDS_INPUT)
        if self.row.redirect_url is not None and is_open and not self.row.is_for_people:
            return Action.FOLLOW_LINK
        if self.status is CheckStatus.NEEDS_INPUT:
            return Action.GIVE_INPUT
        return Action.WAIT if self.status is CheckStatus.WAITING else Action.NONE

    @strawberry.field(description="Where the member goes on, at the verifier's; nobody else's.")
    def redirect_url(self, info: Info) -> str | None:
        if self.action() is not Action.FOLLOW_LINK:
            return None
        return queries.redirect_of(self.row, vault=info.context.services.vault)

    @strawberry.field(description="JSON Schema of what the member types, as text, if anything.")
    def form_schema(self, info: Info) -> str | None:
        verifiers = info.context.services.verifiers
        if self.row.instance_id not in verifiers.instance_ids:
            return None
        manifest = verifiers.named(str(self.row.instance_id)).manifest
        needs = manifest.kinds.get(self.row.kind)
        if needs is None or needs.form is None or self.status is not CheckStatus.NEEDS_INPUT:
            return None
        return json.dumps(needs.form)


@strawberry.type(description="One level of verification of one member.")
class Verification(Node):
    row: strawberry.Private[VerificationRow]
    level: int = strawberry.field(description="From 0 to 3.")
    state: VerificationState = strawberry.field(description="Where it stands.")
    reasons: list[str] = strawberry.field(
        description="Codes of the last refusal, such as `name_differs`; at most 20."
    )
    started_at: datetime = strawberry.field(description="When this attempt began.")
    decided_at: datetime | None = strawberry.field(description="When it was last decided.")
    valid_until: date | None = strawberry.field(description="The last day on which it holds.")
    retry_at: datetime | None = strawberry.field(description="From when a new attempt is possible.")

    @classmethod
    def of(cls, row: VerificationRow, context: Context) -> Self:
        return cls(
            id=context.ids.encode(Tag.VERIFICATION, row.id),
            row=row,
            level=row.level,
            state=row.state,
            reasons=told(row.reasons),
            started_at=row.started_at,
            decided_at=row.decided_at,
            valid_until=row.valid_until,
            retry_at=row.retry_at,
        )

    @strawberry.field(
        description="Of this attempt; at most 10.", directives=[Cost(weight=5, list_size=10)]
    )
    async def checks(self, info: Info) -> list[VerificationCheck] | None:
        rows = await info.context.load(checks_seen, self.row.id)
        return [VerificationCheck.of(each, info.context) for each in rows or []]


@strawberry.type(description="A level that the member can reach, and how far they are.")
class VerificationStep:
    level: int = strawberry.field(description="From 0 to 3.")
    state: VerificationState = strawberry.field(description="Where it stands.")
    check_kinds: list[CheckKind] = strawberry.field(description="What it takes; at most 10.")
    action: Action = strawberry.field(description="What the member can do next.")
    verification: Verification | None = strawberry.field(
        description="Null before the first attempt."
    )


@strawberry.type(description="Who the member has proven to be.")
class ViewerVerificationState:
    key: strawberry.Private[UUID]
    level: int = strawberry.field(description="The level reached, from 0 to 3.")

    @strawberry.field(
        description="All levels that are offered to the viewer, the lowest first; at most 4.",
        directives=[Cost(weight=10, list_size=4)],
    )
    async def steps(self, info: Info) -> list[VerificationStep] | None:
        context = info.context
        ruleset = await queries.ruleset_at(context.now)
        member = (await members.members_by_id(ids=[self.key]))[self.key]
        entity = await queries.entity_of(member_id=self.key)
        rule = deciding(ruleset, country=member.country, roles=member.roles, entity=entity)
        rows = {
            each.level: each
            for each in (await queries.verifications_of(member_ids=[self.key]))[self.key]
        }
        levels = {} if rule is None else rule.levels
        return [
            VerificationStep(
                level=level,
                state=VerificationState.NOT_STARTED if row is None else row.state,
                check_kinds=[each.check for each in levels.get(level, ())],
                action=_action(row, now=context.now),
                verification=None if row is None else Verification.of(row, context),
            )
            for level in sorted(levels.keys() | rows.keys())
            for row in [rows.get(level)]
        ]


@strawberry.type(description="The viewer's verification.")
class ViewerVerification:
    key: strawberry.Private[UUID]

    @strawberry.field(
        description="Who the viewer has proven to be. Needs verification:read.",
        directives=[Auth(scopes=["verification:read"]), Cost(weight=5)],
    )
    async def verification(self) -> ViewerVerificationState | None:
        standing = (await queries.standings(member_ids=[self.key]))[self.key]
        return ViewerVerificationState(key=self.key, level=standing.level)


def _action(row: VerificationRow | None, *, now: datetime) -> Action:
    if row is None or may_start(row.state, retry_at=row.retry_at, now=now):
        return Action.START
    if row.state is VerificationState.NEEDS_INPUT:
        return Action.GIVE_INPUT
    if row.state in OPEN:
        return Action.WAIT
    if row.state is VerificationState.VERIFIED:
        return Action.NONE
    return Action.ASK_SUPPORT if row.retry_at is None else Action.RETRY_LATER


async def verifications_seen(
    context: Context, keys: Sequence[UUID]
) -> Mapping[UUID, VerificationRow]:
    """The member's own, and for staff everybody's."""
    viewer = context.viewer
    if viewer is None:
        return {}
    found = await queries.verifications_by_id(ids=keys)
    is_staff = Role.STAFF in viewer.roles
    return {k: row for k, row in found.items() if is_staff or row.member_id == viewer.member_id}


async def checks_seen(_: Context, keys: Sequence[UUID]) -> Mapping[UUID, list[CheckRow]]:
    """Only of verifications that the viewer was shown."""
    return await queries.checks_of(verification_ids=keys)


async def one_check_seen(context: Context, keys: Sequence[UUID]) -> Mapping[UUID, CheckRow]:
    """The member's own alone: it may hold an address that is theirs."""
    found = await queries.checks_by_id(ids=keys)
    owners = await queries.verifications_by_id(
        ids=[each.verification_id for each in found.values()]
    )
    return {
        key: row
        for key, row in found.items()
        if owners[row.verification_id].member_id == context.viewer_id
    }


node_kind(Tag.VERIFICATION, load=verifications_seen, show=Verification.of)
node_kind(Tag.VERIFICATION_CHECK, load=one_check_seen, show=VerificationCheck.of)
