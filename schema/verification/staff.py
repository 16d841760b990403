"""What people decide about members, and which rules they are verified by."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Final, Self

import strawberry

from domain.errors import InvalidInput, Refused
from domain.members.rules import Role
from domain.verification import operations, queries
from domain.verification.operations.uploads import Revealed
from domain.verification.provider import CheckKind
from domain.verification.queries import Case, HitRecord, RulesetRecord
from domain.verification.rules import (
    DecisionAction,
    NotReadable,
    Requirement,
    Rule,
    RulesetState,
    read_ruleset,
)
from schema.auth import Auth
from schema.context import Context, Forbidden, Info
from schema.enums import show_enum
from schema.errors import user_error
from schema.ids import Tag
from schema.inputs import In
from schema.payloads import Payload
from schema.prices import Cost
from schema.verification.types import Verification

STAFF: Final = [Auth(scopes=["staff:write"]), Cost(weight=20)]
CHECK: Final = {"": ["checkId"]}
TOML: Final = {"rules": ["toml"], "requirements": ["toml"]}
FINANCE: Final = [Auth(scopes=["finance:write"]), Cost(weight=20)]

show_enum(
    DecisionAction,
    name="VerificationDecision",
    description="What a person decides.",
    values={
        DecisionAction.ACCEPT: "It holds; an entry of a list is somebody else.",
        DecisionAction.DECLINE: "It does not hold; an entry of a list is the member.",
        DecisionAction.REVOKE: "What held holds no more; only of a whole verification.",
    },
)
show_enum(
    RulesetState,
    name="VerificationRulesetState",
    description="State of a ruleset of verification.",
    values={
        RulesetState.DRAFT: "Waits for a second person.",
        RulesetState.APPROVED: "Decides from its day on, until a newer one does.",
        RulesetState.WITHDRAWN: "Decides nothing.",
    },
)


@strawberry.type(description="An entry of a list that may be the member.")
class VerificationHit:
    list_name: str = strawberry.field(description="Which list.")
    entry: str = strawberry.field(description="The list's own id of the entry.")
    entry_name: str = strawberry.field(description="As the list writes it.")
    score: int = strawberry.field(description="How alike the names are, from 0 to 100.")
    programmes: list[str] = strawberry.field(description="Why it stands there; at most 50.")

    @classmethod
    def of(cls, record: HitRecord) -> Self:
        return cls(
            list_name=record.list_id,
            entry=record.entry_id,
            entry_name=record.entry_name,
            score=record.score,
            programmes=list(record.programmes)[:50],
        )


@strawberry.type(description="A check that waits for people. It reveals nothing of the member.")
class VerificationCase:
    check_id: strawberry.ID = strawberry.field(description="Give it to `verificationDecide`.")
    kind: CheckKind = strawberry.field(description="What was asked.")
    verification: Verification = strawberry.field(description="What it is part of.")
    reasons: list[str] = strawberry.field(description="Codes of the verifier; at most 20.")
    staff_details: list[str] = strawberry.field(description="What it says besides; at most 20.")
    hits: list[VerificationHit] = strawberry.field(description="The likeliest first; at most 100.")
    file_names: list[str] = strawberry.field(description="What the member uploaded; at most 10.")
    accepted_count: int = strawberry.field(description="How many people have accepted it so far.")
    waiting_since: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, case: Case, context: Context) -> Self:
        return cls(
            check_id=strawberry.ID(context.ids.encode(Tag.VERIFICATION_CHECK, case.check.id)),
            kind=case.check.kind,
            verification=Verification.of(case.verification, context),
            reasons=list(case.check.reasons),
            staff_details=[each for each in case.staff_details if each],
            hits=[VerificationHit.of(each) for each in case.hits[:100]],
            file_names=[each.name for each in case.uploads],
            accepted_count=len(case.accepted_by),
            waiting_since=case.check.changed_at,
        )


@strawberry.type(description="One version of the rules of verification.")
class VerificationRuleset:
    version: int = strawberry.field(description="Counts up.")
    state: RulesetState = strawberry.field(description="Where it stands.")
    effective_from: datetime = strawberry.field(description="From when on it decides.")
    note: str = strawberry.field(description="Why, in the words of its author.")
    rule_names: list[str] = strawberry.field(description="In order; at most 100.")
    requirement_names: list[str] = strawberry.field(description="In order; at most 100.")

    @classmethod
    def of(cls, record: RulesetRecord) -> Self:
        return cls(
            version=record.version,
            state=record.state,
            effective_from=record.effective_from,
            note=record.note,
            rule_names=[each.name for each in record.ruleset.rules],
            requirement_names=[each.name for each in record.ruleset.requirements],
        )


@strawberry.input(description="Decides about a check that waits for people.")
class VerificationDecideInput:
    check_id: strawberry.ID = strawberry.field(description="Which check.")
    action: DecisionAction = strawberry.field(description="`ACCEPT` or `DECLINE`.")
    reason: str = strawberry.field(
        description="A code such as `document_genuine`; a refusal names the possible ones."
    )
    note: str = strawberry.field(default="", description="For colleagues; no personal data.")


@strawberry.type(description="Outcome of `verificationDecide`.")
class VerificationDecidePayload(Payload):
    is_final: bool | None = strawberry.field(
        default=None, description="False when another person is needed; null on refusal."
    )


@strawberry.input(description="Takes a level away.")
class VerificationRevokeInput:
    verification_id: strawberry.ID = strawberry.field(description="Which verification.")
    reason: str = strawberry.field(description="A code such as `account_shared`.")
    note: str = strawberry.field(default="", description="For colleagues; no personal data.")


@strawberry.type(description="Outcome of `verificationRevoke`.")
class VerificationRevokePayload(Payload):
    """Nothing but whether it was done."""


@strawberry.input(description="Shows what is needed to decide; who looked is kept for ever.")
class VerificationRevealInput:
    check_id: strawberry.ID = strawberry.field(description="A check that waits for people.")
    reason: str = strawberry.field(description="Why you look.")


@strawberry.type(description="A file that a member uploaded.")
class VerificationFile:
    name: str = strawberry.field(description="Which one, such as `front`.")
    media_type: str = strawberry.field(description="JPEG, PNG or PDF.")
    content: str = strawberry.field(description="In base64.")


@strawberry.type(description="Outcome of `verificationReveal`.")
class VerificationRevealPayload(Payload):
    name: str | None = strawberry.field(default=None, description="Of the member.")
    born_on: date | None = strawberry.field(default=None, description="Of the member.")
    files: list[VerificationFile] | None = strawberry.field(
        default=None, description="At most 10; deleted once it is decided."
    )

    @classmethod
    def of(cls, revealed: Revealed) -> Self:
        return cls(
            name=revealed.name,
            born_on=revealed.born_on,
            files=[
                VerificationFile(
                    name=each.name,
                    media_type=each.media_type,
                    content=base64.b64encode(each.content).decode(),
                )
                for each in revealed.files
            ],
        )


@strawberry.input(description="Writes a new version of all rules of verification.")
class VerificationRulesetDraftInput:
    toml: str = strawberry.field(description="The rules, as `docs/operating/verification.md` says.")
    effective_from: datetime = strawberry.field(description="From when on it decides.")
    note: str = strawberry.field(default="", description="Why.")


@strawberry.input(description="Approves a ruleset that another person wrote.")
class VerificationRulesetApproveInput:
    version: int = strawberry.field(description="Which one.")


@strawberry.input(description="Withdraws a ruleset.")
class VerificationRulesetWithdrawInput:
    version: int = strawberry.field(description="Which one.")


@strawberry.type(description="Outcome of `verificationRulesetDraft`.")
class VerificationRulesetDraftPayload(Payload):
    ruleset: VerificationRuleset | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `verificationRulesetApprove`.")
class VerificationRulesetApprovePayload(Payload):
    ruleset: VerificationRuleset | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Outcome of `verificationRulesetWithdraw`.")
class VerificationRulesetWithdrawPayload(Payload):
    ruleset: VerificationRuleset | None = strawberry.field(
        default=None, description="Null on refusal."
    )


@strawberry.type(description="Reads.")
class VerificationQueries:
    @strawberry.field(
        description="Checks that wait for people, the oldest first; at most 100. Needs the role "
        "staff.",
        directives=[Auth(scopes=["staff:read"]), Cost(weight=50, list_size=100)],
    )
    async def verification_queue(self, info: Info) -> list[VerificationCase] | None:
        context = info.context
        if context.viewer is None or Role.STAFF not in context.viewer.roles:
            raise Forbidden(Role.STAFF)
        cases = await queries.queue(vault=context.services.vault)
        return [VerificationCase.of(each, context) for each in cases]

    @strawberry.field(
        description="The newest rulesets of verification, newest first; at most 20. Needs the "
        "role finance.",
        directives=[Auth(scopes=["finance:read"]), Cost(weight=20, list_size=20)],
    )
    async def verification_rulesets(self, info: Info) -> list[VerificationRuleset] | None:
        viewer = info.context.viewer
        if viewer is None or Role.FINANCE not in viewer.roles:
            raise Forbidden(Role.FINANCE)
        return [VerificationRuleset.of(each) for each in await queries.rulesets()]


@strawberry.type(description="Changes.")
class VerificationStaffMutations:
    @strawberry.mutation(
        description="Decide about a check that waits for people. A document of somebody who is "
        "paid much takes two. Needs staff:write.",
        directives=STAFF,
    )
    async def verification_decide(
        self, info: Info, input: In[VerificationDecideInput]
    ) -> VerificationDecidePayload | None:
        context = info.context
        try:
            done = await operations.decide_check(
                check_id=context.ids.decode(Tag.VERIFICATION_CHECK, input.check_id, "check_id"),
                member_id=context.signed_in().member_id,
                action=input.action,
                reason=input.reason,
                note=input.note,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationDecidePayload(errors=[user_error(refusal, CHECK)])
        return VerificationDecidePayload(is_final=done.is_final)

    @strawberry.mutation(
        description="Take a level away, for good. Needs staff:write.", directives=STAFF
    )
    async def verification_revoke(
        self, info: Info, input: In[VerificationRevokeInput]
    ) -> VerificationRevokePayload | None:
        context = info.context
        try:
            await operations.revoke_verification(
                verification_id=context.ids.decode(
                    Tag.VERIFICATION, input.verification_id, "verification_id"
                ),
                member_id=context.signed_in().member_id,
                reason=input.reason,
                note=input.note,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationRevokePayload(errors=[user_error(refusal, {"": ["verificationId"]})])
        return VerificationRevokePayload()

    @strawberry.mutation(
        description="Look at what is needed to decide. Who looked, and why, is kept. "
        "Needs staff:write.",
        directives=STAFF,
    )
    async def verification_reveal(
        self, info: Info, input: In[VerificationRevealInput]
    ) -> VerificationRevealPayload | None:
        context = info.context
        try:
            revealed = await operations.reveal_case(
                check_id=context.ids.decode(Tag.VERIFICATION_CHECK, input.check_id, "check_id"),
                member_id=context.signed_in().member_id,
                reason=input.reason,
                vault=context.services.vault,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationRevealPayload(errors=[user_error(refusal, CHECK)])
        return VerificationRevealPayload.of(revealed)

    @strawberry.mutation(
        description="Write a new version of all rules. Needs finance:write.", directives=FINANCE
    )
    async def verification_ruleset_draft(
        self, info: Info, input: In[VerificationRulesetDraftInput]
    ) -> VerificationRulesetDraftPayload | None:
        context = info.context
        try:
            viewer = context.signed_in()
            rules, requirements = _read(input.toml)
            version = await operations.draft_ruleset(
                author_id=viewer.member_id,
                rules=rules,
                requirements=requirements,
                effective_from=input.effective_from,
                note=input.note,
                new_id=context.services.new_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationRulesetDraftPayload(errors=[user_error(refusal, TOML)])
        return VerificationRulesetDraftPayload(ruleset=await _shown(version))

    @strawberry.mutation(
        description="Approve what another person has written. Needs finance:write.",
        directives=FINANCE,
    )
    async def verification_ruleset_approve(
        self, info: Info, input: In[VerificationRulesetApproveInput]
    ) -> VerificationRulesetApprovePayload | None:
        context = info.context
        try:
            await operations.approve_ruleset(
                version=input.version,
                approver_id=context.signed_in().member_id,
                now=context.now,
            )
        except Refused as refusal:
            return VerificationRulesetApprovePayload(errors=[user_error(refusal)])
        return VerificationRulesetApprovePayload(ruleset=await _shown(input.version))

    @strawberry.mutation(
        description="Withdraw a ruleset: the one before it decides again. Needs finance:write.",
        directives=FINANCE,
    )
    async def verification_ruleset_withdraw(
        self, info: Info, input: In[VerificationRulesetWithdrawInput]
    ) -> VerificationRulesetWithdrawPayload | None:
        context = info.context
        try:
            await operations.withdraw_ruleset(
                version=input.version, member_id=context.signed_in().member_id, now=context.now
            )
        except Refused as refusal:
            return VerificationRulesetWithdrawPayload(errors=[user_error(refusal)])
        return VerificationRulesetWithdrawPayload(ruleset=await _shown(input.version))


def _read(toml: str) -> tuple[list[Rule], list[Requirement]]:
    try:
        return read_ruleset(toml)
    except NotReadable as fault:
        raise InvalidInput(str(fault), path=("toml",)) from fault


async def _shown(version: int) -> VerificationRuleset | None:
    record = await queries.ruleset_record(version)
    return None if record is None else VerificationRuleset.of(record)
